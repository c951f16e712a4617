import PDFDocument from 'pdfkit';
import { COLUMNS, ROWS } from './page.mjs';

const MARGIN = 40;
const A4 = { width: 595.28, height: 841.89 };
const COLUMN_POINTS = (A4.width - 2 * MARGIN) / COLUMNS;
const ROW_POINTS = (A4.height - 2 * MARGIN) / ROWS;
/** A Courier glyph is 0.6 em wide: at this size a character fills exactly one column. */
const FONT_POINTS = COLUMN_POINTS / 0.6;
const FONTS = {
  sans: ['Helvetica', 'Helvetica-Bold'],
  serif: ['Times-Roman', 'Times-Bold'],
  mono: ['Courier', 'Courier-Bold'],
};

/** The sheet as a PDF with a text layer. Same sheet, same bytes: fixed date, no compression (zlib versions differ). */
export function toPdf(sheet, { font, title, date }) {
  const document = new PDFDocument({
    size: 'A4',
    margin: 0,
    compress: false,
    autoFirstPage: false,
    info: {
      Title: title,
      Producer: 'docops example generator',
      CreationDate: new Date(Date.UTC(date.y, date.m - 1, date.d)),
    },
  });
  const chunks = [];
  document.on('data', (chunk) => chunks.push(chunk));
  const done = new Promise((resolve) => document.on('end', () => resolve(Buffer.concat(chunks))));
  for (const page of sheet.pages) {
    document.addPage();
    for (const piece of page.filter((p) => p.rule)) {
      const y = MARGIN + (piece.row + 0.6) * ROW_POINTS;
      const [from, to] = piece.rule.map((column) => MARGIN + column * COLUMN_POINTS);
      document.lineWidth(0.5).moveTo(from, y).lineTo(to, y).stroke();
    }
    for (const piece of sheet.ordered(page)) drawText(document, piece, FONTS[font]);
  }
  document.end();
  return done;
}

function drawText(document, piece, [regular, bold]) {
  document.font(piece.bold ? bold : regular).fontSize(FONT_POINTS * piece.size);
  const anchor = MARGIN + piece.column * COLUMN_POINTS;
  const x = piece.align === 'right' ? anchor - document.widthOfString(piece.text) : anchor;
  document.text(piece.text, x, MARGIN + piece.row * ROW_POINTS, { lineBreak: false });
}
