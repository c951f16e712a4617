import { createHash } from 'node:crypto';

/**
 * The name under which the code under test meets a document: the same for the same document every time, different for
 * two documents of equal content, and silent about the id, which may be a customer's name or give the label away.
 * 32 hex digits.
 */
export function opaqueId(contentHash: string, id: string): string {
  return createHash('sha256')
    .update(`docops.document/1\0${contentHash}\0${id}`, 'utf8')
    .digest('hex')
    .slice(0, 32);
}
