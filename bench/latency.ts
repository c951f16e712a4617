/**
 * How long GitHub and people wait: webhook to 2xx under load, event to check `queued`, last document to check concluded.
 * Every role is a process of its own, with the timing of production; a bare receiver of @octokit/webhooks is the peer.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { openPool } from '../src/postgres/pool.js';
import type { Ask, Delay, Sent } from './latency-child.js';
import { Kept, until } from './app/keeper.js';
import { change } from './app/kinds.js';
import { MIX, signedPayloads } from './app/payloads.js';
import { openStage, removeStage, REPO, type Stage } from './app/stage.js';
import { loadAverage, machineTime, processorTime, quantile } from './app/usage.js';
import { startWitness, type Witness } from './app/witness.js';
import type { BenchResult } from './types.js';

const PULLS = 30;
/** Between two pull requests of the quiet part. */
const EVERY_MS = 1_500;
const RATE = 200;
const SECONDS = 30;
/** Of the machine that sends, not of what is measured: beyond it the figures say nothing. */
const SENDER_LATE_MS = 250;

type Figures = Record<string, number | string>;

export async function run(): Promise<BenchResult> {
  const stage = await openStage({
    // Each document leaves the moment at which it was done under the first line of the code that read it.
    command: (folder, extract) => {
      const stamps = join(folder, 'stamps');
      mkdirSync(stamps, { mode: 0o777 });
      return `${extract}; date +%s%N >> '${stamps}'/$(head -n 1 extract/main.awk | tr -cd 'a-z0-9-')`;
    },
  });
  const witness = await startWitness(stage.github.apiUrl);
  const env = { ...stage.env, GITHUB_API_URL: witness.url, LOG_LEVEL: 'warn' };
  const child = (role: string, more: Readonly<Record<string, string>> = {}): Kept =>
    new Kept({
      name: role,
      module: new URL('./latency-child.js', import.meta.url),
      args: [role],
      env: { ...env, ...more },
      logFile: join(stage.folder, `${role}.log`),
    });
  const [web, worker, sender] = [child('web'), child('worker'), child('sender')];
  const peer = child('peer', { PORT: String(stage.port + 1) });
  const all = [web, worker, sender, peer];
  const figures: Figures = {};
  try {
    for (const each of all) {
      each.start();
      if ((await until(() => each.ready, 90_000)) === undefined)
        throw new Error(`${each.name} does not start: ${each.ends.join('\n')}`);
    }
    const { id: installationId } = await stage.github.install('acme');
    await stage.github.idle();
    figures['load average before'] = loadAverage();
    const pulls = await quiet(stage, witness, figures);
    await busy(stage, { web, worker, sender, peer }, pulls, installationId, figures);
    figures['load average after'] = loadAverage();
  } finally {
    await Promise.all(all.map((each) => each.stop(5_000)));
    await witness.close();
    await stage.close();
    removeStage(stage);
  }
  const mix = Object.entries(MIX).map(([event, share]) => `${event} ${share} %`);
  return {
    name: 'latency: webhook accepted, event to queued, last document to concluded',
    figures,
    notes: [
      'aims: accepted p99 under 500 ms, event to queued under 15 s',
      `open loop: ${RATE} signed webhooks a second for ${SECONDS} s, each timed from the moment at which it was due (${mix.join(', ')}; bodies of 7 to 24 KB)`,
      'the worker looks at the pull requests while the webhooks come in, on the same processors; so does the sender',
      'the peer verifies and answers and keeps nothing; the App answers when the delivery is committed to a database that syncs to disk',
      'event to queued: from the opening of a pull request to the arrival of the request that creates the check run',
    ],
  };
}

/** Pull requests one after the other. */
async function quiet(
  stage: Stage,
  witness: Witness,
  figures: Figures,
): Promise<{ number: number; sha: string }[]> {
  const { github } = stage;
  const opened: { number: number; sha: string; atMs: number; mark: string }[] = [];
  for (let index = 0; index < PULLS; index++) {
    const mark = `pull-${index}`;
    const sha = await github.pushCommit({
      repo: REPO,
      branch: mark,
      files: change('harmless', mark),
      author: 'bob',
      emit: false,
    });
    const atMs = Date.now();
    const number = await github.openPullRequest({
      repo: REPO,
      author: 'bob',
      head: mark,
      base: 'main',
      title: mark,
    });
    opened.push({ number, sha, atMs, mark });
    await wait(EVERY_MS);
  }
  const concluded = (sha: string): boolean => typeof witness.checks.get(sha)?.concludedMs === 'number';
  const done = await until(() => opened.every(({ sha }) => concluded(sha)), 240_000);
  if (done === undefined) throw new Error('some pull requests got no answer');
  const stamps = join(stage.folder, 'stamps');
  const files = new Set(readdirSync(stamps));
  const last = (mark: string): number => {
    if (!files.has(mark)) throw new Error(`no document of ${mark} left its moment`);
    const moments = readFileSync(join(stamps, mark), 'utf8').trim().split('\n');
    return Math.max(...moments.map((nanoseconds) => Number(BigInt(nanoseconds) / 1000n) / 1000));
  };
  const queued = opened.map(({ sha, atMs }) => (witness.checks.get(sha)?.createdMs ?? NaN) - atMs);
  const told = opened.map(({ sha, mark }) => (witness.checks.get(sha)?.concludedMs ?? NaN) - last(mark));
  const whole = opened.map(({ sha, atMs }) => (witness.checks.get(sha)?.concludedMs ?? NaN) - atMs);
  describe(figures, `event to check queued, ${PULLS} pull requests`, queued);
  describe(figures, 'last document measured to check concluded', told);
  describe(figures, 'event to check concluded, 3 documents', whole);
  return opened;
}

async function busy(
  stage: Stage,
  { web, worker, sender, peer }: Readonly<Record<'web' | 'worker' | 'sender' | 'peer', Kept>>,
  pulls: readonly { number: number; sha: string }[],
  installationId: number,
  figures: Figures,
): Promise<void> {
  const pool = openPool({ url: stage.postgres.url }, { max: 1 });
  const { rows } = await pool.query<{ id: string }>('select id from docops.repositories');
  const payloads = signedPayloads({
    repositoryId: Number(rows[0]?.id),
    installationId,
    secret: stage.github.app.webhookSecret,
    pulls,
  });
  const file = join(stage.folder, 'payloads.json');
  writeFileSync(file, JSON.stringify(payloads));
  const postmaster = Number(
    readFileSync(join(stage.folder, 'database/cluster/data/postmaster.pid'), 'utf8').split('\n')[0],
  );
  const pids = {
    web: web.pid,
    worker: worker.pid,
    'bare receiver': peer.pid,
    sender: sender.pid,
    'emulated GitHub (this process)': process.pid,
  };
  const under = async (port: number, rate: number, seconds: number): Promise<Sent> => {
    const url = `http://127.0.0.1:${port}/api/github/webhooks`;
    return ask<Sent>(sender, { ask: 'send', url, file, rate, seconds }, (seconds + 60) * 1000);
  };
  // Code that has not run yet is slow once, in both.
  await under(stage.port + 1, RATE, 2);
  await under(stage.port, 20, 3);
  const bare = await under(stage.port + 1, RATE, SECONDS);
  for (const each of [web, worker]) await ask<Delay>(each, { ask: 'delay' }, 10_000);

  let connections = { all: 0, active: 0 };
  let over = false;
  const sampling = (async (): Promise<void> => {
    while (!over) {
      const { rows: seen } = await pool.query<{ all: string; active: string }>(
        `select count(*) as all, count(*) filter (where state <> 'idle') as active from pg_stat_activity
          where datname = current_database() and pid <> pg_backend_pid()`,
      );
      connections = {
        all: Math.max(connections.all, Number(seen[0]?.all)),
        active: Math.max(connections.active, Number(seen[0]?.active)),
      };
      await wait(500);
    }
  })();
  const before = processorTime(pids, postmaster);
  const machineBefore = machineTime();
  const begun = performance.now();
  let ours: Sent;
  try {
    ours = await under(stage.port, RATE, SECONDS);
  } finally {
    over = true;
    await sampling;
  }
  const seconds = (performance.now() - begun) / 1000;
  const after = processorTime(pids, postmaster);
  const machine = (machineTime() - machineBefore) / 10 / seconds;

  describe(figures, `webhook accepted at ${RATE}/s`, ours.accepted);
  describe(figures, 'bare receiver, the same load', bare.accepted);
  figures['accepted p99, ratio to the bare receiver'] = round(
    quantile(ours.accepted, 0.99) / quantile(bare.accepted, 0.99),
  );
  figures['accepted / sent'] = `${ours.accepted.length} / ${RATE * SECONDS}`;
  for (const [why, count] of Object.entries(ours.refused)) figures[`not accepted: ${why}`] = count;
  const late = Math.max(ours.latestStartMs, bare.latestStartMs);
  figures['sender late at most, ms'] = round(late);
  if (late > SENDER_LATE_MS) figures['said of the sender'] = 'it was late itself: the machine is too busy';
  let busiest = { name: '', share: 0 };
  let own = 0;
  for (const [name, ms] of after) {
    const share = (ms - (before.get(name) ?? 0)) / 10 / seconds;
    figures[`processor under load, % of one: ${name}`] = round(share);
    own += share;
    if (share > busiest.share) busiest = { name, share };
  }
  figures['processor under load, % of one: others on this machine'] = round(machine - own);
  figures['processor under load, % of one: all together'] =
    `${round(machine)} of ${100 * availableParallelism()}`;
  for (const each of [web, worker]) {
    const { delay } = await ask<Delay>(each, { ask: 'delay' }, 10_000);
    figures[`event-loop delay of ${each.name}, ms p50 / p99 / max`] =
      `${round(delay.p50)} / ${round(delay.p99)} / ${round(delay.max)}`;
  }
  figures['connections to PostgreSQL, most at once / not idle'] =
    `${connections.all} / ${connections.active}`;
  figures['busiest'] = `processor of ${busiest.name}, ${round(busiest.share)} % of one`;
  const { rows: open } = await pool.query<{ count: string }>(
    'select count(*) from docops.hints where finished_at is null',
  );
  figures['hints still open at the end of the load'] = Number(open[0]?.count);
  await pool.end();
}

async function ask<T>(child: Kept, question: Ask, timeoutMs: number): Promise<T> {
  const from = child.messages.length;
  child.send(question);
  const answer = await until(() => child.messages[from] as T | undefined, timeoutMs);
  if (answer === undefined) throw new Error(`${child.name} does not answer ${question.ask}`);
  return answer;
}

function describe(figures: Figures, name: string, values: readonly number[]): void {
  const at = (share: number): number => round(quantile(values, share));
  figures[`${name}, ms p50 / p95 / p99 / max`] =
    `${at(0.5)} / ${at(0.95)} / ${at(0.99)} / ${round(Math.max(...values))}`;
}

function round(value: number): number {
  return Number(value.toFixed(value < 100 ? 1 : 0));
}
