import { amounts, dates, quantity } from '../formats.mjs';
import { buyers } from '../buyers.mjs';

/** A Japanese ceramics exporter writing English: yen without decimals, dates year first. */
export const vendor = {
  id: 'sakura',
  name: 'Sakura Ceramics K.K.',
  vatId: 'T7010001059391',
  language: 'en',
  currency: 'JPY',
  kind: 'invoice',
  taxRate: 10,
  most: 60,
  font: 'sans',
  buyers: [...buyers.us, ...buyers.en],
  number: (random) => `SC/${random.digits(2)}/${random.digits(4)}`,
  order: (random) => `TKY${random.digits(5)}`,
  catalogue: [
    { description: 'Tea bowl, indigo glaze', price: 2400 },
    { description: 'Sake set, 5 pieces', price: 5800 },
    { description: 'Serving plate 27 cm', price: 3650 },
    { description: 'Chopstick rest, assorted', price: 380 },
    { description: 'Export packing, carton', price: 1200 },
  ],
};

export const documents = [{}, {}, { lines: 5 }, {}];

export function draw(sheet, purchase) {
  const money = (minor) => `¥${amounts.whole(minor)}`;
  sheet.put(0, 'COMMERCIAL INVOICE', { bold: true, size: 1.4 }).down(2);
  sheet.line([0, 'Seller:'], [50, 'Buyer:']);
  sheet.line([0, vendor.name], [50, purchase.buyer[0]]);
  sheet.line([0, '2-14 Touki-dori, Seto, Aichi, Japan'], [50, purchase.buyer[1]]);
  sheet.line([0, `Registration No. ${vendor.vatId}`], [50, purchase.buyer[2]]).down();
  sheet.line([0, `No. ${purchase.number}`], [50, `Issued ${dates.yearFirst(purchase.issued)}`]);
  sheet.line(
    [0, `Payment by ${dates.yearFirst(purchase.due)}`],
    ...(purchase.order ? [[50, `Order ref. ${purchase.order}`]] : []),
  );
  sheet.down();
  sheet
    .bold(
      [0, 'No'],
      [5, 'Goods'],
      [56, 'Pcs', 'right'],
      [74, 'Unit (JPY)', 'right'],
      [96, 'Amount (JPY)', 'right'],
    )
    .rule();
  purchase.lines.forEach((line, i) =>
    sheet.line(
      [0, String(i + 1)],
      [5, line.description],
      [56, quantity(line.quantity, '.'), 'right'],
      [74, money(line.unitPrice), 'right'],
      [96, money(line.total), 'right'],
    ),
  );
  sheet.rule();
  sheet.line([56, 'Total excluding tax'], [96, money(purchase.net), 'right']);
  sheet.line([56, 'Consumption tax 10%'], [96, money(purchase.tax), 'right']);
  sheet.bold([56, 'Total payable'], [96, money(purchase.grand), 'right']);
}

export const hides = () => [];
