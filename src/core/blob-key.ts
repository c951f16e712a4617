/** Names of blobs, whatever storage they are in: what may be one is decided here and nowhere else. */

/** S3: an object's name with its prefix, UTF-8. https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
export const BLOB_KEY_BYTES = 1_024;
/** File systems: one name of a path. */
const PART_BYTES = 255;
/** Where a folder of blobs keeps what is its own: checksums, and files that are not whole yet. */
export const OWN_PART = '.docops';

/** What is wrong with a name, as the end of a sentence that starts with it; undefined when it can be used. */
export function blobKeyProblem(key: string): string | undefined {
  if (key === '') return 'is empty';
  if (/\p{Cc}/u.test(key)) return 'contains a control character';
  if (/\p{Cs}/u.test(key)) return 'contains half a character';
  if (key.includes('\\')) return 'contains a backslash; parts are separated by "/"';
  if (key.startsWith('/')) return 'starts with a slash';
  const parts = key.split('/');
  if (parts.includes('')) return 'has an empty part';
  if (parts.includes('.') || parts.includes('..')) return 'has a part "." or ".."';
  if (parts[0] === OWN_PART) return `begins with ${OWN_PART}, where the storage keeps what is its own`;
  if (parts.some((part) => Buffer.byteLength(part) > PART_BYTES))
    return `has a part that is longer than ${PART_BYTES} bytes`;
  if (Buffer.byteLength(key) > BLOB_KEY_BYTES) return `is longer than ${BLOB_KEY_BYTES} bytes`;
  return undefined;
}

/** Throws for a name that cannot be one: a mistake of the caller, who checks names that come from outside first. */
export function mustBeBlobKey(key: string): void {
  const problem = blobKeyProblem(key);
  if (problem !== undefined)
    throw new TypeError(`the blob name ${JSON.stringify(key.slice(0, 200))} ${problem}`);
}
