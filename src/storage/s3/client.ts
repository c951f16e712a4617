/** A client for S3, or for what speaks like it. */
import { S3Client } from '@aws-sdk/client-s3';

export interface S3ClientOptions {
  readonly region?: string;
  readonly endpoint?: string;
}

/** Region, credentials and `AWS_ENDPOINT_URL` are found as every tool of AWS finds them. */
export function createS3Client({ region, endpoint }: S3ClientOptions = {}): S3Client {
  const named = [process.env['AWS_ENDPOINT_URL_S3'], process.env['AWS_ENDPOINT_URL']];
  const elsewhere = endpoint ?? named.find((value) => value !== undefined && value !== '');
  return new S3Client({
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    // A bucket's name in front of the host needs a DNS entry that other servers than AWS's do not have.
    forcePathStyle: elsewhere !== undefined,
    // We send our own. The default would be signed into a link, as the checksum of nothing: no PUT would pass it.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
}
