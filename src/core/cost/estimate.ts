/** What an evaluation will probably take and cost, said before it runs. */
import { expectedSeconds, MOST_SHARDS, planShards, shardSeconds } from '../plan/shards.js';
import { taskUsd } from './compute.js';
import type { ComputePrices, Estimate, TaskSize } from './words.js';

export interface EstimateRequest {
  /** One for each extraction that has to run: a document of both sides, or of three runs, stands here as often. */
  readonly documents: readonly { readonly seconds: number | null; readonly usd: number | null }[];
  readonly size: TaskSize;
  /** Documents that one task works on at once. */
  readonly jobs: number;
  /** Of all sides and runs together. */
  readonly shards: number | 'auto';
  readonly wallSeconds: number;
  readonly spot: boolean;
  /** Null where nothing is billed. */
  readonly prices: ComputePrices | null;
  readonly startSeconds: number;
}

export function estimateRun(request: EstimateRequest): Estimate {
  const { documents, prices, size } = request;
  const seconds = expectedSeconds(documents);
  const shards = planShards({
    documents: documents.map((document, index) => ({ id: String(index), seconds: document.seconds })),
    shards: request.shards,
    jobs: request.jobs,
    wallSeconds: request.wallSeconds,
    startSeconds: request.startSeconds,
    mostShards: MOST_SHARDS,
  }).map((ids) =>
    shardSeconds(
      ids.map((id) => seconds[Number(id)] ?? 0),
      request,
    ),
  );
  const capacity = size.gpu > 0 ? 'provider' : request.spot ? 'spot' : 'on-demand';
  return {
    extractions: documents.length,
    guessed: documents.filter((document) => document.seconds === null).length,
    shards: shards.length,
    wallSeconds: Math.max(0, ...shards),
    computeUsd: prices === null ? null : total(shards.map((one) => taskUsd(size, one, capacity, prices))),
    reportedUsd: reported(documents),
  };
}

/** All that it is expected to cost; null when nothing is known of it. */
export function expectedUsd({ computeUsd, reportedUsd }: Estimate): number | null {
  return computeUsd === null && reportedUsd === null ? null : (computeUsd ?? 0) + (reportedUsd ?? 0);
}

function total(amounts: readonly (number | null)[]): number | null {
  let sum = 0;
  for (const amount of amounts) {
    if (amount === null) return null;
    sum += amount;
  }
  return sum;
}

/** The mean of those that reported something stands in for the others. */
function reported(documents: EstimateRequest['documents']): number | null {
  const known = documents.map(({ usd }) => usd).filter((usd) => usd !== null);
  if (known.length === 0) return null;
  return (known.reduce((sum, usd) => sum + usd, 0) / known.length) * documents.length;
}
