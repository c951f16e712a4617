import { createHash } from 'node:crypto';
import type { DatasetDocument, Json, Label } from '../words.js';
import { canonicalJson } from '../plan/canonical.js';

/**
 * The version of a dataset: sha256, hex, over its documents' content hashes and its labels. It does not depend on the
 * order of lines, of keys or of documents, nor on name, description and licence. A label's values count as written:
 * `"9.0"` and `"9.00"` are two versions, the JSON numbers `9.0` and `9.00` are one.
 */
export function datasetVersion(
  labels: Iterable<Label>,
  documents: Iterable<Pick<DatasetDocument, 'id' | 'contentHash'>>,
): string {
  const hash = createHash('sha256').update('docops.dataset/1\n');
  for (const line of [...documents]
    .map(({ id, contentHash }) => canonicalJson([id, contentHash]))
    .sort(byCodeUnits)) {
    hash.update(`document ${line}\n`);
  }
  for (const line of [...labels].map(canonicalLabel).sort(byCodeUnits)) hash.update(`label ${line}\n`);
  return hash.digest('hex');
}

/** One label as canonical JSON; an empty `accept` or `slices` is the same as none. */
function canonicalLabel(label: Label): string {
  const whole: Record<string, Json> = { id: label.id, fields: label.fields };
  if (Object.keys(label.accept).length > 0) whole['accept'] = label.accept;
  if (Object.keys(label.slices).length > 0) whole['slices'] = label.slices;
  if (label.template !== undefined) whole['template'] = label.template;
  return canonicalJson(whole);
}

/**
 * Content hash of a document that is one file. The extension belongs to it, since extractors choose their way by it;
 * the name does not, so that renaming a document measures nothing again.
 * @param extension with its dot, as on disk, or empty
 * @param sha256 of the bytes, hex
 */
export function fileContentHash(extension: string, sha256: string): string {
  return sha(canonicalJson(['file', extension, sha256]));
}

/** Content hash of a document that is a folder: the relative names (`/` between parts, NFC) and bytes of its files. */
export function folderContentHash(
  files: readonly { readonly name: string; readonly sha256: string }[],
): string {
  const members = files
    .map(({ name, sha256 }): [string, string] => [name.normalize('NFC'), sha256])
    .sort(([a], [b]) => byCodeUnits(a, b));
  return sha(canonicalJson(['folder', members]));
}

function sha(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
