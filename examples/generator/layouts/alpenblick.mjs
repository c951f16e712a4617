import { amounts, dates, quantity } from '../formats.mjs';
import { buyers } from '../buyers.mjs';

/** A Swiss nursery: apostrophes between thousands, and a payment part (QR bill), where the standard wants spaces. */
export const vendor = {
  id: 'alpenblick',
  name: 'Alpenblick Gartenbau AG',
  vatId: 'CHE-116.281.710 MWST',
  iban: 'CH44 3199 9123 0008 8901 2',
  language: 'de',
  currency: 'CHF',
  kind: 'invoice',
  taxRate: 8.1,
  most: 10,
  font: 'sans',
  buyers: buyers.ch,
  number: (random) => random.digits(7),
  order: (random) => `K${random.digits(5)}`,
  catalogue: [
    { description: 'Rotbuche, Hecke 120 cm', price: 2890 },
    { description: 'Rasenpflege, Stunde', price: 7800 },
    { description: 'Kies gewaschen, Tonne', price: 6450 },
    { description: 'Japanischer Ahorn im Topf', price: 18500 },
    { description: 'Bewässerung, Planung', price: 42000 },
    { description: 'Rindenmulch 60 l', price: 1290 },
  ],
};

export const documents = [
  { lines: 5 },
  { lines: 1 },
  { lines: 6 },
  { lines: 2, most: 1 },
  { lines: 2, most: 2 },
];

export function draw(sheet, purchase) {
  const money = amounts.apostrophe;
  const [name, street, place] = purchase.buyer;
  sheet.put(0, vendor.name, { bold: true, size: 1.3 }).down(2);
  sheet.line([0, 'Bergstrasse 71, 8810 Horgen']).line([0, vendor.vatId]).down(2);
  sheet.line([58, name]).line([58, street]).line([58, place]).down();
  sheet.line([0, 'Rechnung Nr.'], [24, purchase.number]);
  sheet.line([0, 'Rechnungsdatum'], [24, dates.german(purchase.issued)]);
  sheet.line([0, 'Zahlbar bis'], [24, dates.german(purchase.due)]);
  if (purchase.order) sheet.line([0, 'Auftragsnummer'], [24, purchase.order]);
  sheet.down();
  sheet
    .bold([0, 'Leistung'], [54, 'Anzahl', 'right'], [74, 'Preis CHF', 'right'], [96, 'Betrag CHF', 'right'])
    .rule();
  for (const line of purchase.lines)
    sheet.line(
      [0, line.description],
      [54, quantity(line.quantity, '.'), 'right'],
      [74, money(line.unitPrice), 'right'],
      [96, money(line.total), 'right'],
    );
  sheet.rule();
  sheet.line([54, 'Summe netto'], [96, money(purchase.net), 'right']);
  sheet.line([54, 'MWST 8.1%'], [96, money(purchase.tax), 'right']).down();
  sheet.line([0, 'Wir danken für Ihren Auftrag. Den Gesamtbetrag entnehmen Sie dem Zahlteil.']);
  sheet.at(52).rule();
  sheet.put(0, 'Empfangsschein', { bold: true }).put(36, 'Zahlteil', { bold: true }).down(2);
  sheet.line([0, 'Konto / Zahlbar an'], [66, 'Konto / Zahlbar an']);
  sheet.line([0, vendor.iban], [66, vendor.iban]);
  sheet.line([0, vendor.name], [66, vendor.name]).down(6);
  sheet.line([0, 'Währung'], [12, 'Betrag'], [36, 'Währung'], [48, 'Betrag']);
  const amount = amounts.spacePoint(purchase.grand);
  sheet.line([0, 'CHF'], [12, amount], [36, 'CHF'], [48, amount]);
}

export const hides = () => [];
