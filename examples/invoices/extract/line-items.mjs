import { isAmount, parseAmount, parseQuantity } from './amounts.mjs';
import { cells } from './text.mjs';

const HEADINGS = {
  description: /^(?:description|bezeichnung|désignation|leistung|concepto|omschrijving|goods|material)$/i,
  quantity: /^(?:qty|quantity|menge|qté|anzahl|cantidad|aantal|pcs)$/i,
  unit_price: /^(?:unit price|price|einzelpreis|preis(?: chf)?|p\.u\. ht|precio|prijs|unit \(jpy\))$/i,
  line_total: /^(?:amount|extended|gesamt|montant ht|betrag chf|importe|bedrag|amount \(jpy\)|wert eur)$/i,
};

/** Tables start under a line of headings and end where the amounts have no quantity any more. A page repeats the headings. */
export function readLineItems({ lines }) {
  const items = [];
  let columns = null;
  for (const line of lines) {
    const headings = readHeadings(line);
    if (headings !== null) {
      columns = headings;
      continue;
    }
    if (columns === null) continue;
    const item = readRow(line, columns);
    if (item !== null) items.push(item);
    else if (isTotalLine(line)) columns = null;
  }
  return items;
}

function readHeadings(line) {
  const found = {};
  for (const cell of cells(line))
    for (const [name, pattern] of Object.entries(HEADINGS)) if (pattern.test(cell.text)) found[name] = cell;
  return Object.keys(found).length === 4 ? found : null;
}

/** Words stand under the start of their heading, numbers under its end. */
function readRow(line, columns) {
  const row = cells(line);
  const under = (name) => row.find((cell) => Math.abs(cell.end - columns[name].end) <= 2);
  const quantity = under('quantity');
  const total = under('line_total');
  const description = row.find((cell) => Math.abs(cell.start - columns.description.start) <= 2);
  if (quantity === undefined || total === undefined || description === undefined) return null;
  if (!isAmount(total.text)) return null;
  return {
    description: description.text,
    quantity: parseQuantity(quantity.text),
    unit_price: parseAmount(under('unit_price')?.text ?? ''),
    line_total: parseAmount(total.text),
  };
}

/** A line with words and one amount, not a row: a sum. */
function isTotalLine(line) {
  const row = cells(line);
  return row.length === 2 && isAmount(row[1].text);
}
