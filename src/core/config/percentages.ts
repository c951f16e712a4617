import Big from 'big.js';

/** `50%`, `12.5%`. The sign is required: without it nobody knows whether 50 or 0.5 is meant. */
export const PERCENTAGE_PATTERN = /^\d{1,5}(?:\.\d{1,6})? ?%$/;

/** A fraction as a decimal text (`12.5%` → `0.125`), or undefined when the text is not a percentage. */
export function parsePercentage(text: string): string | undefined {
  if (!PERCENTAGE_PATTERN.test(text)) return undefined;
  return new Big(text.replace(/ ?%$/, '')).div(100).toFixed();
}

/** A fraction as people write it: 0.5 → `50%`. */
export function formatPercentage(fraction: number): string {
  return `${new Big(fraction).times(100).round(6).toFixed()}%`;
}
