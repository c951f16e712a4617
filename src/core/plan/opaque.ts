import { createHash } from 'node:crypto';

/**
 * The name under which an extractor sees a document: made from its content, so it is the same in every run and says
 * nothing about the id, which may give the answer away (`INV-2041.pdf`).
 */
export function opaqueId(contentHash: string): string {
  return `d${createHash('sha256').update(`docops.document\0${contentHash}`).digest('hex').slice(0, 20)}`;
}
