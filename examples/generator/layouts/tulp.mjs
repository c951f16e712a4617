import { amounts, dates, quantity } from '../formats.mjs';
import { buyers } from '../buyers.mjs';

/** A Dutch bicycle wholesaler: what is sent later has a second line that says so, which is not part of the description. */
export const vendor = {
  id: 'tulp',
  name: 'Tulp Fietsonderdelen B.V.',
  vatId: 'NL861234567B01',
  iban: 'NL91 ABNA 0417 1643 00',
  language: 'nl',
  currency: 'EUR',
  kind: 'invoice',
  taxRate: 21,
  most: 25,
  font: 'sans',
  buyers: buyers.nl,
  number: (random, { y }) => `${y}${random.digits(4)}`,
  order: (random) => `IO-${random.digits(5)}`,
  catalogue: [
    { description: 'Binnenband 28 inch', price: 425 },
    { description: 'Remblokken set', price: 790 },
    { later: '31007', description: 'Ketting 8 versnellingen', price: 1495 },
    { description: 'Zadel comfort heren', price: 3150 },
    { description: 'Voorlicht LED 40 lux', price: 2275 },
    { later: '34900', description: 'Wiel achter 28 inch', price: 6980 },
  ],
};

export const documents = [{}, {}, { lines: 6 }, {}, { lines: 4 }];

export function draw(sheet, purchase, random) {
  const money = (minor) => `€ ${amounts.comma(minor)}`;
  sheet
    .put(0, 'Factuur', { bold: true, size: 1.6 })
    .put(96, vendor.name, { align: 'right', bold: true })
    .down();
  sheet.line([96, 'Molenweg 33, 1703 RC Heerhugowaard', 'right']);
  sheet.line([96, `BTW-nr. ${vendor.vatId}`, 'right']);
  sheet.line([96, `IBAN ${vendor.iban}`, 'right']).down();
  for (const part of purchase.buyer) sheet.line([0, part]);
  sheet.down();
  sheet.line(
    [0, `Factuurnummer: ${purchase.number}`],
    [52, `Factuurdatum: ${dates.dashes(purchase.issued)}`],
  );
  sheet.line(
    [0, purchase.order ? `Uw referentie: ${purchase.order}` : 'Klantnummer: 4411'],
    [52, `Vervaldatum: ${dates.dashes(purchase.due)}`],
  );
  sheet.down();
  sheet
    .bold([6, 'Aantal', 'right'], [10, 'Omschrijving'], [74, 'Prijs', 'right'], [96, 'Bedrag', 'right'])
    .rule();
  for (const line of purchase.lines) {
    sheet.line(
      [6, quantity(line.quantity, ','), 'right'],
      [10, line.description],
      [74, money(line.unitPrice), 'right'],
      [96, money(line.total), 'right'],
    );
    if (line.later) sheet.line([10, `nalevering art. ${line.later}, week ${random.int(10, 48)}`]);
  }
  sheet.rule();
  sheet.line([56, 'Subtotaal'], [96, money(purchase.net), 'right']);
  sheet.line([56, 'BTW 21%'], [96, money(purchase.tax), 'right']);
  sheet.bold([56, 'Totaal te betalen'], [96, money(purchase.grand), 'right']);
}

export const hides = () => [];
