import { detectCurrency, detectKind } from './detect.mjs';
import { readHeader } from './header.mjs';
import { readLineItems } from './line-items.mjs';
import { readReceiptItems } from './receipt.mjs';
import { readTotals } from './totals.mjs';

/** The fields of one document. What is not found is null. */
export function extract(document) {
  const kind = detectKind(document);
  const currency = detectCurrency(document);
  return {
    kind,
    currency,
    ...readHeader(document, { kind, monthFirst: currency === 'USD' }),
    ...readTotals(document),
    line_items: kind === 'receipt' ? readReceiptItems(document) : readLineItems(document),
  };
}
