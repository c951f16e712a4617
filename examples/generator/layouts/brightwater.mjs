import { amounts, dates, quantity } from '../formats.mjs';
import { buyers } from '../buyers.mjs';

/** A British caterer: the details stand in a row of headings over a row of values, in an order that varies. */
export const vendor = {
  id: 'brightwater',
  name: 'Brightwater Catering Ltd',
  vatId: 'GB340728917',
  iban: 'GB33 BUKB 2020 1555 5555 55',
  language: 'en',
  currency: 'GBP',
  kind: 'invoice',
  taxRate: 20,
  most: 40,
  font: 'serif',
  buyers: buyers.en,
  number: (random) => `BW${random.digits(6)}`,
  order: (random) => `PO-${random.digits(4)}`,
  catalogue: [
    { description: 'Buffet lunch, per head,', more: 'served 12 noon to 2 pm', price: 1450 },
    { description: 'Afternoon tea, per head', price: 1180 },
    { description: 'Hire of glassware', price: 65 },
    { description: 'Waiting staff, hour', price: 1890 },
    { description: 'Delivery and collection', price: 4500 },
    { description: 'Elderflower cordial 750 ml', price: 525 },
    { description: 'Vegan canapé platter,', more: 'serves eight to ten people', price: 3825 },
  ],
};

export const documents = [{}, { discount: 5 }, { lines: 7 }, {}, { credit: true }];

export function draw(sheet, purchase, random) {
  const print = (minor) => (minor < 0 ? '-' : '') + '£' + amounts.point(Math.abs(minor));
  const credit = purchase.kind === 'credit_note';
  sheet.put(96, credit ? 'CREDIT NOTE' : 'INVOICE', { align: 'right', bold: true, size: 1.6 });
  sheet.put(0, vendor.name, { bold: true, size: 1.2 }).down(2);
  sheet
    .line([0, 'Unit 4, Weir Mill, Bath BA2 3DZ'])
    .line([0, `VAT No. ${vendor.vatId}`])
    .down();
  sheet.bold([0, 'Bill to']);
  for (const part of purchase.buyer) sheet.line([0, part]);
  sheet.down();
  const details = random.sample(
    [
      [credit ? 'Credit Note No' : 'Invoice No', purchase.number],
      [credit ? 'Credit Date' : 'Invoice Date', dates.english(purchase.issued)],
      ...(credit ? [] : [['Payment Due', dates.english(purchase.due)]]),
      ...(purchase.order ? [['Your Order', purchase.order]] : []),
    ],
    4,
  );
  sheet.bold(...details.map(([heading], i) => [i * 24, heading]));
  sheet.line(...details.map(([, value], i) => [i * 24, value])).down();
  sheet
    .bold([0, 'Description'], [60, 'Qty', 'right'], [78, 'Unit Price', 'right'], [96, 'Amount', 'right'])
    .rule();
  for (const line of purchase.lines) {
    sheet.line(
      [0, line.description],
      [60, quantity(line.quantity, '.'), 'right'],
      [78, print(line.unitPrice), 'right'],
      [96, print(line.total), 'right'],
    );
    if (line.more) sheet.line([0, line.more]);
  }
  sheet.rule();
  if (purchase.discount !== 0)
    sheet.line([60, `Discount (${purchase.discountRate}%)`], [96, print(-purchase.discount), 'right']);
  sheet.line([60, 'Net total'], [96, print(purchase.net), 'right']);
  sheet.line([60, 'VAT @ 20%'], [96, print(purchase.tax), 'right']);
  sheet.bold([60, credit ? 'Total credit' : 'Amount due'], [96, print(purchase.grand), 'right']).down(2);
  sheet.line([0, `Please quote the number above. Sort code 20-20-15, IBAN ${vendor.iban}`]);
}

export const hides = ({ kind }) => (kind === 'credit_note' ? ['due_date'] : []);
