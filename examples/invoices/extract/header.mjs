import { parseDate } from './dates.mjs';
import { findLabelled } from './labelled.mjs';
import { cells } from './text.mjs';

const NUMBER =
  /invoice no|invoice #|credit note no|receipt|rechnungsnummer|rechnung nr|gutschriftsnummer|belegnummer \/ datum|bon-nr|(?:facture|avoir|ticket) n°|factura nº|factuurnummer|^no\b/i;
const ORDER =
  /your order|p\.o\. number|order ref|ihre bestellung|^bestellung|auftragsnummer|référence commande|su pedido|uw referentie/i;
const ISSUED =
  /invoice date|credit date|^date|^datum|rechnungsdatum|factuurdatum|belegnummer \/ datum|issued|^valencia|^le (?=\d)/i;
const DUE = /payment due|due date|payment by|zahlbar .*bis|zahlungsziel|échéance|vencimiento|vervaldatum/i;
const VAT = /\b(?:DE\d{9}|GB\d{9}|FR\d{11}|ES[A-Z]\d{8}|NL\d{9}B\d{2}|CHE-[\d.]{11} MWST|T\d{13})\b/;
const BUYER = /^(?:bill to|sold to|cliente|buyer)\b:?/i;

export function readHeader(document, { kind, monthFirst }) {
  const { lines } = document;
  const date = (label) => {
    const value = findLabelled(lines, label, (text) => parseDate(text, { monthFirst }) !== null);
    return value === null ? null : parseDate(value, { monthFirst });
  };
  return {
    invoice_number: readNumber(lines),
    order_number: findLabelled(lines, ORDER),
    issue_date: date(ISSUED) ?? (kind === 'receipt' ? parseDate(lines.slice(0, 8).join('\n')) : null),
    due_date: date(DUE),
    seller: { name: readSeller(lines), vat_id: readVat(document) },
    buyer: { name: kind === 'receipt' ? null : readBuyer(lines) },
  };
}

function readNumber(lines) {
  const value = findLabelled(lines, NUMBER, (text) => /\d/.test(text));
  // "90878003 / 07.03.2024" holds the date too
  return value === null ? null : value.split(' ')[0];
}

function readVat({ text }) {
  const match = VAT.exec(text);
  return match === null ? null : match[0];
}

const COMPANY = /\b(?:GmbH|AG|KG|Ltd|SARL|S\.L\.|B\.V\.|Co\.|K\.K\.)/;

/** The first line that names a company; a shop or restaurant prints its name on top. */
function readSeller(lines) {
  const found = lines
    .slice(0, 6)
    .flatMap((line) => cells(line))
    .find((cell) => COMPANY.test(cell.text));
  return (found ?? cells(lines[0])[0]).text.trim();
}

/** What stands under "Bill to"; without such a heading, the line above a street and a postcode. */
function readBuyer(lines) {
  for (const [index, line] of lines.entries()) {
    const heading = cells(line).find((cell) => BUYER.test(cell.text));
    if (heading === undefined) continue;
    const below = cells(lines[index + 1] ?? '').find((cell) => Math.abs(cell.start - heading.start) <= 2);
    if (below !== undefined) return below.text;
  }
  return addressee(lines);
}

const PLACE = /^(?:\d{4} [A-Z]{2} |\d{4,5} )\p{Lu}/u;

function addressee(lines) {
  for (let index = 2; index < Math.min(lines.length, 16); index++) {
    const place = cells(lines[index]).find((cell) => PLACE.test(cell.text));
    if (place === undefined) continue;
    const above = cells(lines[index - 2]).find((cell) => Math.abs(cell.start - place.start) <= 2);
    if (above !== undefined) return above.text;
  }
  return null;
}
