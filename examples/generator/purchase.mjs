import { addDays } from './formats.mjs';

/**
 * One sale, as numbers: what a layout prints and what the labels say. Amounts are whole minor units of the currency.
 * `options`: lines (how many), most (largest quantity), credit (amounts turn negative), discount (percent on the whole).
 */
export function makePurchase(random, vendor, options) {
  const issued = { y: random.pick([2024, 2025]), m: random.int(1, 12), d: random.int(1, 28) };
  const sign = options.credit ? -1 : 1;
  const lines = pickArticles(random, vendor, options.lines ?? random.int(1, 6)).map((article) => {
    const thousandths =
      vendor.fractions && random.chance(0.3)
        ? random.int(2, 30) * 250
        : random.int(1, options.most ?? vendor.most) * 1000;
    const unitPrice = Math.round(article.price * (1 + random.int(-8, 8) / 100));
    return {
      ...article,
      quantity: sign * thousandths,
      unitPrice,
      total: sign * Math.round((thousandths * unitPrice) / 1000),
    };
  });
  const subtotal = lines.reduce((sum, line) => sum + line.total, 0);
  const discount = options.discount ? Math.round((subtotal * options.discount) / 100) : 0;
  const net = vendor.pricesIncludeTax ? undefined : subtotal - discount;
  const gross = vendor.pricesIncludeTax ? subtotal - discount : undefined;
  const tax =
    gross === undefined
      ? Math.round((net * vendor.taxRate) / 100)
      : gross - Math.round(gross / (1 + vendor.taxRate / 100));
  return {
    kind: options.credit ? 'credit_note' : vendor.kind,
    number: vendor.number(random, issued),
    issued,
    due: addDays(issued, random.pick([10, 14, 30])),
    order: random.chance(0.6) ? vendor.order(random) : undefined,
    buyer: random.pick(vendor.buyers),
    iban: vendor.iban,
    lines,
    subtotal,
    discountRate: options.discount ?? 0,
    discount,
    net: net ?? gross - tax,
    tax,
    grand: gross ?? net + tax,
  };
}

/** More lines than the catalogue has articles: the catalogue again, in another order. */
function pickArticles(random, vendor, count) {
  const picked = [];
  while (picked.length < count) picked.push(...random.sample(vendor.catalogue, count - picked.length));
  return picked;
}
