import { parseAmount, parseQuantity } from './amounts.mjs';

const AMOUNT_AT_END = /^(.*?\S)\s{2,}(-?\d+[.,]\d{2})(?: [A-Z])?$/;
const TIMES_AFTER = /^\s+(\d+) @ (\d+\.\d{2})$/; // the line under the article: 2 @ 1.50
const TIMES_BEFORE = /^(\d+) x\s+(\d+,\d{2})$/; // the line over it: 2 x  1,50
const IN_LINE = /^(\d+)\s{2,}(\S.*?)(?:\s+(\d+,\d{2}))?\s{2,}(\d+,\d{2})$/; // 2  Café   2,40   4,80
const END = /^\s*(?:total|summe)/i;

/** Till receipts have no headings: three ways to print an article, told apart line by line. */
export function readReceiptItems({ lines }) {
  const items = [];
  let times = null;
  for (const line of lines) {
    if (END.test(line)) break;
    const inLine = IN_LINE.exec(line);
    const before = TIMES_BEFORE.exec(line);
    const after = TIMES_AFTER.exec(line);
    const article = AMOUNT_AT_END.exec(line);
    if (inLine !== null) {
      const [, count, description, price, total] = inLine;
      items.push(item(description, count, price ?? total, total));
    } else if (before !== null) {
      times = before;
    } else if (after !== null) {
      if (items.length > 0)
        Object.assign(items.at(-1), { quantity: parseQuantity(after[1]), unit_price: parseAmount(after[2]) });
    } else if (article !== null) {
      items.push(item(article[1], times?.[1] ?? '1', times?.[2] ?? article[2], article[2]));
      times = null;
    }
  }
  return items;
}

const item = (description, quantity, price, total) => ({
  description,
  quantity: parseQuantity(quantity),
  unit_price: parseAmount(price),
  line_total: parseAmount(total),
});
