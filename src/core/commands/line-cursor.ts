/** Reads the indentation of a line by columns: a tab reaches to the next multiple of four, and may be read in parts. */
export class LineCursor {
  readonly #text: string;
  #offset = 0;
  #column = 0;
  #nonSpace = 0;
  /** Columns of white space before what follows. */
  indent = 0;

  constructor(text: string) {
    this.#text = text;
    this.#look();
  }

  /** Nothing but spaces and tabs is left. */
  get blank(): boolean {
    return this.#nonSpace >= this.#text.length;
  }

  get next(): string {
    return this.#text.charAt(this.#nonSpace);
  }

  /** What is left, without its indentation. */
  get rest(): string {
    return this.#text.slice(this.#nonSpace);
  }

  skipColumns(columns: number): void {
    let left = columns;
    while (left > 0 && this.#offset < this.#text.length) {
      const width = this.#widthHere();
      if (width > left) {
        this.#column += left;
        break;
      }
      this.#offset += 1;
      this.#column += width;
      left -= width;
    }
    this.#look();
  }

  /** `>` and one column after it. */
  skipQuoteMark(): void {
    this.#skipTo(this.#nonSpace + 1);
    if (this.indent > 0) this.skipColumns(1);
  }

  /** The marker of a list item and the space that belongs to it. Returns the columns of both. */
  skipMarker(marker: string): number {
    this.#skipTo(this.#nonSpace + marker.length);
    const spaces = this.indent;
    const own = this.blank || spaces > 4 ? 1 : spaces;
    this.skipColumns(own);
    return marker.length + own;
  }

  #skipTo(offset: number): void {
    this.#column += this.indent + (offset - this.#nonSpace);
    this.#offset = offset;
    this.#look();
  }

  #widthHere(): number {
    if (this.#text[this.#offset] !== '\t') return 1;
    return 4 - (this.#column % 4);
  }

  #look(): void {
    let [offset, column] = [this.#offset, this.#column];
    for (; offset < this.#text.length; offset += 1) {
      const character = this.#text[offset];
      if (character === ' ') column += 1;
      else if (character === '\t') column += 4 - (column % 4);
      else break;
    }
    this.#nonSpace = offset;
    this.indent = column - this.#column;
  }
}
