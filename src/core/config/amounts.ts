import type { Money } from '../words.js';

/** `5 USD`, `0.50 EUR`: an amount and an ISO 4217 code. */
export const AMOUNT_PATTERN = /^\d{1,12}(?:\.\d{1,6})? [A-Z]{3}$/;

/** Amount and currency, or undefined when the text is not one. The amount stays a decimal text. */
export function parseAmount(text: string): Money | undefined {
  if (!AMOUNT_PATTERN.test(text)) return undefined;
  const [amount, currency] = text.split(' ');
  return amount === undefined || currency === undefined ? undefined : { amount, currency };
}
