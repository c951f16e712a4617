/**
 * Divides documents among tasks that run at the same time: longest processing time first (LPT). The documents are taken
 * from the longest to the shortest, and each goes to the shard with the least work so far. The longest shard is then at
 * most 4/3 − 1/(3m) of the best possible (Graham 1969, https://doi.org/10.1137/0117039).
 */

export interface ShardRequest {
  /** Ids are unique. `seconds`: null where nothing was measured; the mean of the others stands in. */
  readonly documents: readonly { readonly id: string; readonly seconds: number | null }[];
  readonly shards: number | 'auto';
  /** Documents that one task works on at once. */
  readonly jobs: number;
  /** With `auto`: what one shard should take, its start included. */
  readonly wallSeconds: number;
  /** From the request for a task until its first document. */
  readonly startSeconds: number;
  /** Most shards with `auto`. */
  readonly mostShards: number;
}

/** Stands in where nothing at all was measured: then only the number of documents counts. */
const GUESSED_SECONDS = 1;

/** Most tasks of one run with `shards: auto`: what Fargate launches in one burst. */
export const MOST_SHARDS = 100;

/**
 * Part of the time behind the start that `auto` plans for. Documents do not take what they took the last time, and the last
 * of many tasks starts later than most: without a rest to spare nearly every fleet is late (`npm run bench -- fleet`).
 */
const PLANNED_PART = 0.8;

interface Work {
  readonly id: string;
  readonly seconds: number;
}

interface Shard {
  readonly ids: string[];
  seconds: number;
  longest: number;
}

/** Ids of each shard, the longest document first. Never an empty shard; the same for any order of the documents. */
export function planShards(request: ShardRequest): readonly (readonly string[])[] {
  const works = sorted(request);
  if (works.length === 0) return [];
  const count =
    request.shards === 'auto' ? fewest(works, request) : Math.min(atLeastOne(request.shards), works.length);
  return divide(works, count).map(({ ids }) => ids);
}

/** Seconds from the request for a task until its last document is done. */
export function shardSeconds(
  seconds: readonly number[],
  { jobs, startSeconds }: Pick<ShardRequest, 'jobs' | 'startSeconds'>,
): number {
  let total = 0;
  let longest = 0;
  for (const one of seconds) {
    total += one;
    longest = Math.max(longest, one);
  }
  return startSeconds + Math.max(total / atLeastOne(jobs), longest);
}

/** What a document is expected to take: measured, or the mean of those measured. */
export function expectedSeconds(documents: readonly { readonly seconds: number | null }[]): number[] {
  // In order of size: a sum of binary fractions depends on the order, and the plan must not.
  const known = documents
    .map(({ seconds }) => seconds)
    .filter(isKnown)
    .sort((one, other) => one - other);
  const mean = known.length === 0 ? GUESSED_SECONDS : known.reduce((sum, one) => sum + one, 0) / known.length;
  return documents.map(({ seconds }) => (isKnown(seconds) ? seconds : mean));
}

function sorted({ documents }: ShardRequest): Work[] {
  const seconds = expectedSeconds(documents);
  return documents
    .map(({ id }, index) => ({ id, seconds: seconds[index] ?? GUESSED_SECONDS }))
    .sort((one, other) => other.seconds - one.seconds || (one.id < other.id ? -1 : 1));
}

/** Where no number of shards is enough, as many as make a difference: a long document is not divided. */
function fewest(works: readonly Work[], request: ShardRequest): number {
  const most = Math.min(atLeastOne(request.mostShards), works.length);
  const longest = works[0]?.seconds ?? 0;
  const jobs = atLeastOne(request.jobs);
  const allowed = Math.max((request.wallSeconds - request.startSeconds) * PLANNED_PART, longest);
  const total = works.reduce((sum, { seconds }) => sum + seconds, 0);
  // No division is better than an even one, so the search begins there.
  let count = Math.min(most, atLeastOne(Math.ceil(total / jobs / Math.max(allowed, Number.MIN_VALUE))));
  while (
    count < most &&
    divide(works, count).some((shard) => Math.max(shard.seconds / jobs, shard.longest) > allowed)
  )
    count++;
  return count;
}

function divide(works: readonly Work[], count: number): Shard[] {
  const shards = Array.from({ length: count }, (): Shard => ({ ids: [], seconds: 0, longest: 0 }));
  for (const { id, seconds } of works) {
    const least = shards.reduce((best, shard) => (isLess(shard, best) ? shard : best));
    least.ids.push(id);
    least.seconds += seconds;
    least.longest = Math.max(least.longest, seconds);
  }
  return shards;
}

/** Equal work: the one with fewer documents, so that none stays empty where documents take no time at all. */
function isLess(one: Shard, other: Shard): boolean {
  return one.seconds < other.seconds || (one.seconds === other.seconds && one.ids.length < other.ids.length);
}

function isKnown(seconds: number | null): seconds is number {
  return seconds !== null && Number.isFinite(seconds) && seconds >= 0;
}

function atLeastOne(count: number): number {
  return Number.isFinite(count) ? Math.max(1, Math.floor(count)) : 1;
}
