/** The last bytes of a stream, in bounded memory. */
export class Tail {
  readonly #maxBytes: number;
  #chunks: Buffer[] = [];
  #bytes = 0;
  #cut = false;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  push(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    // Joined only now and then: a program that prints byte by byte must not cost a copy of the tail for each.
    if (this.#bytes > 2 * this.#maxBytes || this.#chunks.length > 1_024) this.#shrink();
  }

  /** Decoded; bytes that are not UTF-8 become U+FFFD, and a character cut in half at the front is dropped. */
  text(): string {
    this.#shrink();
    const bytes = this.#chunks[0] ?? Buffer.alloc(0);
    let start = 0;
    if (this.#cut) while (start < Math.min(3, bytes.length) && ((bytes[start] ?? 0) & 0xc0) === 0x80) start++;
    return bytes.subarray(start).toString('utf8');
  }

  #shrink(): void {
    let all = Buffer.concat(this.#chunks);
    if (all.length > this.#maxBytes) {
      // A copy, so that a large chunk is not kept alive by a small view of it.
      all = Buffer.from(all.subarray(all.length - this.#maxBytes));
      this.#cut = true;
    }
    this.#chunks = all.length === 0 ? [] : [all];
    this.#bytes = all.length;
  }
}
