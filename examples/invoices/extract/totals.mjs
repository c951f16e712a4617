import { isAmount, parseAmount } from './amounts.mjs';
import { cells } from './text.mjs';

// In the order of trust: the first label that is found wins.
const NET = [
  /^net total/i,
  /nettobetrag/i,
  /summe netto/i,
  /^total ht/i,
  /base imponible/i,
  /subtotaal/i,
  /^subtotal/i,
  /excluding tax/i,
  /^netto$/i,
];
const TAX = [
  /^vat (?:@|included)/i,
  /^(?:zzgl\..*ust|mwst \d|steuer)/i,
  /^tva \d/i,
  /^cuota/i,
  /^btw \d/i,
  /tax \d/i,
];
const GRAND = [
  /amount due|total credit|balance due|total payable|totaal te betalen|endbetrag/i,
  /gesamtbetrag eur|gutschriftsbetrag/i,
  /^total ttc/i,
  /^summe eur/i,
  /^betrag$/i, // the payment part of a Swiss invoice
  /^total(?: gbp)?$/i,
];

export function readTotals({ lines }) {
  return {
    net_total: firstAmount(lines, NET),
    tax_total: firstAmount(lines, TAX),
    grand_total: firstAmount(lines, GRAND),
  };
}

function firstAmount(lines, labels) {
  for (const label of labels) {
    const value = amountOf(lines, label);
    if (value !== null) return value;
  }
  return null;
}

/** The amount at the end of the label's line; for a heading, the one under it. Totals stand at the end: look from below. */
function amountOf(lines, label) {
  for (let index = lines.length - 1; index >= 0; index--) {
    const row = cells(lines[index]);
    const cell = row.find((candidate) => label.test(candidate.text));
    if (cell === undefined) continue;
    const last = row.at(-1);
    if (last !== cell && isAmount(last.text)) return parseAmount(last.text);
    const below = cells(lines[index + 1] ?? '').find(
      (other) => Math.abs(other.end - cell.end) <= 2 || Math.abs(other.start - cell.start) <= 2,
    );
    if (below !== undefined && isAmount(below.text)) return parseAmount(below.text);
  }
  return null;
}
