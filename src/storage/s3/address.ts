/** `s3://bucket/prefix`, taken apart. */
import { blobKeyProblem } from '../../core/blob-key.js';
import { UsageError } from '../../core/errors.js';

export interface S3Address {
  readonly bucket: string;
  /** Without a slash at either end; may be empty. */
  readonly prefix: string;
}

/** General purpose buckets. https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const BUCKET = /^(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9](?:[a-z0-9-]|\.(?!\.)){1,61}[a-z0-9]$/;

/** Throws UsageError. */
export function parseS3Address(address: string): S3Address {
  const [, bucket = '', rest = ''] = /^s3:\/\/([^/]*)(.*)$/su.exec(address) ?? [];
  const prefix = rest.replace(/^\/+/, '').replace(/\/+$/, '');
  const why = !BUCKET.test(bucket)
    ? 'its bucket is no name that a bucket can have'
    : prefix !== '' && blobKeyProblem(prefix) !== undefined
      ? `its prefix ${blobKeyProblem(prefix)}`
      : undefined;
  if (why === undefined) return { bucket, prefix };
  throw new UsageError(
    `${JSON.stringify(address.slice(0, 200))} is no address in S3: ${why}`,
    'write s3://BUCKET or s3://BUCKET/PREFIX',
  );
}
