/** What another policy would have done, over the whole App: real git, measurements in real PostgreSQL, a small extractor. */
import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Evaluation, PipelineReport } from '../../src/core/app-words.js';
import type { Corridor } from '../../src/flow/corridor.js';
import { createGitHub } from '../../src/github/index.js';
import { createLinks } from '../../src/http/links.js';
import { createLog } from '../../src/log.js';
import { openCorridor } from '../../src/open-corridor.js';
import { openMirrors } from '../../src/open-mirrors.js';
import type { Mirrors } from '../../src/ports/mirror.js';
import { RetryLater } from '../../src/ports/queue.js';
import type { SimulatedRun, Simulation, Simulations } from '../../src/ports/simulations.js';
import { openPool } from '../../src/postgres/pool.js';
import { createSimulations } from '../../src/postgres/simulations.js';
import { readSettings } from '../../src/settings.js';
import {
  BROKEN_TOTAL,
  CONFIG,
  CRASHING,
  EXTRACTOR,
  REFACTORED,
  REPO,
  useJourney,
} from '../support/journey.js';

/** Fails on one document alone. */
const CRASHING_ON_ONE = `/INV-003/ { exit 3 }\n${REFACTORED}`;

/** Wrong in a field that nobody judges. */
const WITHOUT_VENDOR = EXTRACTOR.replace('{ printf', '$1 == "vendor" { $2 = "Nobody" }\n{ printf');
/** In force all the time. */
const THEN = CONFIG.replace('      vendor: text\n', '');

const journey = useJourney({ files: { '.docops.yml': THEN } });
let pool: pg.Pool;
let simulations: Simulations;
/** Head commits by what they do. */
const heads: Record<'broken' | 'refactored' | 'unseen' | 'crashing' | 'one' | 'stranger', string> = {
  ...{ broken: '', refactored: '', unseen: '', crashing: '', one: '', stranger: '' },
};

beforeAll(async () => {
  pool = openPool({ url: journey().database.url }, { max: 5 });
  simulations = createSimulations(pool);
  for (const [name, extractor] of [
    ['broken', BROKEN_TOTAL],
    ['refactored', REFACTORED],
    ['unseen', WITHOUT_VENDOR],
    ['crashing', CRASHING],
    ['one', CRASHING_ON_ONE],
  ] as const) {
    const { sha } = await journey().pullRequest(name, { 'extract/main.awk': extractor });
    await journey().concluded(sha);
    heads[name] = sha;
  }
  const { number, sha } = await journey().forkPullRequest('stranger', {
    'extract/main.awk': `# A stranger's.\n${BROKEN_TOTAL}`,
  });
  const held = await journey().concluded(sha);
  await journey().github.comment(REPO, number, 'bob', `/approve-eval ${sha}`);
  await journey().concluded(sha, { after: held });
  heads.stranger = sha;
  await journey().quiet();
});
afterAll(() => pool.end());

function ask(configuration: string, more: Partial<Simulation> = {}): Promise<Simulation> {
  return simulations.requestSimulation({
    repositoryId: journey().repositoryId,
    ...{ baseRef: 'main', requestedBy: 'ada', lastRuns: 20, configuration, ...more },
  });
}

/** By the App's own worker, from the queue. */
async function simulated(configuration: string, more: Partial<Simulation> = {}): Promise<Simulation> {
  const { id } = await ask(configuration, more);
  await journey().service!.queue.add({ kind: 'simulate', simulationId: id });
  return journey().until('the simulation has ended', async () => {
    const found = await simulations.simulation(id);
    return found?.finishedAt != null && found;
  });
}

/** Of one head, by its verdicts; the reports are those of then. */
async function resultOf(
  { results }: Simulation,
  head: keyof typeof heads,
): Promise<{ result: SimulatedRun; then: PipelineReport; evaluation: Evaluation }> {
  for (const result of results) {
    const evaluation = await journey().service!.store.evaluation(result.evaluationId);
    const [then] = await journey().service!.store.reports(result.evaluationId);
    if (evaluation?.headSha === heads[head] && then !== undefined) return { result, then, evaluation };
  }
  throw new Error(`no result of ${head}`);
}

/** A corridor of its own beside the App's, as another process would have it. */
function otherCorridor(
  worker: string,
  changed: (mirrors: Mirrors) => Mirrors = (mirrors) => mirrors,
): { corridor: Corridor; queued: unknown[] } {
  const settings = readSettings(journey().env());
  const log = createLog({ level: 'silent', format: 'json' });
  const { app, github: urls } = settings;
  const github = createGitHub({
    ...{ appId: app.id, privateKey: app.privateKey.reveal(), version: '0', log },
    ...{ apiUrl: urls.apiUrl, gitUrl: urls.gitUrl },
  });
  const queued: unknown[] = [];
  const { service } = journey();
  const corridor = openCorridor({
    ...{ settings, github, pool, log, ownLogin: 'docops[bot]', cloud: null },
    store: service!.store,
    queue: { ...service!.queue, add: (job) => Promise.resolve(void queued.push(job)) },
    mirrors: changed(openMirrors(settings, github, log)),
    links: createLinks(null, ['a secret of this test, long enough']),
    overrides: { worker, staleMs: 1_000, sweeps: { simulationLate: 0 } },
  });
  return { corridor, queued };
}

const never = (): { signal: AbortSignal; attempt: number } => ({
  ...{ signal: new AbortController().signal, attempt: 1 },
});
const FIELDS_ONLY = THEN.replace('      grand_total: money\n', '');

describe('the file that was in force', () => {
  it('would have given exactly the verdicts that there were', async () => {
    const { results, state, problem } = await simulated(THEN);
    expect([state, problem]).toEqual(['done', null]);
    expect(results).toHaveLength(6);
    for (const head of ['broken', 'refactored', 'unseen', 'crashing', 'one', 'stranger'] as const) {
      const { result, then } = await resultOf({ results } as Simulation, head);
      const { verdict, blocked, overall } = then.report;
      expect(result.note, head).toBeNull();
      expect(result.was, head).toEqual({ verdict, blocked });
      expect(result.would, head).toMatchObject({ verdict, blocked, base: overall.base, head: overall.head });
    }
    const verdicts = results.map(({ was }) => was.blocked).sort();
    expect(verdicts).toEqual([false, false, true, true, true, true]);
  });

  it('runs nothing, posts nothing and writes nothing but the results', async () => {
    const rows = async (): Promise<unknown> => {
      const { rows: found } = await pool.query<object>(
        `select (select count(*) from docops.measurements) measurements, (select count(*) from docops.evaluations) evaluations,
          (select count(*) from docops.checks) checks, (select count(*) from docops.audit) audit,
          (select coalesce(sum(usd), 0) from docops.charges) charged`,
      );
      return found[0];
    };
    const before = await rows();
    const requests = journey().github.requests.filter(({ method }) => method !== 'GET').length;
    expect((await simulated(FIELDS_ONLY)).results).toHaveLength(6);
    expect(await rows()).toEqual(before);
    const after = journey().github.requests.filter(
      ({ method, path }) => method !== 'GET' && !path.includes('access_tokens'),
    );
    expect(after.length).toBeLessThanOrEqual(requests);
  });
});

describe('another file', () => {
  it('lets through what lost only a field that it does not judge, and says so', async () => {
    const { result } = await resultOf(await simulated(FIELDS_ONLY), 'broken');
    expect(result.was.blocked).toBe(true);
    expect(result.would).toMatchObject({ blocked: false, base: 1, head: 1 });
    expect(result.would?.reasons.join(' ')).toContain('No document got worse');
  });

  it('blocks what lost a field that was not judged then, and says which', async () => {
    const { result } = await resultOf(await simulated(CONFIG), 'unseen');
    expect(result).toMatchObject({ was: { blocked: false }, would: { blocked: true, base: 1 }, note: null });
    expect(result.would?.reasons.join(' ')).toContain('vendor');
  });

  it('does not block where it only watches, and keeps the verdict', async () => {
    const shadow = `${THEN}    gate:\n      enforce: shadow\n`;
    const { result } = await resultOf(await simulated(shadow), 'broken');
    expect(result).toMatchObject({ was: { blocked: true }, would: { verdict: 'block', blocked: false } });
  });

  it('is judged by what was measured then, and says where it wants something else to be measured', async () => {
    const other = THEN.replace('extract/**', '**').replace('awk -f', 'gawk -f');
    const { result, then } = await resultOf(await simulated(other), 'broken');
    expect(result.would).toMatchObject({ verdict: then.report.verdict, head: then.report.overall.head });
    expect(result.note).toBe(
      'paths and extract of the tried file differ; those of then were measured and are used here',
    );
  });

  it('says that a pipeline which it has no more would have judged nothing', async () => {
    const { result } = await resultOf(await simulated(THEN.replace('  invoices:', '  receipts:')), 'broken');
    expect(result).toMatchObject({
      pipeline: 'invoices',
      would: { verdict: 'not-applicable', blocked: false },
    });
    expect(result.note).toContain('no such pipeline');
  });

  it('compares times of one evaluation, and leaves the rule on latency aside where they are of two', async () => {
    const slow = await simulated(`${THEN}    gate:\n      latency: { max_increase: 1% }\n`);
    const { result: first, then } = await resultOf(slow, 'broken');
    expect(then.report.run.documents_cached).toBe(0);
    expect(first).toMatchObject({ would: { blocked: true }, note: null });
    const { result: later } = await resultOf(slow, 'refactored');
    expect(later.would).toMatchObject({ blocked: false });
    expect(later.note).toContain('latency was left aside');
  });

  it('is refused as a whole when it is not valid', async () => {
    const { state, problem, results } = await simulated('version: 1\n');
    expect({ state, results }).toEqual({ state: 'failed', results: [] });
    expect(problem).toContain('pipelines is missing');
  });
});

describe('which runs', () => {
  it('are the newest ones, as many as were asked for', async () => {
    const { results } = await simulated(THEN, { lastRuns: 2 });
    const all = (await simulated(THEN)).results;
    expect(results.map(({ evaluationId }) => evaluationId)).toEqual(
      all.slice(0, 2).map(({ evaluationId }) => evaluationId),
    );
    expect((await simulated(THEN, { baseRef: 'elsewhere' })).results).toEqual([]);
  });

  it('count once for each head, by the newest attempt that measured', async () => {
    const { evaluation } = await resultOf(await simulated(THEN), 'refactored');
    const attempts = (): Promise<readonly Evaluation[]> => journey().service!.store.attempts(evaluation);
    expect(await attempts()).toHaveLength(1);
    const pull = evaluation.pullNumber!;
    const before = await journey().check(heads.refactored);
    await journey().github.comment(REPO, pull, 'bob', '/rerun-eval');
    await journey().concluded(heads.refactored, { after: before });
    await journey().quiet();
    expect(await attempts()).toHaveLength(2);
    const again = await simulated(THEN);
    expect(again.results).toHaveLength(6);
    const { result } = await resultOf(again, 'refactored');
    expect(result.evaluationId).toBe((await attempts()).at(-1)?.id);
    expect(result.would).toMatchObject({ blocked: false });
  });
});

describe('a run of which it cannot be said', () => {
  /** The database as it is changed, for one simulation of the broken head. */
  async function after(change: (evaluation: Evaluation) => [string, string]): Promise<SimulatedRun> {
    const { evaluation } = await resultOf(await simulated(THEN), 'broken');
    const [column, value] = change(evaluation);
    const { rows } = await pool.query<{ was: string }>(
      `select ${column} was from docops.evaluations where id = $1`,
      [evaluation.id],
    );
    const set = (to: string | undefined): Promise<unknown> =>
      pool.query(`update docops.evaluations set ${column} = $2 where id = $1`, [evaluation.id, to]);
    await set(value);
    try {
      const { results, state } = await simulated(THEN);
      expect(state).toBe('done');
      // The others are said all the same.
      expect(results.filter(({ would }) => would === null)).toHaveLength(1);
      return results.find(({ evaluationId }) => evaluationId === evaluation.id)!;
    } finally {
      await set(rows[0]?.was);
    }
  }

  it('has commits that are gone', async () => {
    const result = await after(() => ['base_sha', 'f'.repeat(40)]);
    expect(result).toMatchObject({ was: { blocked: true }, would: null, note: 'its commits are gone' });
  });

  it('was measured anew as a whole', async () => {
    const result = await after(() => ['rerun', 'full']);
    expect(result.note).toContain('/rerun-eval full');
  });

  it('would need something to run, and says what', async () => {
    const { rows } = await pool.query<{ key: string }>(
      `select key, count(*) from docops.measurements group by key order by count(*) desc limit 1`,
    );
    const key = rows[0]!.key;
    await pool.query('create table kept as select * from docops.measurements where key = $1', [key]);
    await pool.query('delete from docops.measurements where key = $1', [key]);
    try {
      const { results, state } = await simulated(THEN);
      expect(state).toBe('done');
      const notes = results.flatMap(({ would, note }) => (would === null ? [note] : []));
      expect(notes.length).toBeGreaterThan(0);
      for (const note of notes)
        expect(note).toMatch(
          /^it needs a run of the (base|head)(, run 2)? on \d+ documents? that is not stored$/,
        );
      expect(await pool.query('select from docops.measurements where key = $1', [key])).toMatchObject({
        rowCount: 0,
      });
    } finally {
      await pool.query('insert into docops.measurements select * from kept');
      await pool.query('drop table kept');
    }
  });
});

describe('what is kept of a stranger’s run', () => {
  it('names no document and no value, whatever the policy is', async () => {
    const { result } = await resultOf(
      await simulated(`${THEN}    gate:\n      max_new_errors: { grand_total: 0 }\n`),
      'stranger',
    );
    expect(result.would).toMatchObject({ blocked: true });
    expect(result.would?.reasons.join(' ')).toContain('grand_total');
    expect(JSON.stringify(result)).not.toMatch(/inv-0\d|\.50/);
    const { result: trusted } = await resultOf(
      await simulated(`${THEN}    gate:\n      max_new_errors: { grand_total: 0 }\n`),
      'broken',
    );
    expect(JSON.stringify(trusted)).toMatch(/inv-0\d/);
  });
});

describe('a worker', () => {
  it('that stops hands the simulation back, and the next one begins it again', async () => {
    const { id } = await ask(THEN);
    const stop = new AbortController();
    let opened = 0;
    const { corridor } = otherCorridor('w1', (mirrors) => ({
      open: async (repository, wanted) => {
        opened += 1;
        if (opened === 3) stop.abort();
        return mirrors.open(repository, wanted);
      },
    }));
    const job = { kind: 'simulate', simulationId: id } as const;
    const stopped = corridor.handlers.simulate(job, { signal: stop.signal, attempt: 1 });
    await expect(stopped).rejects.toThrow(RetryLater);
    const half = await simulations.simulation(id);
    expect(half).toMatchObject({ state: 'running', finishedAt: null });
    expect(half?.results).toHaveLength(2);

    const next = otherCorridor('w2');
    await next.corridor.handlers.simulate(job, never());
    expect((await simulations.simulation(id))?.state).toBe('running');
    await journey().until('the sweep finds it', async () => {
      await next.corridor.handlers.reconcile({ kind: 'reconcile' }, never()).catch(() => undefined);
      return next.queued.some((queued) => JSON.stringify(queued) === JSON.stringify(job));
    });
    await next.corridor.handlers.simulate(job, never());
    const done = await simulations.simulation(id);
    expect(done?.state).toBe('done');
    expect(done?.results).toHaveLength(6);
  });

  it('that lost the simulation to another one adds nothing to it', async () => {
    const { id } = await ask(THEN);
    const { corridor } = otherCorridor('slow', (mirrors) => ({
      open: async (repository, wanted) => {
        await pool.query(`update docops.simulations set worker = 'fast' where id = $1`, [id]);
        return mirrors.open(repository, wanted);
      },
    }));
    await corridor.handlers.simulate({ kind: 'simulate', simulationId: id }, never());
    expect(await simulations.simulation(id)).toMatchObject({ state: 'running', results: [], problem: null });
  });

  it('that cannot read the repository ends it in words, without what only its log should say', async () => {
    const { id } = await ask(THEN);
    const { corridor } = otherCorridor('w3', () => ({
      open: () => Promise.reject(new Error('EACCES: /var/lib/secret/place')),
    }));
    await corridor.handlers.simulate({ kind: 'simulate', simulationId: id }, never());
    const failed = await simulations.simulation(id);
    expect(failed).toMatchObject({ state: 'failed', results: [] });
    expect(failed?.problem).toContain('Try it again');
    expect(failed?.problem).not.toContain('secret');
  });

  it('finds nothing to do for one that ended, or that nobody asked for', async () => {
    const { corridor } = otherCorridor('w4');
    const { id } = await simulated(THEN, { lastRuns: 1 });
    const before = await simulations.simulation(id);
    for (const simulationId of [id, randomUUID()])
      await corridor.handlers.simulate({ kind: 'simulate', simulationId }, never());
    expect(await simulations.simulation(id)).toEqual(before);
  });
});
