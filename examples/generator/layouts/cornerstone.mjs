import { amounts, dates, quantity } from '../formats.mjs';

/** A British village shop: scanned till receipts, so the text has the errors of an OCR engine. */
export const vendor = {
  id: 'cornerstone',
  name: 'Cornerstone Village Stores',
  vatId: 'GB927451806',
  language: 'en',
  currency: 'GBP',
  kind: 'receipt',
  taxRate: 20,
  pricesIncludeTax: true,
  most: 4,
  font: 'mono',
  noise: 0.03,
  buyers: [['']],
  number: (random) => `${random.digits(2)}-${random.digits(5)}`,
  order: () => undefined,
  catalogue: [
    { description: 'BATTERIES AA X8', price: 749 },
    { description: 'LIGHT BULB E27', price: 325 },
    { description: 'NOTEBOOK A5', price: 280 },
    { description: 'WASHING UP LIQUID', price: 165 },
    { description: 'GREETING CARD', price: 299 },
    { description: 'MASKING TAPE 24MM', price: 210 },
  ],
};

export const documents = [{}, {}, { lines: 5 }, {}, { lines: 4 }];

export function draw(sheet, purchase, random) {
  const paid = Math.ceil(purchase.grand / 1000) * 1000;
  sheet.put(4, vendor.name.toUpperCase(), { bold: true }).down();
  sheet
    .line([7, '1 The Green, Hartwell'])
    .line([7, `VAT NO ${vendor.vatId}`])
    .down();
  sheet.line([0, `RECEIPT ${purchase.number}`], [36, dates.slashes(purchase.issued), 'right']);
  sheet.line([0, `TILL 02  ${random.int(8, 19)}:${random.int(10, 59)}`]).rule(0, 36);
  for (const line of purchase.lines) {
    sheet.line([0, line.description], [36, amounts.point(line.total), 'right']);
    if (line.quantity !== 1000)
      sheet.line([2, `${quantity(line.quantity, '.')} @ ${amounts.point(line.unitPrice)}`]);
  }
  sheet.rule(0, 36);
  sheet.bold([0, 'TOTAL GBP'], [36, amounts.point(purchase.grand), 'right']);
  sheet.line([0, 'CASH'], [36, amounts.point(paid), 'right']);
  sheet.line([0, 'CHANGE'], [36, amounts.point(paid - purchase.grand), 'right']);
  sheet.line([0, 'VAT INCLUDED 20%'], [36, amounts.point(purchase.tax), 'right']).down();
  sheet.line([4, 'THANK YOU FOR YOUR CUSTOM']);
}

export const hides = () => ['due_date', 'buyer.name', 'net_total'];
