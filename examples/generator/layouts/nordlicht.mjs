import { amounts, dates, quantity } from '../formats.mjs';
import { buyers } from '../buyers.mjs';

/** A German tool dealer: address on the left, a block of details on the right, a carry-over when a page is full. */
export const vendor = {
  id: 'nordlicht',
  name: 'Nordlicht Werkzeughandel GmbH',
  vatId: 'DE811907980',
  iban: 'DE02 1203 0000 0000 2020 51',
  language: 'de',
  currency: 'EUR',
  kind: 'invoice',
  taxRate: 19,
  most: 12,
  font: 'sans',
  buyers: buyers.de,
  number: (random, { y }) => `RE-${y}-${random.digits(5)}`,
  order: (random) => `B-${random.digits(6)}`,
  catalogue: [
    { code: 'W-1020', description: 'Schlagbohrmaschine 750 W', price: 12990 },
    { code: 'W-1044', description: 'Bohrersatz HSS 19-teilig', price: 3495 },
    { code: 'W-2210', description: 'Schraubzwinge 400 mm', price: 1875 },
    { code: 'W-3007', description: 'Akkuschrauber 18 V mit 2 Akkus', price: 18900 },
    { code: 'W-3110', description: 'Trennscheibe 125 mm (10 Stück)', price: 1290 },
    { code: 'W-4105', description: 'Werkbank Buche massiv', price: 64900 },
    { code: 'W-5002', description: 'Arbeitshandschuhe Größe 9', price: 649 },
    { code: 'W-5111', description: 'Schutzbrille klar', price: 895 },
    { code: 'W-6030', description: 'Wasserwaage 60 cm', price: 2480 },
  ],
};

export const documents = [{}, {}, { discount: 3 }, { lines: 42 }, { credit: true }, { lines: 4 }];

const ROWS_ON_FIRST_PAGE = 38;

export function draw(sheet, purchase) {
  const money = amounts.comma;
  const credit = purchase.kind === 'credit_note';
  sheet.put(0, vendor.name, { bold: true, size: 1.5 }).down(2);
  sheet.line([0, `${vendor.name} · Deichstraße 9 · 24103 Kiel`]).down();
  const [name, street, place] = purchase.buyer;
  sheet.line(
    [0, name],
    [60, credit ? 'Gutschriftsnummer:' : 'Rechnungsnummer:'],
    [96, purchase.number, 'right'],
  );
  sheet.line([0, street], [60, 'Datum:'], [96, dates.dots(purchase.issued), 'right']);
  sheet.line([0, place], [60, 'Kundennummer:'], [96, '20471', 'right']);
  if (purchase.order) sheet.line([60, 'Ihre Bestellung:'], [96, purchase.order, 'right']);
  sheet
    .down(2)
    .bold([0, credit ? 'Gutschrift' : 'Rechnung'])
    .down();
  head(sheet);
  purchase.lines.forEach((line, i) => {
    if (i === ROWS_ON_FIRST_PAGE) carryOver(sheet, purchase, i, money);
    sheet.line(
      [0, String(i + 1)],
      [5, line.code],
      [16, line.description],
      [58, quantity(line.quantity, ','), 'right'],
      [60, 'Stk'],
      [78, money(line.unitPrice), 'right'],
      [96, money(line.total), 'right'],
    );
  });
  sheet.rule();
  if (purchase.discount !== 0) {
    sheet.line([58, 'Zwischensumme'], [96, money(purchase.subtotal), 'right']);
    sheet.line([58, `Rabatt ${purchase.discountRate} %`], [96, money(-purchase.discount), 'right']);
  }
  sheet.line([58, 'Nettobetrag'], [96, money(purchase.net), 'right']);
  sheet.line([58, 'zzgl. 19 % USt.'], [96, money(purchase.tax), 'right']);
  sheet
    .bold([58, credit ? 'Gutschriftsbetrag EUR' : 'Gesamtbetrag EUR'], [96, money(purchase.grand), 'right'])
    .down(2);
  if (!credit) sheet.line([0, `Zahlbar ohne Abzug bis ${dates.dots(purchase.due)}.`]);
  sheet.down().line([0, `USt-IdNr. ${vendor.vatId} · IBAN ${vendor.iban} · Amtsgericht Kiel HRB 20311`]);
}

export const hides = ({ kind }) => (kind === 'credit_note' ? ['due_date'] : []);

function head(sheet) {
  sheet.bold(
    [0, 'Pos'],
    [5, 'Art.-Nr.'],
    [16, 'Bezeichnung'],
    [58, 'Menge', 'right'],
    [60, 'Einh.'],
    [78, 'Einzelpreis', 'right'],
    [96, 'Gesamt', 'right'],
  );
  sheet.rule();
}

function carryOver(sheet, purchase, shown, money) {
  const soFar = purchase.lines.slice(0, shown).reduce((sum, line) => sum + line.total, 0);
  sheet.line([58, 'Übertrag'], [96, money(soFar), 'right']);
  sheet.line([40, `Seite 1 / 2`]);
  sheet
    .newPage()
    .line([0, vendor.name], [96, `${purchase.number} · Seite 2 / 2`, 'right'])
    .down();
  head(sheet);
  sheet.line([58, 'Übertrag'], [96, money(soFar), 'right']);
}
