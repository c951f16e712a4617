import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { BlobError } from '../../src/ports/blobs.js';
import { createS3Blobs, createS3Client, parseS3Address } from '../../src/storage/s3/index.js';
import { blobsContract, listed, sha256 } from '../contract/blobs.contract.js';
import { startLinkGuard, type LinkGuard } from '../support/cloud/link-guard.js';
import { CREDENTIALS, REGION, requireMoto, useMoto } from '../support/cloud/moto.js';
import { folderWith } from '../support/folder.js';

const BUCKET = 'docops-test';
const text = (content: string): { bytes: Buffer } => ({ bytes: Buffer.from(content) });

describe('an address in S3', () => {
  it.each([
    ['s3://bucket', 'bucket', ''],
    ['s3://bucket/', 'bucket', ''],
    ['s3://my.bucket-1/a/b c/', 'my.bucket-1', 'a/b c'],
  ])('%s is a bucket and a prefix', (address, bucket, prefix) => {
    expect(parseS3Address(address)).toEqual({ bucket, prefix });
  });

  it.each([
    's3://',
    's3:///x',
    'https://bucket/x',
    's3://Bucket/x',
    's3://a..b/x',
    's3://10.0.0.1/x',
    's3://bucket/a//b',
    's3://bucket/../b',
    's3://bucket/a\nb',
  ])('%j is refused with the form that is right', (address) => {
    expect(() => parseS3Address(address)).toThrow(/is no address in S3/);
  });
});

describe.skipIf(!requireMoto())("S3 (needs moto: python3 -m pip install 'moto[server]')", () => {
  const moto = useMoto();
  let client: S3Client;
  beforeAll(async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', CREDENTIALS.accessKeyId);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', CREDENTIALS.secretAccessKey);
    client = createS3Client({ region: REGION, endpoint: moto.url });
    await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
  });
  afterAll(() => {
    client.destroy();
    vi.unstubAllEnvs();
  });

  const damage = async (prefix: string, key: string, bytes: Buffer): Promise<void> => {
    const target = { Bucket: BUCKET, Key: `${prefix}/${key}` };
    const { Metadata } = await client.send(new GetObjectCommand(target));
    expect(Metadata?.['sha256']).toMatch(/^[0-9a-f]{64}$/);
    await client.send(new PutObjectCommand({ ...target, Body: bytes, Metadata: Metadata ?? {} }));
  };

  blobsContract('in S3', () => {
    const prefix = `run/${randomUUID()}`;
    return Promise.resolve({
      blobs: createS3Blobs({ client, bucket: BUCKET, prefix }),
      again: () => createS3Blobs({ client, bucket: BUCKET, prefix: `/${prefix}/` }),
      damage: (key, bytes) => damage(prefix, key, bytes),
      close: () => Promise.resolve(),
    });
  });

  describe('a blob in S3', () => {
    const fresh = (): { prefix: string; blobs: ReturnType<typeof createS3Blobs> } => {
      const prefix = `own/${randomUUID()}`;
      return { prefix, blobs: createS3Blobs({ client, bucket: BUCKET, prefix }) };
    };

    it('goes in parts when it is large, and in one when it is not', async () => {
      const { prefix, blobs } = fresh();
      const folder = folderWith();
      const content = randomBytes(33 * 1024 * 1024);
      writeFileSync(join(folder, 'in'), content);
      expect((await blobs.put('file', { file: join(folder, 'in') })).version).toMatch(/-3$/);
      expect((await blobs.put('bytes', { bytes: content })).version).toMatch(/-3$/);
      expect((await blobs.put('small', { bytes: content.subarray(0, 16 * 1024 * 1024) })).version).toMatch(
        /^[0-9a-f]{32}$/,
      );
      const { Metadata } = await client.send(
        new GetObjectCommand({ Bucket: BUCKET, Key: `${prefix}/file`, Range: 'bytes=0-0' }),
      );
      expect(Metadata).toEqual({ sha256: sha256(content) });
    });

    it('is sent with its checksum, which the storage can check', async () => {
      const { blobs } = fresh();
      const sent: Record<string, string>[] = [];
      client.middlewareStack.add(
        (next) => (args) => {
          const { headers, method } = args.request as { headers: Record<string, string>; method: string };
          if (method === 'PUT') sent.push(headers);
          return next(args);
        },
        { step: 'finalizeRequest', name: 'listen' },
      );
      onTestFinished(() => void client.middlewareStack.remove('listen'));
      await blobs.put('small', text('x'));
      expect(sent).toMatchObject([
        { 'x-amz-checksum-sha256': Buffer.from(sha256('x'), 'hex').toString('base64') },
      ]);
      sent.length = 0;
      await blobs.put('large', { bytes: randomBytes(17 * 1024 * 1024) });
      expect(sent.length).toBe(2);
      for (const headers of sent) expect(headers['x-amz-checksum-sha256']).toMatch(/^[A-Za-z0-9+/]{43}=$/);
    });

    it('is given up when its file changes while it is sent: no object, no parts', async () => {
      const { prefix, blobs } = fresh();
      const folder = folderWith();
      const file = join(folder, 'in');
      writeFileSync(file, randomBytes(40 * 1024 * 1024));
      client.middlewareStack.add(
        (next, context) => (args) => {
          if (context.commandName === 'CreateMultipartUploadCommand') writeFileSync(file, 'y', { flag: 'a' });
          return next(args);
        },
        { step: 'initialize', name: 'change' },
      );
      onTestFinished(() => void client.middlewareStack.remove('change'));
      await expect(blobs.put('key', { file })).rejects.toThrow(/was changed while it was sent/);
      expect(await blobs.stat('key')).toBeUndefined();
      const { Uploads = [] } = await client.send(
        new ListMultipartUploadsCommand({ Bucket: BUCKET, Prefix: prefix }),
      );
      expect(Uploads).toEqual([]);
    });

    it('may lie at the top of a bucket', async () => {
      const blobs = createS3Blobs({ client, bucket: BUCKET, prefix: '' });
      await blobs.put('top/a', text('x'));
      expect(blobs.shown).toBe(`s3://${BUCKET}`);
      expect((await listed(blobs, 'top/')).map(({ key }) => key)).toEqual(['top/a']);
      await blobs.remove('top/a');
    });

    it('that somebody else put there has no checksum and is read', async () => {
      const { prefix, blobs } = fresh();
      await client.send(new PutObjectCommand({ Bucket: BUCKET, Key: `${prefix}/hand`, Body: 'x' }));
      await client.send(new PutObjectCommand({ Bucket: BUCKET, Key: `${prefix}/folder/`, Body: '' }));
      expect(await blobs.stat('hand')).toMatchObject({ bytes: 1, sha256: null });
      expect((await blobs.read('hand', 10))?.toString()).toBe('x');
      expect((await listed(blobs, '')).map(({ key }) => key)).toEqual(['hand']);
    });

    it('refuses a name that is too long with its prefix', async () => {
      const blobs = createS3Blobs({ client, bucket: BUCKET, prefix: 'p'.repeat(100) });
      const key = Array.from({ length: 5 }, () => 'k'.repeat(199)).join('/');
      await expect(blobs.put(key, text('x'))).rejects.toThrow(/Shorten the prefix/);
    });
  });

  describe('a link', () => {
    const blobs = (): ReturnType<typeof createS3Blobs> =>
      createS3Blobs({ client, bucket: BUCKET, prefix: `links/${randomUUID()}` });

    it('gets and puts with plain HTTP and no credentials', async () => {
      const own = blobs();
      const put = await fetch(await own.link('in/new file.txt', 'PUT', 60), { method: 'PUT', body: 'sent' });
      expect(put.status).toBe(200);
      expect((await own.read('in/new file.txt', 100))?.toString()).toBe('sent');
      const got = await fetch(await own.link('in/new file.txt', 'GET', 60));
      expect(got.status).toBe(200);
      expect(await got.text()).toBe('sent');
    });

    it('to put takes any content: no checksum is signed into it', async () => {
      const own = blobs();
      const url = new URL(await own.link('key', 'PUT', 60));
      expect([...url.searchParams.keys()].filter((name) => /checksum/i.test(name))).toEqual([]);
      expect(url.searchParams.get('X-Amz-SignedHeaders')).toBe('host');
      expect(url.searchParams.get('X-Amz-Expires')).toBe('60');
    });

    it('lives at most seven days, whatever is asked for', async () => {
      const url = new URL(await blobs().link('key', 'GET', 1e9));
      expect(url.searchParams.get('X-Amz-Expires')).toBe(String(7 * 24 * 60 * 60));
    });

    describe('at a door that checks signatures', () => {
      let door: LinkGuard;
      let own: ReturnType<typeof createS3Blobs>;
      beforeAll(async () => {
        door = await startLinkGuard(moto.url);
        const through = createS3Client({ region: REGION, endpoint: door.url });
        own = createS3Blobs({ client: through, bucket: BUCKET, prefix: 'door' });
        for (const key of ['one', 'other ü+%.txt'])
          await createS3Blobs({ client, bucket: BUCKET, prefix: 'door' }).put(key, text(key));
      });
      afterAll(() => door.close());

      it('opens what it stands for', async () => {
        for (const key of ['one', 'other ü+%.txt']) {
          const answer = await fetch(await own.link(key, 'GET', 60));
          expect(answer.status).toBe(200);
          expect(await answer.text()).toBe(key);
        }
        const put = await fetch(await own.link('new', 'PUT', 60), { method: 'PUT', body: 'any content' });
        expect(put.status).toBe(200);
      });

      it('opens no other name', async () => {
        const link = new URL(await own.link('one', 'GET', 60));
        link.pathname = new URL(await own.link('other ü+%.txt', 'GET', 60)).pathname;
        const answer = await fetch(link);
        expect(answer.status).toBe(403);
        expect(await answer.text()).toContain('SignatureDoesNotMatch');
      });

      it('to get does not put, and to put does not get', async () => {
        const get = await own.link('one', 'GET', 60);
        expect((await fetch(get, { method: 'PUT', body: 'mine' })).status).toBe(403);
        expect((await fetch(await own.link('one', 'PUT', 60))).status).toBe(403);
        expect(await (await fetch(get)).text()).toBe('one');
      });

      it('is refused after its end, and cannot be made to live longer', async () => {
        const link = new URL(await own.link('one', 'GET', 60));
        door.now = () => Date.now() + 61_000;
        onTestFinished(() => void (door.now = () => Date.now()));
        expect((await fetch(link)).status).toBe(403);
        link.searchParams.set('X-Amz-Expires', '600');
        expect((await fetch(link)).status).toBe(403);
      });

      it('is needed: nothing is open without one', async () => {
        expect((await fetch(`${door.url}/${BUCKET}/door/one`)).status).toBe(403);
      });
    });
  });

  it('says that the bucket is missing, for every step', async () => {
    const blobs = createS3Blobs({ client, bucket: 'no-such-bucket', prefix: 'x' });
    const folder = folderWith();
    const missing =
      /^s3:\/\/no-such-bucket\/x.*there is no such bucket\. Correct the address, or create the bucket/;
    for (const step of [
      () => blobs.put('a', text('x')),
      () => blobs.get('a', join(folder, 'out')),
      () => blobs.read('a', 1),
      () => blobs.stat('a'),
      () => blobs.remove('a'),
      () => listed(blobs, 'a'),
    ]) {
      const failed: unknown = await step().catch((error: unknown) => error);
      expect(failed).toBeInstanceOf(BlobError);
      expect((failed as Error).message).toMatch(missing);
    }
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('what S3 refuses', () => {
  const answering = async (listener: RequestListener): Promise<ReturnType<typeof createS3Blobs>> => {
    const server = createServer(listener);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const client = new S3Client({
      region: REGION,
      endpoint,
      credentials: CREDENTIALS,
      forcePathStyle: true,
      maxAttempts: 1,
    });
    return createS3Blobs({ client, bucket: 'bucket', prefix: 'p' });
  };
  const refusing = (
    status: number,
    code: string,
    headers: Record<string, string> = {},
  ): ReturnType<typeof answering> =>
    answering((request, reply) => {
      request.resume();
      reply.writeHead(status, { 'content-type': 'application/xml', ...headers });
      reply.end(request.method === 'HEAD' ? '' : `<Error><Code>${code}</Code><Message>why</Message></Error>`);
    });

  it.each([
    [403, 'AccessDenied', /access denied\. Give these credentials s3:GetObject/],
    [400, 'ExpiredToken', /credentials have expired\. Sign in again/],
    [403, 'InvalidAccessKeyId', /does not accept the credentials \(InvalidAccessKeyId\)\. Check/],
    [403, 'RequestTimeTooSkewed', /clock differs.*Set the clock/],
    [404, 'NoSuchBucket', /there is no such bucket\. Correct the address/],
    [503, 'SlowDown', /cannot do it at the moment \(SlowDown\)\. Try again later/],
    [418, 'Whatever', /S3 refused s3:GetObject: Whatever: why/],
  ])('%i %s becomes a sentence with the address and the mend', async (status, code, expected) => {
    const read = (await refusing(status, code)).read('a/b', 10);
    await expect(read).rejects.toThrow(expected);
    await expect(read).rejects.toThrow(/^s3:\/\/bucket\/p\/a\/b: /);
    await expect(read).rejects.toBeInstanceOf(BlobError);
    // The SDK's own error has headers with credentials in it.
    const { cause } = (await read.catch((error: unknown) => error)) as Error;
    expect(Object.keys(cause as Error)).toEqual(['name']);
  });

  it('names the region that the bucket is in', async () => {
    const blobs = await refusing(301, 'PermanentRedirect', { 'x-amz-bucket-region': 'eu-west-3' });
    await expect(blobs.read('a', 10)).rejects.toThrow(
      /in another region, eu-west-3\. Set AWS_REGION to eu-west-3/,
    );
    await expect(blobs.stat('a')).rejects.toThrow(/Set AWS_REGION to eu-west-3/);
  });

  it('says access denied where the answer has no words', async () => {
    await expect((await refusing(403, '')).stat('a')).rejects.toThrow(/access denied/);
  });

  it('says that nobody answers', async () => {
    const client = createS3Client({ region: REGION, endpoint: 'http://127.0.0.1:9' });
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'testing');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'testing');
    onTestFinished(() => void vi.unstubAllEnvs());
    await expect(createS3Blobs({ client, bucket: 'bucket', prefix: '' }).read('a', 10)).rejects.toThrow(
      /no answer \(ECONNREFUSED.*AWS_ENDPOINT_URL/,
    );
  });

  it('says that there are no credentials, and no region', async () => {
    for (const name of Object.keys(process.env).filter((key) => key.startsWith('AWS_')))
      vi.stubEnv(name, undefined);
    const home = folderWith();
    vi.stubEnv('HOME', home);
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
    onTestFinished(() => void vi.unstubAllEnvs());
    const read = (region?: string): Promise<unknown> =>
      createS3Blobs({
        client: createS3Client({
          endpoint: 'http://127.0.0.1:9',
          ...(region === undefined ? {} : { region }),
        }),
        bucket: 'bucket',
        prefix: '',
      }).read('a', 10);
    await expect(read(REGION)).rejects.toThrow(/there are no AWS credentials/);
    await expect(read()).rejects.toThrow(/no AWS region is set\. Set AWS_REGION/);
  });

  it('is tried again when an answer breaks off in the middle, and no half file stays', async () => {
    let requests = 0;
    const content = 'x'.repeat(100_000);
    const blobs = await answering((_request, reply) => {
      requests++;
      reply.writeHead(200, {
        'content-length': content.length,
        etag: '"e"',
        'x-amz-meta-sha256': sha256(content),
      });
      if (requests < 3) reply.write(content.slice(0, 50_000), () => reply.destroy());
      else reply.end(content);
    });
    const folder = folderWith();
    expect(await blobs.get('a', join(folder, 'out'))).toMatchObject({ bytes: content.length });
    expect(requests).toBe(3);
    expect(readdirSync(folder)).toEqual(['out']);
  });
});
