/**
 * One record of a measurement log: `CHECKSUM CONTENTHASH JSON`, a line. The checksum is over what follows it, so that a
 * record is either whole or noticed.
 */
import { createHash } from 'node:crypto';
import { isKeptPrediction } from '../../ports/measurements.js';
import type { Prediction } from '../../core/words.js';

const CHECKSUM_DIGITS = 16;
/** Hex, as `DatasetDocument.contentHash` is. */
const HASH = /^[0-9a-f]{16,128}$/;

export function isHash(text: string): boolean {
  return HASH.test(text);
}

/**
 * With a newline before and after: a record that somebody could not finish (power, full disk, kill) then spoils itself
 * only and not the next one.
 */
export function writeRecord(contentHash: string, prediction: Prediction): Buffer {
  const body = `${contentHash} ${JSON.stringify(prediction)}`;
  return Buffer.from(`\n${checksum(body)} ${body}\n`, 'utf8');
}

/** The content hash of a whole record, without reading its JSON; undefined for a damaged one. */
export function checkRecord(line: Buffer): string | undefined {
  if (line.length <= CHECKSUM_DIGITS + 1 || line[CHECKSUM_DIGITS] !== 0x20) return undefined;
  const body = line.subarray(CHECKSUM_DIGITS + 1);
  if (line.toString('latin1', 0, CHECKSUM_DIGITS) !== checksum(body)) return undefined;
  const space = body.indexOf(0x20);
  const contentHash = space < 0 ? '' : body.toString('latin1', 0, space);
  return isHash(contentHash) ? contentHash : undefined;
}

/** The prediction of a whole record; undefined for a damaged one. */
export function readRecord(line: Buffer, contentHash: string): Prediction | undefined {
  if (checkRecord(line) !== contentHash) return undefined;
  try {
    const value: unknown = JSON.parse(line.toString('utf8', CHECKSUM_DIGITS + 1 + contentHash.length + 1));
    return isKeptPrediction(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function checksum(body: string | Uint8Array): string {
  return createHash('sha256').update(body).digest('hex').slice(0, CHECKSUM_DIGITS);
}
