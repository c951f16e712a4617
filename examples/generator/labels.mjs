import { dates } from './formats.mjs';

/** What a person who reads the document would write down. Fields that it does not print are left out. */
export function makeLabel(id, purchase, { vendor, hides, unsignedQuantities }) {
  const money = (minor) => (vendor.currency === 'JPY' ? minor : minor / 100);
  const fields = {
    kind: purchase.kind,
    invoice_number: purchase.number,
    ...(purchase.order === undefined ? {} : { order_number: purchase.order }),
    issue_date: dates.iso(purchase.issued),
    due_date: dates.iso(purchase.due),
    currency: vendor.currency,
    seller: { name: vendor.name, ...(vendor.vatId === undefined ? {} : { vat_id: vendor.vatId }) },
    buyer: { name: purchase.buyer[0] },
    net_total: money(purchase.net),
    tax_total: money(purchase.tax),
    grand_total: money(purchase.grand),
    line_items: purchase.lines.map((line) => ({
      description: [line.description, line.more].filter(Boolean).join(' '),
      quantity: (unsignedQuantities ? Math.abs(line.quantity) : line.quantity) / 1000,
      unit_price: money(line.unitPrice),
      line_total: money(line.total),
    })),
  };
  for (const path of hides(purchase)) remove(fields, path.split('.'));
  return { id, fields, slices: { language: vendor.language, kind: purchase.kind }, template: vendor.id };
}

function remove(object, [key, ...rest]) {
  if (rest.length > 0) remove(object[key], rest);
  else delete object[key];
  if (rest.length > 0 && Object.keys(object[key]).length === 0) delete object[key];
}
