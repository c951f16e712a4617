/**
 * How often the gate blocks a harmless change of a noisy extractor, and how often it sees a harmful one: a simulation on
 * the product's own `judge`, with repeats and confirmation as in production.
 *
 * The world: 30 scalar fields with accuracy 0.95. One document in ten is unstable: there every run draws every field anew;
 * elsewhere a field is drawn once and stays. Base and head are the same code, unless a real change is added. A second
 * world spreads the noise: one cell in thirty is a coin in every run, the others are fixed.
 */
import type { Counts, FieldSpec, Gate, PairedDocument, SideOfDocument } from '../src/core/words.js';
import { type JudgeInput, type Judgement, judge, selfCheck } from '../src/core/judge/index.js';
import type { BenchResult } from './types.js';

const FIELDS = 30;
const ACCURACY = 0.95;
const UNSTABLE_DOCUMENTS = 0.1;
const REPEATS = 3;
const SEED = 20_240_607;

const fields: readonly FieldSpec[] = Array.from({ length: FIELDS }, (_, j) => ({
  path: `field_${j}`,
  spec: { type: 'id' },
  weight: 1,
  critical: false,
}));
const gate: Gate = {
  maxDrop: 0,
  fields: [],
  slices: [],
  maxNewErrors: [],
  judge: 'auto',
  onHiddenLosses: 'warn',
  alpha: 0.05,
  onInconclusive: 'warn',
  enforce: 'block',
};

/** Chance that a cell is right in one run of a side. 0 and 1 are cells that never vary. */
interface World {
  readonly base: Float64Array;
  readonly head: Float64Array;
}
/** Adds a real loss: `fields` of them lose this much accuracy. */
interface Change {
  readonly fields: number;
  readonly loss: number;
}
type Noise = 'documents' | 'cells';

export interface Rates {
  /** The rule that people write first: some field is lower than before. */
  anyField: number;
  overall: number;
  /** One exact test for each field at alpha, no correction. */
  uncorrected: number;
  /** The product, before and after confirmation. */
  unconfirmed: number;
  ours: number;
  /** Verdict `warn` of the product. */
  warns: number;
  /** One run of the base against another is called unreliable, so that nothing is measured. */
  selfCheckFails: number;
  readonly replications: number;
}

/** Plays `replications` pull requests; the seed makes every call with the same arguments the same. */
export function simulate(documents: number, replications: number, change: Change, noise: Noise): Rates {
  const random = mulberry32(
    SEED + documents * 7 + change.fields * 13 + Math.round(change.loss * 1000) + (noise === 'cells' ? 1 : 0),
  );
  const rates: Rates = {
    anyField: 0,
    overall: 0,
    uncorrected: 0,
    unconfirmed: 0,
    ours: 0,
    warns: 0,
    selfCheckFails: 0,
    replications,
  };
  const add = (key: Exclude<keyof Rates, 'replications'>, hit: boolean): void => {
    if (hit) rates[key] += 1 / replications;
  };
  for (let r = 0; r < replications; r++) {
    const world = drawWorld(documents, change, noise, random);
    const right = { base: new Uint8Array(documents * FIELDS), head: new Uint8Array(documents * FIELDS) };
    const runs = new Uint8Array(documents);
    const all = Array.from({ length: documents }, (_, i) => i);
    measure(world, all, right, runs, random);
    const first = verdict(right, runs);
    let last = first;
    if (first.toConfirm !== undefined) {
      measure(world, first.toConfirm.map(Number), right, runs, random);
      last = verdict(right, runs, first.toConfirm.length);
    }
    add(
      'anyField',
      first.fields.some(({ delta }) => (delta ?? 0) < 0),
    );
    add('overall', (first.overall.delta ?? 0) < -1e-12);
    add(
      'uncorrected',
      first.fields.some(({ p, delta }) => (delta ?? 0) < 0 && (p ?? 1) <= gate.alpha),
    );
    add('unconfirmed', first.blocked);
    add('ours', last.blocked);
    add('warns', last.verdict === 'warn');
    add('selfCheckFails', againstItself(world, documents, random));
  }
  return rates;
}

function drawWorld(documents: number, change: Change, noise: Noise, random: () => number): World {
  const base = new Float64Array(documents * FIELDS);
  const head = new Float64Array(documents * FIELDS);
  for (let i = 0; i < documents; i++) {
    const unstable = noise === 'documents' && random() < UNSTABLE_DOCUMENTS;
    for (let j = 0; j < FIELDS; j++) {
      const cell = i * FIELDS + j;
      const coin = noise === 'cells' && random() < 1 / FIELDS;
      base[cell] = unstable ? ACCURACY : coin ? 0.5 : random() < ACCURACY ? 1 : 0;
      const kept = 1 - (j < change.fields ? change.loss / ACCURACY : 0);
      // Where nothing varies the loss takes whole cells; where runs vary it lowers the chance.
      const isFixed = base[cell] === 0 || base[cell] === 1;
      head[cell] = isFixed ? (random() < kept ? base[cell] : 0) : base[cell] * kept;
    }
  }
  return { base, head };
}

/** Runs both sides on the documents, REPEATS times, on top of what is there. */
function measure(
  world: World,
  documents: readonly number[],
  right: { base: Uint8Array; head: Uint8Array },
  runs: Uint8Array,
  random: () => number,
): void {
  for (const i of documents) {
    runs[i] = (runs[i] ?? 0) + REPEATS;
    for (let cell = i * FIELDS; cell < (i + 1) * FIELDS; cell++) {
      for (const side of ['base', 'head'] as const) {
        const chance = world[side][cell] ?? 0;
        if (chance === 0) continue;
        let hits = REPEATS;
        if (chance < 1) for (let k = 0; k < REPEATS; k++) if (random() >= chance) hits--;
        right[side][cell] = (right[side][cell] ?? 0) + hits;
      }
    }
  }
}

function pair(right: { base: Uint8Array; head: Uint8Array }, runs: Uint8Array): PairedDocument[] {
  return Array.from(runs, (times, i) => ({
    id: String(i),
    cluster: String(i),
    slices: {},
    base: sideOf(right.base, i, times),
    head: sideOf(right.head, i, times),
  }));
}

function inputOf(documents: readonly PairedDocument[]): JudgeInput {
  return {
    fields,
    gate,
    documents,
    labelled: documents.length,
    deterministic: false,
    baseline: 'measured',
    unreliableFields: [],
    latencyComparable: false,
  };
}

function verdict(
  right: { base: Uint8Array; head: Uint8Array },
  runs: Uint8Array,
  confirmed?: number,
): Judgement {
  const input = inputOf(pair(right, runs));
  return judge(
    confirmed === undefined ? input : { ...input, confirmation: { documents: confirmed, runs: REPEATS } },
  );
}

/** Two single runs of the base, judged as base and head. */
function againstItself(world: World, documents: number, random: () => number): boolean {
  const once = (): Uint8Array => Uint8Array.from(world.base, (chance) => (random() < chance ? 1 : 0));
  const runs = new Uint8Array(documents).fill(1);
  return selfCheck(inputOf(pair({ base: once(), head: once() }, runs))).would_block;
}

const countsOf = new Map<number, Counts>();
function sharedCounts(correct: number, runs: number): Counts {
  const key = runs * 1000 + correct;
  const known = countsOf.get(key) ?? { correct, wrong: runs - correct, missing: 0, spurious: 0, absent: 0 };
  countsOf.set(key, known);
  return known;
}
const noColumns = fields.map(() => undefined);

function sideOf(right: Uint8Array, document: number, runs: number): SideOfDocument {
  const scores: number[] = [];
  const low: number[] = [];
  const high: number[] = [];
  const counts: Counts[] = [];
  let sum = 0;
  for (let j = 0; j < FIELDS; j++) {
    const hits = right[document * FIELDS + j] ?? 0;
    scores.push(hits / runs);
    low.push(hits === runs ? 1 : 0);
    high.push(hits === 0 ? 0 : 1);
    counts.push(sharedCounts(hits, runs));
    sum += hits / runs;
  }
  return {
    status: 'ok',
    runs,
    score: sum / FIELDS,
    exact: sum === FIELDS ? 1 : 0,
    fields: scores,
    low,
    high,
    counts,
    columns: noColumns,
  };
}

/** mulberry32: 32 bits of state, good enough to shuffle a simulation. https://github.com/cprosche/mulberry32 */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const NO_CHANGE: Change = { fields: 0, loss: 0 };
/** Documents → replications: under a minute and a half in all on one core. */
const SIZES: readonly (readonly [documents: number, replications: number])[] = [
  [50, 1500],
  [100, 1500],
  [300, 600],
  [1000, 300],
];
const HARMFUL: readonly {
  readonly title: string;
  readonly documents: number;
  readonly replications: number;
  readonly change: Change;
  readonly known: string;
}[] = [
  {
    title: 'one field -20 points, n=100',
    documents: 100,
    replications: 700,
    change: { fields: 1, loss: 0.2 },
    known: '0.95',
  },
  {
    title: 'all fields -1 point, n=100',
    documents: 100,
    replications: 700,
    change: { fields: FIELDS, loss: 0.01 },
    known: '0.91',
  },
  {
    title: 'one field -5 points, n=300',
    documents: 300,
    replications: 700,
    change: { fields: 1, loss: 0.05 },
    known: '0.68',
  },
];
/** What GATE says for the combined rule. */
const KNOWN_FALSE: Readonly<Record<number, string>> = { 50: '0 %', 100: '1 %', 300: '3 %', 1000: '3 %' };

export function run(): Promise<BenchResult> {
  const figures: Record<string, number | string> = {};
  for (const [documents, replications] of SIZES) {
    const rates = simulate(documents, replications, NO_CHANGE, 'documents');
    const name = `no change, n=${documents}`;
    figures[`${name}: any field drops`] = rate(rates.anyField, replications);
    figures[`${name}: overall drops`] = rate(rates.overall, replications);
    figures[`${name}: uncorrected tests`] = rate(rates.uncorrected, replications);
    figures[`${name}: docops blocks`] =
      `${rate(rates.ours, replications)} (known ${KNOWN_FALSE[documents] ?? '-'}; before confirmation ${rate(rates.unconfirmed, replications)})`;
    figures[`${name}: docops warns`] = rate(rates.warns, replications);
    figures[`${name}: base against itself fails`] = rate(rates.selfCheckFails, replications);
  }
  for (const [documents, replications] of [
    [50, 1000],
    [100, 1000],
    [300, 500],
  ] as const) {
    const rates = simulate(documents, replications, NO_CHANGE, 'cells');
    figures[`no change, noise in single cells, n=${documents}: docops blocks`] =
      `${rate(rates.ours, replications)} (before confirmation ${rate(rates.unconfirmed, replications)})`;
  }
  for (const { title, documents, replications, change, known } of HARMFUL) {
    const rates = simulate(documents, replications, change, 'documents');
    figures[`${title}: docops blocks`] =
      `${rate(rates.ours, replications)} (known ${known}; before confirmation ${rate(rates.unconfirmed, replications)})`;
  }
  return Promise.resolve({
    name: 'judging: false blocks and misses',
    figures,
    notes: [
      `${FIELDS} fields, accuracy ${ACCURACY}, ${UNSTABLE_DOCUMENTS * 100} % unstable documents, ${REPEATS} runs of each side, confirmation of red verdicts with ${REPEATS} more; max_drop 0, alpha ${gate.alpha}.`,
      `± is one Monte Carlo standard error; seed ${SEED}. "Known" are the figures of the design for its combined rule.`,
    ],
  });
}

/** A share with its Monte Carlo standard error; one that never (or always) happened is bounded by the rule of three. */
function rate(share: number, replications: number): string {
  if (share < 1e-9) return `0 % (below ${(300 / replications).toFixed(1)})`;
  const error = Math.sqrt((share * Math.max(0, 1 - share)) / replications);
  return `${(share * 100).toFixed(1)} % ± ${(error * 100).toFixed(1)}`;
}
