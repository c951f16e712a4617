import { amounts, dates, quantity } from '../formats.mjs';

/** A French restaurant's bill: quantity first, unit prices only where there are several. */
export const vendor = {
  id: 'bistro',
  name: 'Bistro du Vieux Pont',
  vatId: 'FR62411905873',
  language: 'fr',
  currency: 'EUR',
  kind: 'receipt',
  taxRate: 10,
  pricesIncludeTax: true,
  most: 4,
  font: 'mono',
  noise: 0.006,
  buyers: [['']],
  number: (random) => random.digits(4),
  order: () => undefined,
  catalogue: [
    { description: 'Menu du jour', price: 2150 },
    { description: 'Salade de chèvre chaud', price: 1290 },
    { description: 'Carafe de vin 50 cl', price: 980 },
    { description: 'Eau minérale 1 l', price: 520 },
    { description: 'Crème brûlée', price: 690 },
    { description: 'Café', price: 240 },
  ],
};

export const documents = [{ lines: 4 }, {}, { lines: 5 }, {}];

export function draw(sheet, purchase, random) {
  const money = amounts.comma;
  sheet.put(8, vendor.name, { bold: true }).down();
  sheet
    .line([6, '3 rue du Pont, 24200 Sarlat'])
    .line([6, `TVA ${vendor.vatId}`])
    .down();
  sheet.line([0, `Ticket n° ${purchase.number}`], [26, `Table ${random.int(1, 20)}`]);
  sheet.line([0, `Le ${dates.french(purchase.issued)}`], [26, `${random.int(1, 6)} couverts`]).rule(0, 40);
  for (const line of purchase.lines)
    sheet.line(
      [0, quantity(line.quantity, ',')],
      [3, line.description],
      ...(line.quantity === 1000 ? [] : [[31, money(line.unitPrice), 'right']]),
      [40, money(line.total), 'right'],
    );
  sheet.rule(0, 40);
  sheet.line([0, 'Total HT'], [40, money(purchase.net), 'right']);
  sheet.line([0, 'TVA 10,00 %'], [40, money(purchase.tax), 'right']);
  sheet.bold([0, 'TOTAL TTC EUR'], [40, money(purchase.grand), 'right']).down();
  sheet.line([2, 'Merci de votre visite, à bientôt']);
}

export const hides = () => ['due_date', 'buyer.name'];
