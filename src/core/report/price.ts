/** What an evaluation cost, in words. Compute and what the extractor reports are two bills, so they stand apart. */
import type { Report } from './schema.js';
import { count, dollars, duration, plural } from './values.js';

export interface PriceFact {
  readonly term: string;
  readonly text: string;
}

/** Nothing where nothing is billed. Numbers only: no text of the extractor's. */
export function priceFacts({ compute, estimate, reported_usd: reported }: Report['run']): PriceFact[] {
  return [
    ...(compute === null
      ? []
      : [{ term: 'Compute', text: computeText(compute, estimate?.compute_usd ?? null) }]),
    ...(reported === null
      ? []
      : [
          {
            term: 'Reported by the extractor',
            text: `${dollars(reported)}${expected(estimate?.reported_usd ?? null)}`,
          },
        ]),
  ];
}

/** The same as one sentence for each, for places without columns. */
export function priceSentences(run: Report['run']): string[] {
  return priceFacts(run).map(({ term, text }) => `${term}: ${text}.`);
}

function computeText(
  { tasks, retried, spot_losses, billed_seconds, usd, wasted_usd }: NonNullable<Report['run']['compute']>,
  expectedUsd: number | null,
): string {
  const again =
    retried === 0
      ? ''
      : `, ${count(retried)} of them started again${spot_losses === 0 ? '' : ` (spot took ${count(spot_losses)} back)`}`;
  const vain = wasted_usd === null || wasted_usd === 0 ? '' : `; ${dollars(wasted_usd)} of it gave nothing`;
  const price = usd === null ? 'the machine has no price' : dollars(usd);
  return `${price}${expected(expectedUsd)}, for ${plural(tasks, 'task')}${again} and ${duration(billed_seconds)} billed${vain}`;
}

function expected(usd: number | null): string {
  return usd === null ? '' : ` (expected ${dollars(usd)})`;
}
