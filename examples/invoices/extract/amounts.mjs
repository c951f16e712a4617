// 1.234,56   1,234.56   1 234,56   1'234.56   12,345 (yen)   -5.00   (5.00)
const AMOUNT = /[-(]?[€£$¥]?\s?(\d{1,3}(?:[.,' ]\d{3})+|\d+)([.,]\d{2})?(?!\d)/;

/** The amount that a piece of text holds, as a number; null when it holds none. */
export function parseAmount(text) {
  const match = AMOUNT.exec(text);
  if (match === null) return null;
  const [all, whole, decimals] = match;
  const value = Number(whole.replace(/\D/g, '') + '.' + (decimals ?? '.00').slice(1));
  return /^[-(]/.test(all) ? -value : value;
}

/** Quantities may have any number of decimals: 2   0,75   12.5 */
export function parseQuantity(text) {
  const match = /-?\d+(?:[.,]\d+)?/.exec(text);
  return match === null ? null : Number(match[0].replace(',', '.'));
}

/** Does the text look like an amount of money and like nothing else? */
export function isAmount(text) {
  return /^[-(]?[€£$¥]?\s?-?\d[\d.,' ]*\)?-?(?:\s?€)?$/.test(text);
}
