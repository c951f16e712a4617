/**
 * One measurement log: an append-only file and an index of where each document's record stands. Predictions stay on disk
 * and are read when asked for, so memory grows with the number of documents and not with what was extracted from them.
 */
import { closeSync, constants, fdatasyncSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { DOCUMENT_OUTPUT_BYTES } from '../../core/limits.js';
import type { Prediction } from '../../core/words.js';
import type { MeasurementLog } from '../../ports/measurements.js';
import { checkRecord, isHash, readRecord, writeRecord } from './record.js';

const CHUNK_BYTES = 1024 * 1024;
/** Numbers can grow when JSON is written again (1e20), nothing else does; a longer line is damage. */
const LONGEST_RECORD_BYTES = 6 * DOCUMENT_OUTPUT_BYTES;

export class FileLog implements MeasurementLog {
  damaged = 0;
  readonly #fd: number;
  readonly #index = new Map<string, { offset: number; length: number }>();
  readonly #onClose: () => void;
  /** Up to here the file is indexed: the end of a line. */
  #scanned = 0;
  #closed = false;

  private constructor(fd: number, onClose: () => void) {
    this.#fd = fd;
    this.#onClose = onClose;
  }

  /** Opens or makes the file and reads it once, giving way to others between chunks. */
  static async open(path: string, onClose: () => void): Promise<FileLog> {
    const { O_RDWR, O_APPEND, O_CREAT, O_NOFOLLOW } = constants;
    const log = new FileLog(openSync(path, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600), onClose);
    try {
      const scan = log.#scan();
      while (scan.next().done !== true) await new Promise((resolve) => setImmediate(resolve));
      // What follows the last newline: half a record, or one that another process is writing right now.
      if (fstatSync(log.#fd).size > log.#scanned) log.damaged++;
      return log;
    } catch (error) {
      closeSync(log.#fd);
      throw error;
    }
  }

  get(contentHash: string): Prediction | undefined {
    this.#mustBeOpen();
    if (!this.#index.has(contentHash)) this.#catchUp();
    const place = this.#index.get(contentHash);
    if (place === undefined) return undefined;
    const line = Buffer.allocUnsafe(place.length);
    const read = readSync(this.#fd, line, 0, place.length, place.offset);
    const prediction = read === place.length ? readRecord(line, contentHash) : undefined;
    // Spoiled since it was indexed: measured again.
    if (prediction === undefined) this.#index.delete(contentHash);
    return prediction;
  }

  append(contentHash: string, prediction: Prediction): Promise<void> {
    return new Promise((resolve) => {
      this.#mustBeOpen();
      if (!isHash(contentHash)) throw new TypeError('a content hash is lower-case hex');
      // A failure may come from the machine; who mends the machine must not meet it again.
      if (prediction.status === 'ok') {
        const record = writeRecord(contentHash, prediction);
        // One write: with O_APPEND the records of several processes stand one after the other, whole.
        const written = writeSync(this.#fd, record);
        if (written !== record.length)
          throw Object.assign(new Error('the disk is full: a measurement was not saved'), { code: 'ENOSPC' });
      }
      resolve();
    });
  }

  close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      fdatasyncSync(this.#fd);
      closeSync(this.#fd);
      this.#index.clear();
      this.#onClose();
    }
    return Promise.resolve();
  }

  /** Records that were appended since, by us or by another process. */
  #catchUp(): void {
    const scan = this.#scan();
    while (scan.next().done !== true);
  }

  *#scan(): Generator<void> {
    const { size } = fstatSync(this.#fd);
    // Somebody emptied the file: what we know of it is void.
    if (size < this.#scanned) {
      this.#index.clear();
      this.#scanned = 0;
    }
    let rest = Buffer.alloc(0);
    let position = this.#scanned;
    let skipping = false;
    while (position < size) {
      const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, size - position));
      const read = readSync(this.#fd, chunk, 0, chunk.length, position);
      if (read === 0) break;
      position += read;
      const bytes =
        rest.length > 0 ? Buffer.concat([rest, chunk.subarray(0, read)]) : chunk.subarray(0, read);
      let from = 0;
      for (let newline = bytes.indexOf(0x0a); newline >= 0; newline = bytes.indexOf(0x0a, from)) {
        if (skipping) this.damaged++;
        else if (newline > from) this.#note(bytes.subarray(from, newline), this.#scanned);
        skipping = false;
        this.#scanned += newline + 1 - from;
        from = newline + 1;
      }
      rest = Buffer.from(bytes.subarray(from));
      if (rest.length > LONGEST_RECORD_BYTES) {
        skipping = true;
        this.#scanned += rest.length;
        rest = Buffer.alloc(0);
      }
      yield;
    }
  }

  #note(line: Buffer, offset: number): void {
    const contentHash = checkRecord(line);
    if (contentHash === undefined) this.damaged++;
    else this.#index.set(contentHash, { offset, length: line.length });
  }

  #mustBeOpen(): void {
    if (this.#closed) throw new Error('the measurement log is closed');
  }
}
