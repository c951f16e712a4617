import { amounts, dates, quantity } from '../formats.mjs';

/** A German bakery: a till receipt with a tax table, quantities before the price. */
export const vendor = {
  id: 'backhaus',
  name: 'Backhaus Ährenkorn',
  vatId: 'DE299871443',
  language: 'de',
  currency: 'EUR',
  kind: 'receipt',
  taxRate: 7,
  pricesIncludeTax: true,
  most: 6,
  font: 'mono',
  noise: 0.012,
  buyers: [['']],
  number: (random) => random.digits(6),
  order: () => undefined,
  catalogue: [
    { description: 'Roggenmischbrot 1 kg', price: 465 },
    { description: 'Laugenbrezel', price: 95 },
    { description: 'Butterhörnchen', price: 180 },
    { description: 'Apfelstrudel Stück', price: 320 },
    { description: 'Vollkornbrötchen', price: 85 },
    { description: 'Kaffeebohnen 250 g', price: 690 },
  ],
};

export const documents = [{}, { lines: 5 }, {}, { lines: 3 }];

export function draw(sheet, purchase) {
  const money = amounts.comma;
  sheet.put(8, vendor.name, { bold: true }).down();
  sheet
    .line([6, 'Marktgasse 4, 91541 Rothenburg'])
    .line([8, `USt-IdNr. ${vendor.vatId}`])
    .down();
  sheet.line([0, `Bon-Nr. ${purchase.number}`], [40, dates.shortDots(purchase.issued), 'right']).rule(0, 40);
  for (const line of purchase.lines) {
    sheet.line([0, `${quantity(line.quantity, ',')} x`], [14, money(line.unitPrice), 'right']);
    sheet.line([0, line.description], [40, `${money(line.total)} B`, 'right']);
  }
  sheet.rule(0, 40);
  sheet.bold([0, 'SUMME EUR'], [40, money(purchase.grand), 'right']);
  sheet.line([0, 'Kartenzahlung'], [40, money(purchase.grand), 'right']).down();
  sheet.line([0, 'MwSt'], [14, 'Netto', 'right'], [27, 'Steuer', 'right'], [40, 'Brutto', 'right']);
  sheet.line(
    [0, 'B 7,0%'],
    [14, money(purchase.net), 'right'],
    [27, money(purchase.tax), 'right'],
    [40, money(purchase.grand), 'right'],
  );
  sheet.down().line([4, 'Es bediente Sie: Frau Kramer']);
}

export const hides = () => ['due_date', 'buyer.name'];
