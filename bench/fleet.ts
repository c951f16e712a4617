/**
 * A fleet of tasks, simulated with the product's own `planShards`, `nextAttempt` and `taskUsd`: how long 10,000 documents
 * take on 1 to 256 tasks, what they cost, and how much of that is waste, beside the same documents divided in turn and at
 * random. Nothing is started and no clock is waited for: the figures are about the plan, not about AWS.
 *
 * The world, in which every number is a guess but the prices and the limits of Fargate: documents take log-normal times
 * and not the same as the last time; tasks take 20 to 60 s to start, one in a hundred does not start, one in fifty runs
 * at half speed to its end; spot takes tasks back at a constant rate, and what they did is lost then.
 */
import { fargateSize, taskUsd } from '../src/core/cost/compute.js';
import { LIST_PRICES } from '../src/core/cost/prices.js';
import type { TaskOutcome } from '../src/core/plan/task-outcomes.js';
import { nextAttempt, type Capacity } from '../src/core/plan/attempts.js';
import { TASK_START_SECONDS } from '../src/core/limits.js';
import { MOST_SHARDS, planShards } from '../src/core/plan/shards.js';
import { seeded, type Random } from './app/random.js';
import type { BenchResult } from './types.js';

const SEED = 20_261_123;
const DOCUMENTS = 10_000;
/** Seconds; the mean is 2.5. */
const MEDIAN_SECONDS = 1.5;
const SPREAD = 1;
/** Of a document's time against that of its last measurement. */
const DRIFT = 0.25;
const JOBS = 2;
const SIZE = fargateSize(2, 4 * 1024 ** 3);
const START = { least: 20, most: 60 };
const START_MEAN = (START.least + START.most) / 2;
const NOT_STARTED = 0.01;
const SLOW_FACTOR = 2;
/** Fargate: launches a second, and at once. https://docs.aws.amazon.com/AmazonECS/latest/developerguide/throttling.html */
const LAUNCHES = { perSecond: 20, burst: 100 };
const SHARDS = [1, 2, 4, 8, 16, 32, 64, 128, 256];
/** Chance for a task to be taken back within an hour. */
const SPOT_LOSSES = [0, 0.05, 0.2, 0.5];
const FLEETS = 21;

interface Document {
  readonly id: string;
  /** As it was measured. */
  readonly seconds: number;
}

type Plan = readonly (readonly string[])[];

export interface Fleet {
  readonly wallSeconds: number;
  readonly usd: number;
  readonly attempts: number;
  readonly spotLosses: number;
  /** Shards that nobody measured in the end. */
  readonly givenUp: number;
}

/** Work of all documents evenly over all processes, each task started once and at full speed. */
interface Ideal {
  readonly wallSeconds: number;
  readonly usd: number;
}

interface Weather {
  readonly spot: boolean;
  /** In an hour. */
  readonly lossRate: number;
  /** Chance for a task to run at half speed. */
  readonly slowShare: number;
  readonly fleet: number;
}

const CALM = { spot: false, lossRate: 0, slowShare: 0.02 };

export function run(): BenchResult {
  const documents = makeDocuments(seeded(SEED));
  const figures: Record<string, string> = {};
  for (const shards of SHARDS) {
    const plans = plansFor(documents, shards);
    figures[`${shards} shards, on demand`] = row(documents, plans, CALM);
  }
  for (const lossRate of SPOT_LOSSES)
    for (const shards of [16, 64])
      figures[`${shards} shards, spot, ${lossRate * 100} % lost an hour`] = row(
        documents,
        plansFor(documents, shards),
        { ...CALM, spot: true, lossRate },
      );
  for (const shards of [16, 64, 256])
    figures[`${shards} shards, on demand, no slow task`] = row(documents, plansFor(documents, shards), {
      ...CALM,
      slowShare: 0,
    });
  for (const minutes of [5, 15, 60]) figures[`auto, wall_time ${minutes}m`] = autoRow(documents, minutes);
  return {
    name: 'fleet: 10,000 documents on simulated tasks',
    figures,
    notes: [
      `Median of ${FLEETS} fleets. wall against the ideal (work ÷ shards ÷ ${JOBS} + ${START_MEAN} s); waste is what was paid beyond the ideal's price, as a share of what was paid.`,
      `In turn and random: the same documents, the same fates of tasks.`,
      `${SIZE.vcpu} vCPU and ${SIZE.memoryGib} GiB each; prices of ${LIST_PRICES.region}, ${LIST_PRICES.date}.`,
    ],
  };
}

/** What `shards: auto` chooses, and whether the fleet keeps to the time that was asked for. */
function autoRow(documents: readonly Document[], minutes: number): string {
  const plan = planShards({
    documents,
    shards: 'auto',
    jobs: JOBS,
    wallSeconds: minutes * 60,
    startSeconds: TASK_START_SECONDS,
    mostShards: MOST_SHARDS,
  });
  const told = (name: string, slowShare: number): string => {
    const walls = Array.from(
      { length: FLEETS },
      (_, fleet) =>
        simulateFleet(plan, actualSeconds(documents, fleet), { ...CALM, slowShare, fleet }).wallSeconds,
    );
    const late = walls.filter((wall) => wall > minutes * 60).length;
    return `${name} ${clock(median(walls))}, longest ${clock(Math.max(...walls))}, ${late} of ${FLEETS} fleets later than asked`;
  };
  return `${plan.length} shards · ${told('no slow task', 0)} · ${told('with slow tasks', CALM.slowShare)}`;
}

interface Plans {
  readonly longestFirst: Plan;
  readonly inTurn: Plan;
  readonly random: Plan;
}

function plansFor(documents: readonly Document[], shards: number): Plans {
  const dealt = (ids: readonly string[]): Plan =>
    Array.from({ length: shards }, (_, shard) => ids.filter((_id, index) => index % shards === shard));
  const ids = documents.map(({ id }) => id);
  return {
    longestFirst: planShards({
      documents,
      shards,
      jobs: JOBS,
      wallSeconds: 0,
      startSeconds: TASK_START_SECONDS,
      mostShards: shards,
    }),
    inTurn: dealt(ids),
    random: thrown(ids, shards, seeded(SEED + shards)),
  };
}

/** Each document into any shard: some get more than others. */
function thrown(ids: readonly string[], shards: number, random: Random): Plan {
  const plan = Array.from({ length: shards }, (): string[] => []);
  for (const id of ids) random.pick(plan).push(id);
  return plan.filter((some) => some.length > 0);
}

function row(documents: readonly Document[], plans: Plans, weather: Omit<Weather, 'fleet'>): string {
  const told = (name: string, plan: Plan): string => {
    const fleets = Array.from({ length: FLEETS }, (_, fleet) => {
      const actual = actualSeconds(documents, fleet);
      const ideal = idealOf(actual, plan.length, weather.spot);
      return { ideal, ...simulateFleet(plan, actual, { ...weather, fleet }) };
    });
    const wall = median(fleets.map(({ wallSeconds }) => wallSeconds));
    const over = median(fleets.map(({ wallSeconds, ideal }) => wallSeconds / ideal.wallSeconds));
    const usd = median(fleets.map((one) => one.usd));
    const waste = median(fleets.map((one) => 1 - one.ideal.usd / one.usd));
    const losses = median(fleets.map(({ spotLosses }) => spotLosses));
    const givenUp = fleets.reduce((sum, one) => sum + one.givenUp, 0);
    return `${name} ${clock(wall)} (${over.toFixed(2)} × ideal), $${usd.toFixed(2)}, ${(waste * 100).toFixed(1)} % waste${weather.spot ? `, ${losses} lost` : ''}${givenUp > 0 ? `, ${givenUp} GIVEN UP` : ''}`;
  };
  return [
    told('longest first', plans.longestFirst),
    told('in turn', plans.inTurn),
    told('random', plans.random),
  ].join(' · ');
}

/** All shards of a plan, from the first request for a task to the last delivery. */
export function simulateFleet(plan: Plan, actual: ReadonlyMap<string, number>, weather: Weather): Fleet {
  const launch = launches();
  let wallSeconds = 0;
  let [usd, attempts, spotLosses, givenUp] = [0, 0, 0, 0];
  // In the order of time, for launches wait for each other.
  const queue = plan.map((ids, shard) => ({ at: 0, shard, ids, outcomes: [] as TaskOutcome[] }));
  for (let next = takeFirst(queue); next !== undefined; next = takeFirst(queue)) {
    const { shard, ids, outcomes } = next;
    const answer = nextAttempt(outcomes, { spot: weather.spot, gpu: false });
    if (answer.kind === 'give-up') {
      givenUp += 1;
      continue;
    }
    const begun = launch(next.at);
    const work = workSeconds(ids, actual);
    const end = attempt(work, answer.capacity, weather, fate(weather.fleet, shard, outcomes.length));
    attempts += 1;
    if (end.outcome === 'spot-lost') spotLosses += 1;
    usd += taskUsd(SIZE, end.seconds, answer.capacity, LIST_PRICES) ?? Number.NaN;
    const ended = begun + end.seconds;
    if (end.outcome === 'delivered') {
      wallSeconds = Math.max(wallSeconds, ended);
      continue;
    }
    const after = [...outcomes, end.outcome];
    const then = nextAttempt(after, { spot: weather.spot, gpu: false });
    queue.push({
      at: ended + (then.kind === 'start' ? then.delayMs / 1_000 : 0),
      shard,
      ids,
      outcomes: after,
    });
  }
  return { wallSeconds, usd, attempts, spotLosses, givenUp };
}

function takeFirst<T extends { readonly at: number }>(queue: T[]): T | undefined {
  if (queue.length === 0) return undefined;
  let first = 0;
  for (const [index, { at }] of queue.entries()) if (at < (queue[first]?.at ?? Infinity)) first = index;
  return queue.splice(first, 1)[0];
}

/** One task: billed from its launch, as if the image were pulled at once. */
function attempt(
  work: number,
  capacity: Capacity,
  { lossRate, slowShare }: Weather,
  random: Random,
): { readonly outcome: TaskOutcome; readonly seconds: number } {
  // Every fate draws the same number of times, so that two plans meet the same ones.
  const [start, fails, slow, lost] = [random.next(), random.next(), random.next(), random.next()];
  const startSeconds = START.least + (START.most - START.least) * start;
  if (fails < NOT_STARTED) return { outcome: 'not-started', seconds: startSeconds };
  const seconds = startSeconds + work * (slow < slowShare ? SLOW_FACTOR : 1);
  if (capacity !== 'spot' || lossRate === 0) return { outcome: 'delivered', seconds };
  const lostAfter = (Math.log(1 - lost) / Math.log(1 - lossRate)) * 3_600;
  return lostAfter < seconds
    ? { outcome: 'spot-lost', seconds: lostAfter }
    : { outcome: 'delivered', seconds };
}

/** The documents in their order, each to the process that is free first. */
function workSeconds(ids: readonly string[], actual: ReadonlyMap<string, number>): number {
  const free = Array.from({ length: JOBS }, () => 0);
  for (const id of ids) {
    const first = free.indexOf(Math.min(...free));
    free[first] = (free[first] ?? 0) + (actual.get(id) ?? Number.NaN);
  }
  return Math.max(...free);
}

/** A bucket of launches that fills again; asked in the order of time. */
function launches(): (at: number) => number {
  let [tokens, filled] = [LAUNCHES.burst, 0];
  return (at) => {
    const now = Math.max(at, filled);
    tokens = Math.min(LAUNCHES.burst, tokens + (now - filled) * LAUNCHES.perSecond);
    filled = now;
    if (tokens >= 1) {
      tokens -= 1;
      return now;
    }
    const wait = (1 - tokens) / LAUNCHES.perSecond;
    filled = now + wait;
    tokens = 0;
    return filled;
  };
}

function idealOf(actual: ReadonlyMap<string, number>, shards: number, spot: boolean): Ideal {
  let work = 0;
  for (const seconds of actual.values()) work += seconds;
  const wallSeconds = work / shards / JOBS + START_MEAN;
  const usd = (taskUsd(SIZE, wallSeconds, spot ? 'spot' : 'on-demand', LIST_PRICES) ?? Number.NaN) * shards;
  return { wallSeconds, usd };
}

function makeDocuments(random: Random): Document[] {
  return Array.from({ length: DOCUMENTS }, (_, i) => ({
    id: `d${String(i).padStart(5, '0')}`,
    seconds: MEDIAN_SECONDS * Math.exp(SPREAD * normal(random)),
  }));
}

function actualSeconds(documents: readonly Document[], fleet: number): ReadonlyMap<string, number> {
  const random = seeded(SEED + 7_919 * (fleet + 1));
  return new Map(documents.map(({ id, seconds }) => [id, seconds * Math.exp(DRIFT * normal(random))]));
}

function fate(fleet: number, shard: number, attempts: number): Random {
  return seeded(SEED ^ Math.imul(fleet * 65_536 + shard * 64 + attempts + 1, 0x9e3779b1));
}

/** Box and Muller. */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function clock(seconds: number): string {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}
