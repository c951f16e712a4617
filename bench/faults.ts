/**
 * The fault run: pull requests with known answers, webhooks doubled, lost and out of order, processes killed with SIGKILL,
 * PostgreSQL restarted; at the end every head has exactly one concluded check run, and it is the right one.
 *
 * `npm run bench -- faults`, or `node dist/bench/faults.js [--pulls 200] [--kills 20] [--restarts 2] [--seed N] [--keep]`.
 * The seed repeats what is done, not when the machine gets to it. Ends with 1 when anything is not as it should be.
 */
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { openPool } from '../src/postgres/pool.js';
import { createQueue } from '../src/queue/index.js';
import { Kept, until } from './app/keeper.js';
import { wrong } from './app/kinds.js';
import { drawKinds, Opener, type Pull } from './app/pulls.js';
import { seeded, type Random } from './app/random.js';
import { CHECK, openStage, removeStage, REPO, type Stage } from './app/stage.js';
import { history, violations, type Violation } from './app/verdict.js';
import type { BenchResult } from './types.js';

export interface FaultOptions {
  readonly pulls: number;
  readonly kills: number;
  readonly restarts: number;
  readonly seed: number;
  readonly keep: boolean;
}

/** Pull requests without an answer at once: about what the two processes have in their hands and in their queues. */
const AT_ONCE = 20;
/** A delivery comes at the latest after so long. */
const LATEST_MS = 4_000;
/** Nothing was concluded for so long: something is stuck, and it is said what. */
const STUCK_MS = 120_000;
/** Long enough for every sweep to come by once more and do what it must not. */
const CALM_MS = 7_000;

export async function run(): Promise<BenchResult> {
  return faultRun(defaults());
}

function defaults(): FaultOptions {
  return { pulls: 200, kills: 20, restarts: 2, seed: Math.floor(Math.random() * 1e9), keep: false };
}

export async function faultRun(options: FaultOptions): Promise<BenchResult> {
  const random = seeded(options.seed);
  console.log(`seed ${options.seed}`);
  const stage = await openStage({});
  const pool = openPool({ url: stage.postgres.url }, { max: 2 });
  const children = (['web,worker', 'worker'] as const).map(
    (roles) =>
      new Kept({
        name: roles,
        module: new URL('./faults-child.js', import.meta.url),
        args: [roles],
        env: stage.env,
        logFile: join(stage.folder, `${roles.replace(',', '-')}.log`),
      }),
  );
  let clean = false;
  try {
    for (const child of children) child.start();
    if ((await until(() => children.every(({ ready }) => ready), 90_000)) === undefined)
      throw new Error(`the App does not start: ${children.flatMap(({ ends }) => ends).join('\n')}`);
    await stage.github.install('acme');
    const queue = await createQueue({ backend: 'postgres', url: stage.postgres.url, log: silent });
    try {
      const outcome = await play(options, random, stage, children);
      const found = await settle(stage, outcome.pulls, pool, queue);
      clean = found.length === 0 && outcome.unexpected().length === 0;
      const ofPulls = new Set(found.flatMap(({ pull }) => pull ?? []));
      for (const { kind, pull, what } of found)
        console.log(`VIOLATION ${kind} ${pull === null ? '' : `#${pull} `}${what}`);
      for (const text of outcome.unexpected()) console.log(`VIOLATION a process ended by itself: ${text}`);
      for (const pull of outcome.pulls)
        if (ofPulls.has(pull.number)) console.log((await history(stage, pull, pool)).join('\n'));
      if (!clean) process.exitCode = 1;
      return await figures(options, stage, outcome, found, pool);
    } finally {
      await queue.close();
    }
  } finally {
    await pool.end();
    await Promise.all(children.map((child) => child.stop()));
    await stage.close();
    if (clean && !options.keep) removeStage(stage);
    else console.log(`logs are in ${stage.folder}`);
  }
}

interface Outcome {
  readonly pulls: readonly Pull[];
  readonly seconds: number;
  readonly kills: number;
  readonly killedStarting: number;
  readonly restarts: number;
  readonly lost: number;
  readonly copies: number;
  readonly doubled: number;
  readonly events: number;
  readonly unexpected: () => string[];
}

async function play(
  options: FaultOptions,
  random: Random,
  stage: Stage,
  children: readonly Kept[],
): Promise<Outcome> {
  const { github } = stage;
  let [events, lost, copies, doubled] = [0, 0, 0, 0];
  // A stream of its own: how often it is asked depends on nothing but the events.
  const fates = seeded(options.seed + 1);
  github.setDelivery(({ event }) => {
    if (event !== 'pull_request') return 'deliver';
    events += 1;
    if (fates.next() < 0.1) {
      lost += 1;
      return 'lose';
    }
    const count = fates.whole(1, 3);
    copies += count;
    if (count > 1) doubled += 1;
    return { afterMs: Array.from({ length: count }, () => fates.whole(0, LATEST_MS)) };
  });
  const kinds = drawKinds(options.pulls, random);
  const opener = new Opener(stage, random);
  const begun = performance.now();
  let over = false;
  const progress = { concluded: 0, lastMs: begun };

  const watch = async (): Promise<void> => {
    while (!over) {
      for (const pull of opener.pulls) {
        const head = pull.heads.at(-1);
        if (head === undefined || pull.concluded) continue;
        const last = (await github.checkRuns(REPO, head.sha)).findLast(({ name }) => name === CHECK);
        if (last?.status !== 'completed' || wrong(last, head.answer) !== undefined) continue;
        pull.concluded = true;
        pull.concludedMs = performance.now();
        progress.lastMs = performance.now();
      }
      progress.concluded = opener.pulls.filter(({ concluded }) => concluded).length;
      await wait(100);
    }
  };
  const stuck = (): boolean => performance.now() - progress.lastMs > STUCK_MS;
  const reached = (share: number) =>
    until(() => over || stuck() || progress.concluded >= share * options.pulls, 3_600_000);

  const trouble = { kills: 0, killedStarting: 0, restarts: 0 };
  const drawn = Array.from({ length: options.kills }, () => ({
    share: random.next() * 0.97,
    victim: random.whole(0, children.length - 1),
    pauseMs: random.whole(0, 1_500),
    awayMs: random.whole(0, 1_000),
  })).sort((a, b) => a.share - b.share);
  const killing = async (): Promise<void> => {
    for (const { share, victim, pauseMs, awayMs } of drawn) {
      await reached(share);
      await wait(pauseMs);
      const child = children[victim];
      if (child === undefined) continue;
      if (!child.ready) trouble.killedStarting += 1;
      await child.kill();
      trouble.kills += 1;
      await wait(awayMs);
      child.start();
    }
  };
  const restarting = async (): Promise<void> => {
    for (let index = 0; index < options.restarts; index++) {
      await reached((index + random.next()) / options.restarts);
      await stage.postgres.restart(index % 2 === 0 ? 'fast' : 'immediate');
      trouble.restarts += 1;
    }
  };

  const watching = watch();
  const faults = Promise.all([killing(), restarting()]);
  for (const [index, kind] of kinds.entries()) {
    await until(
      () => stuck() || opener.pulls.filter(({ concluded }) => !concluded).length < AT_ONCE,
      3_600_000,
    );
    if (stuck()) break;
    await opener.open(kind, index);
  }
  await Promise.all(opener.secondPushes);
  await until(() => stuck() || opener.pulls.every(({ concluded }) => concluded), 3_600_000, 100);
  over = true;
  await Promise.all([watching, faults]);
  if (stuck()) console.log(`nothing was concluded for ${STUCK_MS / 1000} s`);
  return {
    pulls: opener.pulls,
    seconds: (performance.now() - begun) / 1000,
    ...trouble,
    events,
    lost,
    copies,
    doubled,
    unexpected: () =>
      children.flatMap(({ ends }) => ends.filter((end) => end.includes('after it was ready'))),
  };
}

/** Waits until nothing is wrong any more, and then whether that stays so. */
async function settle(
  stage: Stage,
  pulls: readonly Pull[],
  pool: Parameters<typeof violations>[2],
  queue: Parameters<typeof violations>[3],
): Promise<Violation[]> {
  const look = () => violations(stage, pulls, pool, queue);
  await until(async () => (await look()).length === 0, 45_000, 500);
  await wait(CALM_MS);
  // What is left for a moment (a late copy of a webhook makes a hint) is no violation when it goes away.
  let found: Violation[] = await look();
  for (let attempt = 0; attempt < 5 && found.length > 0; attempt++) {
    await wait(1_000);
    found = await look();
  }
  return found;
}

async function figures(
  options: FaultOptions,
  { github }: Stage,
  outcome: Outcome,
  found: readonly Violation[],
  pool: Parameters<typeof violations>[2],
): Promise<BenchResult> {
  const { rows } = await pool.query<Record<string, string>>(
    `select count(*) as evaluations, count(*) filter (where tries > 1) as again,
        count(*) filter (where state = 'superseded') as superseded,
        count(*) filter (where attempt > 1) as later from docops.evaluations`,
  );
  const { evaluations, again, superseded, later } = rows[0] ?? {};
  const count = (kind: Violation['kind']): number => found.filter((each) => each.kind === kind).length;
  const heads = outcome.pulls.flatMap((pull) => pull.heads);
  let checks = 0;
  for (const sha of new Set(heads.map((head) => head.sha)))
    checks += (await github.checkRuns(REPO, sha)).length;
  const lags = outcome.pulls
    .flatMap(({ openedMs, concludedMs, heads: own }) =>
      concludedMs === null || own.length > 1 ? [] : (concludedMs - openedMs) / 1000,
    )
    .sort((a, b) => a - b);
  return {
    name: 'fault run: every head has one concluded check run, and the right one',
    figures: {
      seed: options.seed,
      seconds: Math.round(outcome.seconds),
      'pull requests': outcome.pulls.length,
      'of them with a second push': outcome.pulls.filter((pull) => pull.heads.length > 1).length,
      'pull request events': outcome.events,
      'events lost': outcome.lost,
      'events sent more than once': outcome.doubled,
      'deliveries attempted, redeliveries included': github.deliveries.length,
      'deliveries that found nobody': github.deliveries.filter(({ statusCode }) => statusCode !== 200).length,
      'processes killed': outcome.kills,
      'of them while they started': outcome.killedStarting,
      'restarts of PostgreSQL': outcome.restarts,
      evaluations: Number(evaluations),
      'evaluations that a second worker took': Number(again),
      'evaluations withdrawn': Number(superseded),
      'later attempts': Number(later),
      'check runs': checks,
      'seconds from opened to right, median / longest': `${lags[Math.floor(lags.length / 2)]?.toFixed(1)} / ${lags.at(-1)?.toFixed(1)}`,
      wrong: count('wrong'),
      pending: count('pending'),
      doubled: count('doubled'),
      missing: count('missing'),
      'left behind': count('left-behind'),
      'ended by themselves': outcome.unexpected().length,
    },
    notes: [
      'waits, locks and sweeps are shortened to seconds (bench/faults-child.ts); the code is that of docops serve and docops worker',
      `at most ${AT_ONCE} pull requests wait for their answer at once, so that the run lasts as long as the machine needs`,
      'the base branch does not move, and nobody writes commands',
    ],
  };
}

const silent = { debug: none, info: none, warn: none, error: none };
function none(): void {
  // The processes have logs of their own.
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      pulls: { type: 'string' },
      kills: { type: 'string' },
      restarts: { type: 'string' },
      seed: { type: 'string' },
      keep: { type: 'boolean', default: false },
    },
  });
  const number = (text: string | undefined, otherwise: number): number => {
    const value = text === undefined ? otherwise : Number(text);
    if (!Number.isSafeInteger(value) || value < 0) throw new Error(`not a whole number: ${text}`);
    return value;
  };
  const standard = defaults();
  const { figures: found } = await faultRun({
    pulls: number(values.pulls, standard.pulls),
    kills: number(values.kills, standard.kills),
    restarts: number(values.restarts, standard.restarts),
    seed: number(values.seed, standard.seed),
    keep: values.keep,
  });
  for (const [key, value] of Object.entries(found)) console.log(`  ${key.padEnd(50)}  ${value}`);
  process.exit(process.exitCode ?? 0);
}
