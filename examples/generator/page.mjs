/**
 * A document under construction: pages of text pieces on a grid of 96 columns. The text file and the PDF are both drawn
 * from these pieces, so they cannot disagree.
 */
export const COLUMNS = 96;
export const ROWS = 74;

export class Sheet {
  pages = [[]];
  row = 0;

  /** `column` is where the text starts (align left) or the column after its end (align right). */
  put(column, text, { align = 'left', bold = false, size = 1, row = this.row } = {}) {
    if (text === '') return this;
    const start = align === 'right' ? column - text.length : column;
    this.pages.at(-1).push({ row, start, text, align, bold, size, column });
    return this;
  }

  /** One row of pieces: `[column, text, 'right'?]`, then the cursor moves down. */
  line(...pieces) {
    for (const [column, text, align] of pieces) this.put(column, text, { align: align ?? 'left' });
    return this.down();
  }

  bold(...pieces) {
    for (const [column, text, align] of pieces)
      this.put(column, text, { align: align ?? 'left', bold: true });
    return this.down();
  }

  down(rows = 1) {
    this.row += rows;
    return this;
  }

  at(row) {
    this.row = row;
    return this;
  }

  rule(from = 0, to = COLUMNS) {
    this.pages.at(-1).push({ row: this.row, rule: [from, to] });
    return this.down();
  }

  newPage() {
    this.pages.push([]);
    this.row = 0;
    return this;
  }

  /** Pieces in reading order: the order of both the text file and the PDF's text layer. */
  ordered(page) {
    return page.filter((p) => p.text !== undefined).sort((a, b) => a.row - b.row || a.start - b.start);
  }

  /** Changes every text piece (scanner noise). */
  map(change) {
    for (const page of this.pages)
      for (const piece of page) {
        if (piece.text === undefined) continue;
        piece.text = change(piece.text);
        if (piece.align === 'right') piece.start = piece.column - piece.text.length;
      }
    return this;
  }

  /** As `pdftotext -layout` writes it: blank rows kept, a form feed after each page. */
  toText() {
    return this.pages.map((page) => this.#pageText(page) + '\f').join('');
  }

  #pageText(page) {
    const rows = [];
    for (const { row, start, text } of this.ordered(page)) {
      while (rows.length <= row) rows.push('');
      const line = rows[row];
      if (line !== '' && line.length >= start)
        throw new Error(`"${text}" overlaps "${line.trim()}" (row ${row}, column ${start}).`);
      rows[row] = line.padEnd(start) + text;
    }
    return rows.map((row) => row + '\n').join('');
  }
}
