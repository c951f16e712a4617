/** What AWS says, as a sentence with the mend. */
import { BlobError } from '../../ports/blobs.js';

interface AwsError {
  readonly name?: string;
  readonly code?: string;
  readonly message?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
  readonly cause?: unknown;
}

const NETWORK = new Set([
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ETIMEDOUT',
  'NetworkingError',
  'TimeoutError',
]);
const EXPIRED = new Set(['ExpiredToken', 'ExpiredTokenException', 'TokenRefreshRequired', 'RequestExpired']);
const UNKNOWN_KEYS = new Set([
  'InvalidAccessKeyId',
  'InvalidToken',
  'InvalidClientTokenId',
  'SignatureDoesNotMatch',
]);
const ELSEWHERE = new Set([
  'PermanentRedirect',
  'Redirect',
  'AuthorizationHeaderMalformed',
  'IllegalLocationConstraintException',
]);
const BUSY = new Set([
  'SlowDown',
  'ServiceUnavailable',
  'InternalError',
  'Throttling',
  'ThrottlingException',
]);

export function isMissing(error: unknown): boolean {
  const { name, $metadata } = error as AwsError;
  return (
    name === 'NoSuchKey' ||
    name === 'NotFound' ||
    (name !== 'NoSuchBucket' && $metadata?.httpStatusCode === 404)
  );
}

/** Worth another try: nobody said no, the answer broke off on its way. */
export function isNetwork(error: unknown): boolean {
  const { name = '', code = '' } = error as AwsError;
  return (
    NETWORK.has(code) ||
    NETWORK.has(name) ||
    /aborted|socket hang up/i.test((error as AwsError).message ?? '')
  );
}

/** `doing`: the right that was needed, `s3:GetObject`. */
export function blobError(error: unknown, address: string, doing: string): unknown {
  if (error instanceof BlobError || !(error instanceof Error)) return error;
  const aws = error as AwsError;
  const name = aws.name ?? '';
  const status = aws.$metadata?.httpStatusCode;
  const say = (what: string): BlobError => new BlobError(`${address}: ${what}`, { cause: wordsOf(error) });
  const never = (what: string): BlobError =>
    new BlobError(`${address}: ${what}`, { cause: wordsOf(error), permanent: true });

  if (name === 'NoSuchBucket')
    return never('there is no such bucket. Correct the address, or create the bucket first.');
  if (EXPIRED.has(name))
    return say(
      'the AWS credentials have expired. Sign in again (aws sso login), or renew the session token.',
    );
  if (UNKNOWN_KEYS.has(name))
    return say(
      `AWS does not accept the credentials (${name}). Check the access key, its secret and AWS_PROFILE.`,
    );
  if (/Credentials|TokenProvider/.test(name))
    return say(
      `there are no AWS credentials: ${error.message} Sign in (aws sso login), set AWS_PROFILE, or give the machine a role.`,
    );
  if (name === 'RequestTimeTooSkewed')
    return say("this machine's clock differs from the time too much. Set the clock.");
  if (/region is missing/i.test(error.message))
    return say("no AWS region is set. Set AWS_REGION to the bucket's region.");
  if (ELSEWHERE.has(name) || status === 301 || status === 307) {
    const region = aws.$response?.headers?.['x-amz-bucket-region'];
    return never(
      `the bucket is in another region${region === undefined ? '' : `, ${region}`}. Set AWS_REGION to ${region ?? "the bucket's region"}.`,
    );
  }
  if (name === 'AccessDenied' || name === 'Forbidden' || status === 403)
    return never(
      `access denied. Give these credentials ${doing} there; without s3:ListBucket on the bucket a name that does not exist is refused as well.`,
    );
  if (isNetwork(error))
    return say(
      `no answer (${aws.code ?? name}: ${error.message}). Check the network, AWS_REGION and AWS_ENDPOINT_URL, and try again.`,
    );
  if (BUSY.has(name) || (status !== undefined && status >= 500))
    return say(`S3 cannot do it at the moment (${name}). Try again later.`);
  if (status !== undefined) return say(`S3 refused ${doing}: ${name}: ${error.message}`);
  return error;
}

/** The SDK's errors carry the whole exchange, with the session's token in its headers: nothing for a log. */
function wordsOf({ name, message }: Error): Error {
  return Object.assign(new Error(message), { name });
}
