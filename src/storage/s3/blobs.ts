/** Blobs in a bucket of S3, below a prefix. The checksum of the whole content is the object's metadata `sha256`. */
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  paginateListObjectsV2,
  PutObjectCommand,
  type GetObjectCommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import pRetry from 'p-retry';
import { BLOB_KEY_BYTES, mustBeBlobKey } from '../../core/blob-key.js';
import { BlobError, type BlobSource, type BlobStat, type LinkedBlobs } from '../../ports/blobs.js';
import { Counter, measureBytes, measureFile, receive, type Received } from '../files/receive.js';
import { lastingCredentials } from './credentials.js';
import { blobError, isMissing, isNetwork } from './errors.js';

/** Larger content goes in parts, four at once: 64 MiB of memory for each upload. */
const PART_BYTES = 16 * 1024 * 1024;
/** S3: parts of one upload. https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const PARTS = 10_000;
/** S3: the longest life of a link, seven days. https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-presigned-url.html */
const LINK_SECONDS = 7 * 24 * 60 * 60;
/** Further tries of a download that breaks off; the SDK repeats requests, and not what breaks off in the middle of an answer. */
const BODY_RETRIES = 3;

export interface S3BlobsOptions {
  readonly client: S3Client;
  readonly bucket: string;
  /** May be empty. */
  readonly prefix: string;
}

export function createS3Blobs({ client, bucket, prefix }: S3BlobsOptions): LinkedBlobs {
  const base = prefix.replace(/^\/+|\/+$/g, '');
  const below = base === '' ? '' : `${base}/`;
  const shown = `s3://${bucket}${base === '' ? '' : `/${base}`}`;
  const addressOf = (key: string): string => `s3://${bucket}/${below}${key}`;
  const object = (key: string): { Bucket: string; Key: string } => {
    mustBeBlobKey(key);
    const whole = `${below}${key}`;
    if (Buffer.byteLength(whole) > BLOB_KEY_BYTES)
      throw new BlobError(
        `${shown}: a name is longer than ${BLOB_KEY_BYTES} bytes with the prefix. Shorten the prefix.`,
      );
    return { Bucket: bucket, Key: whole };
  };
  const lasting = lastingCredentials(client);
  const guarded = async <T>(key: string, doing: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw blobError(error, addressOf(key), doing);
    }
  };

  /** HEAD has no words: a missing bucket looks like a missing object. Asked once. */
  let bucketKnown = false;
  const mustHaveBucket = async (): Promise<void> => {
    if (bucketKnown) return;
    try {
      await client.send(new HeadBucketCommand({ Bucket: bucket }));
    } catch (error) {
      if ((error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode === 404)
        throw Object.assign(new Error('there is no such bucket'), { name: 'NoSuchBucket' });
    }
    bucketKnown = true;
  };

  const fetched = async (key: string): Promise<GetObjectCommandOutput | undefined> => {
    try {
      return await client.send(new GetObjectCommand(object(key)));
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  };

  return {
    shown,

    put: (key, source) =>
      guarded(key, 's3:PutObject and s3:AbortMultipartUpload', async () => {
        const target = object(key);
        const measured = 'bytes' in source ? measureBytes(source.bytes) : await measureFile(source.file);
        const etag = await upload(client, target, source, measured);
        return { ...measured, version: etag };
      }),

    get: (key, file) =>
      guarded(key, 's3:GetObject', () =>
        pRetry(
          async () => {
            const answer = await fetched(key);
            if (answer === undefined) return undefined;
            const stats = statOf(answer);
            const check = (got: Received): void => mustMatch(addressOf(key), stats, got);
            await receive(bodyOf(answer), file, check);
            return stats;
          },
          { retries: BODY_RETRIES, minTimeout: 200, shouldRetry: ({ error }) => isNetwork(error) },
        ),
      ),

    read: (key, maxBytes) =>
      guarded(key, 's3:GetObject', () =>
        pRetry(
          async () => {
            const answer = await fetched(key);
            if (answer === undefined) return undefined;
            const stats = statOf(answer);
            const body = bodyOf(answer);
            if (stats.bytes > maxBytes) {
              body.destroy();
              throw new BlobError(
                `${addressOf(key)} has ${stats.bytes} bytes; at most ${maxBytes} are read.`,
              );
            }
            const bytes = Buffer.concat(await body.toArray());
            mustMatch(addressOf(key), stats, measureBytes(bytes));
            return bytes;
          },
          { retries: BODY_RETRIES, minTimeout: 200, shouldRetry: ({ error }) => isNetwork(error) },
        ),
      ),

    stat: (key) =>
      guarded(key, 's3:GetObject', async () => {
        try {
          return statOf(await client.send(new HeadObjectCommand(object(key))));
        } catch (error) {
          if (!isMissing(error)) throw error;
          await mustHaveBucket();
          return undefined;
        }
      }),

    async *list(start, after) {
      try {
        const pages = paginateListObjectsV2(
          { client },
          {
            Bucket: bucket,
            Prefix: `${below}${start}`,
            ...(after === undefined ? {} : { StartAfter: `${below}${after}` }),
          },
        );
        for await (const { Contents = [] } of pages) {
          for (const { Key = '', Size = 0, ETag = '' } of Contents) {
            // What consoles make to show an empty folder.
            if (Key.endsWith('/') && Size === 0) continue;
            yield { key: Key.slice(below.length), bytes: Size, version: bare(ETag) };
          }
        }
      } catch (error) {
        throw blobError(error, `${shown}/${start}`, 's3:ListBucket');
      }
    },

    remove: (key) =>
      guarded(key, 's3:DeleteObject', async () => {
        await client.send(new DeleteObjectCommand(object(key)));
      }),

    link: (key, method, seconds) =>
      guarded(key, method === 'GET' ? 's3:GetObject' : 's3:PutObject', async () => {
        const target = object(key);
        await lasting(seconds);
        const options = { expiresIn: Math.max(1, Math.min(Math.floor(seconds), LINK_SECONDS)) };
        const url =
          method === 'GET'
            ? await getSignedUrl(client, new GetObjectCommand(target), options)
            : await getSignedUrl(client, new PutObjectCommand(target), options);
        if (method === 'PUT' && /[?&]x-amz-checksum/i.test(url))
          throw new TypeError(
            'a PUT link with a checksum fits no content: make the client with createS3Client',
          );
        return url;
      }),
  };
}

async function upload(
  client: S3Client,
  target: { Bucket: string; Key: string },
  source: BlobSource,
  measured: Received,
): Promise<string> {
  const { bytes, sha256 } = measured;
  const params = { ...target, Metadata: { sha256 } };
  if (bytes <= PART_BYTES) {
    const body =
      'bytes' in source ? source.bytes : Buffer.concat(await unchanged(source.file, measured).toArray());
    const checksum = Buffer.from(sha256, 'hex').toString('base64');
    const { ETag = '' } = await client.send(
      new PutObjectCommand({ ...params, Body: body, ContentLength: bytes, ChecksumSHA256: checksum }),
    );
    return bare(ETag);
  }
  // Each part is sent with its own checksum.
  const { ETag = '' } = await new Upload({
    client,
    params: {
      ...params,
      Body: 'bytes' in source ? source.bytes : unchanged(source.file, measured),
      ChecksumAlgorithm: 'SHA256',
    },
    partSize: Math.max(PART_BYTES, Math.ceil(bytes / PARTS)),
  }).done();
  return bare(ETag);
}

/** The file once more, after it was measured; ends with an error when it is not the same any more. */
function unchanged(file: string, measured: Received): Readable {
  return Readable.from(
    (async function* (): AsyncGenerator<Uint8Array> {
      const counter = new Counter();
      yield* counter.through(createReadStream(file) as AsyncIterable<Uint8Array>);
      if (counter.received().sha256 !== measured.sha256)
        throw new BlobError(`${file} was changed while it was sent. Try again when nothing writes to it.`);
    })(),
    { objectMode: true },
  );
}

function statOf(answer: {
  ContentLength?: number | undefined;
  ETag?: string | undefined;
  Metadata?: Record<string, string> | undefined;
}): BlobStat {
  const sha256 = answer.Metadata?.['sha256'];
  return {
    bytes: answer.ContentLength ?? 0,
    sha256: sha256 !== undefined && /^[0-9a-f]{64}$/.test(sha256) ? sha256 : null,
    version: bare(answer.ETag ?? ''),
  };
}

function bodyOf({ Body }: GetObjectCommandOutput): Readable {
  if (Body instanceof Readable) return Body;
  throw new TypeError('S3 answered without a body');
}

function mustMatch(address: string, { sha256, bytes }: BlobStat, received: Received): void {
  if (sha256 === null ? bytes === received.bytes : sha256 === received.sha256) return;
  throw new BlobError(
    sha256 === null
      ? `${address} is damaged: ${received.bytes} bytes came of ${bytes}. Read it again; if it stays so, write it again.`
      : `${address} is damaged: its checksum is ${received.sha256}, it was written with ${sha256}. Remove it and write it again.`,
  );
}

/** An ETag comes in quotes. */
function bare(etag: string): string {
  return etag.replaceAll('"', '');
}
