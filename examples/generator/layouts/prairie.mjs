import { amounts, brackets, dates, quantity } from '../formats.mjs';
import { buyers } from '../buyers.mjs';

/** An American wholesaler: month first, discounts in brackets, long invoices over two pages, no VAT number. */
export const vendor = {
  id: 'prairie',
  name: 'Prairie Supply Co.',
  language: 'en',
  currency: 'USD',
  kind: 'invoice',
  taxRate: 6,
  most: 48,
  font: 'mono',
  buyers: buyers.us,
  number: (random) => `INV-${random.digits(6)}`,
  order: (random) => random.digits(8),
  catalogue: [
    { code: 'PS-110', description: 'Paper towel roll, case of 30', price: 3849 },
    { code: 'PS-204', description: 'Nitrile gloves L, box of 100', price: 1425 },
    { code: 'PS-377', description: 'Hand soap refill 1 gal', price: 2199 },
    { code: 'PS-410', description: 'Trash liner 55 gal, case', price: 4575 },
    { code: 'PS-512', description: 'Floor squeegee 24 in', price: 1880 },
    { code: 'PS-640', description: 'Coffee, medium roast 5 lb', price: 5250 },
    { code: 'PS-715', description: 'LED shop light 4 ft', price: 3999 },
  ],
};

export const documents = [{}, { discount: 2 }, { lines: 40 }, {}, { lines: 5 }];

const ROWS_ON_FIRST_PAGE = 36;

export function draw(sheet, purchase) {
  const money = brackets(amounts.point);
  sheet
    .put(0, vendor.name, { bold: true, size: 1.3 })
    .put(96, 'Invoice', { align: 'right', bold: true })
    .down(2);
  sheet.line(
    [0, '700 Grain Elevator Rd, Salina, KS 67401'],
    [62, 'Invoice #:'],
    [96, purchase.number, 'right'],
  );
  sheet.line([0, '(785) 555-0142'], [62, 'Date:'], [96, dates.american(purchase.issued), 'right']);
  sheet.line([62, 'Due Date:'], [96, dates.american(purchase.due), 'right']);
  if (purchase.order) sheet.line([62, 'P.O. Number:'], [96, purchase.order, 'right']);
  sheet.down().line([0, 'Sold To:']);
  for (const part of purchase.buyer) sheet.line([0, part]);
  sheet.down();
  head(sheet);
  purchase.lines.forEach((line, i) => {
    if (i === ROWS_ON_FIRST_PAGE) {
      sheet
        .line([0, 'continued on next page'])
        .newPage()
        .line([0, `${vendor.name}  ${purchase.number}`], [96, 'Page 2', 'right']);
      sheet.down();
      head(sheet);
    }
    sheet.line(
      [0, line.code],
      [12, line.description],
      [60, quantity(line.quantity, '.'), 'right'],
      [76, money(line.unitPrice), 'right'],
      [96, money(line.total), 'right'],
    );
  });
  sheet.rule();
  if (purchase.discount !== 0) {
    sheet.line([62, 'Merchandise'], [96, money(purchase.subtotal), 'right']);
    sheet.line([62, 'Volume discount'], [96, money(-purchase.discount), 'right']);
  }
  sheet.line([62, 'Subtotal'], [96, money(purchase.net), 'right']);
  sheet.line([62, 'Sales tax 6%'], [96, money(purchase.tax), 'right']);
  sheet.bold([62, 'Balance Due'], [96, `$${money(purchase.grand)}`, 'right']);
}

export const hides = () => ['seller.vat_id'];

function head(sheet) {
  sheet.bold(
    [0, 'Item'],
    [12, 'Description'],
    [60, 'Quantity', 'right'],
    [76, 'Price', 'right'],
    [96, 'Extended', 'right'],
  );
  sheet.rule();
}
