import { amounts, dates, quantity, trailingMinus } from '../formats.mjs';
import { buyers } from '../buyers.mjs';

/** A German steel trader's old accounting system: two values behind one label, the minus sign after the amount. */
export const vendor = {
  id: 'rheinstahl',
  name: 'Rheinstahl Kontor Duisburg KG',
  vatId: 'DE136695976',
  iban: 'DE75 5121 0800 1245 1261 99',
  language: 'de',
  currency: 'EUR',
  kind: 'invoice',
  taxRate: 19,
  most: 6,
  fractions: true,
  font: 'mono',
  buyers: buyers.de,
  number: (random) => `90${random.digits(6)}`,
  order: (random) => `45${random.digits(8)}`,
  catalogue: [
    { code: '0010', description: 'FLACHSTAHL 40X8 S235', price: 8420 },
    { code: '0020', description: 'RUNDROHR 60,3X2,9', price: 12255 },
    { code: '0030', description: 'BLECH 2000X1000X3', price: 9710 },
    { code: '0040', description: 'ZUSCHNITT NACH ZEICHNUNG', price: 3500 },
    { code: '0050', description: 'FRACHT UND MAUT', price: 18600 },
  ],
};

export const documents = [{}, { credit: true }, {}, { credit: true }, { discount: 2 }];

export function draw(sheet, purchase) {
  const money = trailingMinus(amounts.comma);
  const credit = purchase.kind === 'credit_note';
  sheet.line([0, vendor.name]).line([0, 'Stahlinsel 5, 47119 Duisburg']).down();
  for (const part of purchase.buyer) sheet.line([0, part]);
  sheet
    .down()
    .bold([0, credit ? 'G U T S C H R I F T' : 'R E C H N U N G'])
    .down();
  sheet.line([0, 'Belegnummer / Datum'], [34, `${purchase.number} / ${dates.dots(purchase.issued)}`]);
  if (purchase.order) sheet.line([0, 'Bestellung'], [34, purchase.order]);
  sheet.line([0, 'Unsere USt-ID'], [34, vendor.vatId]).down();
  sheet
    .line(
      [0, 'Pos.'],
      [7, 'Material'],
      [52, 'Menge', 'right'],
      [74, 'Preis', 'right'],
      [94, 'Wert EUR', 'right'],
    )
    .rule();
  for (const line of purchase.lines)
    sheet.line(
      [0, line.code],
      [7, line.description],
      [52, quantity(Math.abs(line.quantity), ','), 'right'],
      [74, money(line.unitPrice), 'right'],
      [94 + (line.total < 0 ? 1 : 0), money(line.total), 'right'],
    );
  sheet.rule();
  const total = (label, minor) => sheet.line([40, label], [94 + (minor < 0 ? 1 : 0), money(minor), 'right']);
  if (purchase.discount !== 0) total(`Nachlass ${purchase.discountRate} %`, -purchase.discount);
  total('Summe netto', purchase.net);
  total('MwSt 19,00 %', purchase.tax);
  total('Endbetrag', purchase.grand);
  sheet.down();
  if (!credit) sheet.line([0, `Zahlungsziel: ${dates.dots(purchase.due)} netto Kasse`]);
}

export const hides = ({ kind }) => (kind === 'credit_note' ? ['due_date'] : []);
/** The system prints quantities of a credit note without a sign. */
export const unsignedQuantities = true;
