const CREDIT =
  /^\s*(credit note|gutschrift|g u t s c h r i f t|avoir|factura rectificativa)\b|\bcredit note$/im;
const INVOICE = /invoice|rechnung|r e c h n u n g|facture|factura|factuur/i;

/** invoice, credit_note or receipt. A till receipt never calls itself an invoice. */
export function detectKind({ text }) {
  if (CREDIT.test(text)) return 'credit_note';
  return INVOICE.test(text) ? 'invoice' : 'receipt';
}

const CURRENCIES = [
  ['CHF', /\bCHF\b/],
  ['GBP', /£|\bGBP\b/],
  ['JPY', /¥|\bJPY\b/],
  ['USD', /\$|\bUSD\b/],
  ['EUR', /€|\bEUR\b/],
];

export function detectCurrency({ text }) {
  return CURRENCIES.find(([, sign]) => sign.test(text))?.[0] ?? null;
}
