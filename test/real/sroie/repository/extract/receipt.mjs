import { readCompanyAndAddress } from './header.mjs';
import { readDate } from './dates.mjs';
import { readTotal } from './totals.mjs';

/** Company, date, address and total of a Malaysian till receipt, from the lines of its scan. */
export function readReceipt(raw) {
  const lines = raw.map((line) => line.trim()).filter((line) => line !== '');
  return { ...readCompanyAndAddress(lines), date: readDate(lines), total: readTotal(lines) };
}
