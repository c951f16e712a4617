/**
 * Three months of a life: evaluations made through the store as the corridor makes them, then moved to their day by SQL,
 * which only this may do. The same rows for the same seed and moment.
 */
import type pg from 'pg';
import type {
  CheckConclusion,
  Decision,
  Evaluation,
  PipelineReport,
  PullRequest,
  RepositoryRef,
} from '../../../src/core/app-words.js';
import { redactReport } from '../../../src/core/check/index.js';
import { maskReport } from '../../../src/core/report/mask.js';
import type { Report } from '../../../src/core/report/schema.js';
import type { Spending } from '../../../src/ports/spending.js';
import type { NewEvaluation, Store } from '../../../src/ports/store.js';
import { createSpending } from '../../../src/postgres/spending.js';
import { crashReport, HOSTILE_TEXTS, hiddenLossesReport, hostileReport } from '../report.js';
import { moved, noisy, seeded, swapped, unchanged } from './reports.js';

const DAY_MS = 24 * 60 * 60_000;
const DAYS = 90;
const RUNS = 60;
/** Main moves each so many runs. */
const RUNS_PER_MERGE = 3;
/** The dataset grew on this day. */
const NEW_DATASET_DAY = 40;

export interface SeededRepositories {
  /** Private, the one that most happens in. */
  readonly invoices: RepositoryRef;
  /** Private, and somebody else's. */
  readonly contracts: RepositoryRef;
  readonly receipts: RepositoryRef;
}

/** Ids of evaluations that tests open. */
export interface SeededRuns {
  readonly blocked: string;
  readonly passed: string;
  readonly noisy: string;
  readonly hidden: string;
  readonly crashed: string;
  readonly accepted: string;
  readonly running: string;
  readonly waiting: string;
  readonly held: string;
  readonly failed: string;
  readonly redacted: string;
  readonly hostile: string;
  readonly group: string;
  readonly masked: string;
  readonly contracts: string;
  readonly receipts: string;
}

interface Wanted {
  readonly repository: RepositoryRef;
  readonly number: number;
  readonly title: string;
  readonly headRef: string;
  readonly reports: readonly Report[];
  readonly conclusion: CheckConclusion;
  readonly agoMs: number;
  readonly pull?: Partial<PullRequest>;
  readonly more?: Partial<NewEvaluation>;
  /** One for each report; made up when they are not given. */
  readonly planIds?: readonly string[];
}

/** `sample`: what the product says of a branch that blocks. */
export async function seedSite(
  pool: pg.Pool,
  store: Store,
  repositories: SeededRepositories,
  sample: Report,
  now = Date.now(),
): Promise<SeededRuns> {
  await store.saveRepositories(Object.values(repositories) as RepositoryRef[]);
  for (const { installationId, owner } of Object.values(repositories) as RepositoryRef[])
    await store.saveInstallation(installationId, owner, 'active');
  const seed = new Seed(pool, store, sample, now);
  await seed.history(repositories.invoices);
  return { ...(await seed.special(repositories.invoices)), ...(await seed.others(repositories)) };
}

class Seed {
  readonly #pool: pg.Pool;
  readonly #store: Store;
  readonly #sample: Report;
  readonly #now: number;
  readonly #spending: Spending;
  readonly #random = seeded(20_261_123);
  #number = 40;
  #serial = 0;

  constructor(pool: pg.Pool, store: Store, sample: Report, now: number) {
    this.#pool = pool;
    this.#store = store;
    this.#spending = createSpending(pool);
    this.#sample = sample;
    this.#now = now;
  }

  /** Evaluations of two pipelines in which main becomes slowly better, with a bad week. */
  async history(repository: RepositoryRef): Promise<void> {
    const drift = new Map<string, number>();
    for (let i = 0; i < RUNS; i += 1) {
      const day = (i / RUNS) * DAYS;
      if (i % RUNS_PER_MERGE === 0)
        for (const { field } of this.#sample.fields)
          drift.set(
            field,
            -0.11 + (day / DAYS) * 0.1 + (this.#random() - 0.5) * 0.05 - (day > 50 && day < 58 ? 0.07 : 0),
          );
      const kind = this.#random();
      const make = (report: Report, pipeline: string): Report =>
        this.#dressed(
          moved(report, (field) => drift.get(field) ?? 0),
          pipeline,
          day,
          i,
        );
      const base = kind < 0.2 ? this.#sample : kind < 0.45 ? swapped(this.#sample) : unchanged(this.#sample);
      const invoices = make(base, 'invoices');
      const receipts = make(noisy(unchanged(this.#sample), ['line_items', 'seller.name']), 'receipts');
      const conclusion = invoices.blocked ? 'failure' : 'success';
      const wanted: Wanted = {
        repository,
        number: this.#nextNumber(),
        title: TITLES[i % TITLES.length] ?? '',
        headRef: BRANCHES[i % BRANCHES.length] ?? '',
        reports: i % 4 === 1 ? [invoices, receipts] : [invoices],
        conclusion,
        agoMs: (DAYS - day) * DAY_MS,
        pull: { open: false, merged: !invoices.blocked },
      };
      const made = await this.#evaluated(wanted);
      if (i % 17 === 5) await this.#again(made, wanted, i % 2 === 0);
    }
    for (const [tag, day] of [
      ['v1.4.0', 18],
      ['v1.5.0', 47],
      ['v2.0.0', 74],
    ] as const)
      await this.#pool.query('insert into docops.releases (repository_id, tag, at) values ($1, $2, $3)', [
        repository.id,
        tag,
        new Date(this.#now - (DAYS - day) * DAY_MS),
      ]);
  }

  /** One of each state and verdict, of the last days. */
  async special(repository: RepositoryRef): Promise<Omit<SeededRuns, 'masked' | 'contracts' | 'receipts'>> {
    const sample = this.#sample;
    const made = async (wanted: Omit<Wanted, 'repository' | 'number'>): Promise<Evaluation> =>
      this.#evaluated({ repository, number: this.#nextNumber(), ...wanted });
    const dressed = (report: Report, pipeline = 'invoices'): Report =>
      this.#dressed(report, pipeline, DAYS, this.#serial);

    const passed = await made({
      title: 'Dates of Swiss invoices',
      headRef: 'swiss-dates',
      reports: [dressed(swapped(sample)), dressed(unchanged(sample), 'receipts')],
      conclusion: 'success',
      agoMs: 9 * 3_600_000,
    });
    const noisyRun = await made({
      title: 'Another temperature for the receipts model',
      headRef: 'temperature',
      reports: [dressed(noisy({ ...sample, verdict: 'warn', blocked: false }, ['line_items']), 'receipts')],
      conclusion: 'success',
      agoMs: 8 * 3_600_000,
    });
    const hidden = await made({
      title: 'Faster line items',
      headRef: 'fast-items',
      reports: [dressed(hiddenLossesReport(), 'orders')],
      conclusion: 'success',
      agoMs: 7 * 3_600_000,
    });
    const crashed = await made({
      title: 'Read the second page as well',
      headRef: 'second-page',
      reports: [dressed(crashReport(), 'orders')],
      conclusion: 'failure',
      agoMs: 6 * 3_600_000,
    });
    const accepted = await this.#accepted(repository, dressed(sample));
    const group = await made({
      title: 'Merge group',
      headRef: 'gh-readonly-queue/main/pr-100',
      reports: [dressed(swapped(sample))],
      conclusion: 'success',
      agoMs: 4 * 3_600_000,
      more: {
        kind: 'merge-group',
        pullNumber: null,
        headRef: 'refs/heads/gh-readonly-queue/main/pr-100',
      },
    });
    const redacted = await made({
      title: 'Fix a typo in the totals',
      headRef: 'patch-1',
      reports: [redactReport(dressed(sample))],
      conclusion: 'failure',
      agoMs: 3 * 3_600_000,
      pull: { author: { login: 'mallory', type: 'user' } },
      more: { trust: { trusted: true, reason: 'ada approved this commit.', aggregatesOnly: true } },
    });
    const hostile = await made({
      title: HOSTILE_TEXTS[0] ?? '',
      headRef: `x/${(HOSTILE_TEXTS[1] ?? '').slice(0, 60)}`,
      reports: [hostileReport()],
      conclusion: 'failure',
      agoMs: 2 * 3_600_000,
      more: { why: HOSTILE_TEXTS[2] ?? '' },
    });
    const failed = await this.#open(repository, 'Newer base image', 'base-image', 100 * 60_000);
    await this.#store.fail(failed.id, {
      class: 'infrastructure',
      message: 'the machine was taken back three times',
      mend: 'press Re-run; nothing has to be changed',
    });
    const held = await this.#open(repository, 'Add Polish invoices', 'polish', 80 * 60_000, {
      state: 'judged',
      decision: { kind: 'hold', reason: 'mallory cannot write to this repository.', policy: 'hold' },
      trust: { trusted: false, reason: 'mallory cannot write to this repository.', aggregatesOnly: true },
    });
    const blocked = await made({
      title: 'Totals without thousands separators',
      headRef: 'regression',
      reports: [this.#dressed(sample, 'invoices', DAYS, -1)],
      conclusion: 'failure',
      agoMs: 50 * 60_000,
    });
    const running = await this.#open(repository, 'Model of November', 'november', 3 * 60_000);
    await this.#store.claim(running.id, 'worker-1', 60_000);
    await this.#store.heartbeat(running.id, 'worker-1', {
      stage: 'measuring head of invoices',
      done: 26,
      total: 58,
      estimatedEndMs: this.#now + 4 * 60_000,
    });
    const waiting = await this.#open(repository, 'Two columns on a page', 'columns', 60_000);
    for (const [document, value] of [
      ['alpenblick-02', '2805.84'],
      ['bistro-03', null],
    ] as const)
      await this.#store.dispute(repository.id, {
        pullNumber: 41,
        pipeline: 'invoices',
        document,
        field: 'grand_total',
        value,
        reason: 'The stamp hides the digits.',
        by: 'bob',
        cause: `comment:${document}`,
      });
    const ids = {
      passed,
      noisy: noisyRun,
      hidden,
      crashed,
      accepted,
      running,
      waiting,
      held,
      failed,
      redacted,
      hostile,
      group,
      blocked,
    };
    return Object.fromEntries(Object.entries(ids).map(([name, { id }]) => [name, id])) as Record<
      keyof typeof ids,
      string
    >;
  }

  async others({
    contracts,
    receipts,
  }: SeededRepositories): Promise<Pick<SeededRuns, 'masked' | 'contracts' | 'receipts'>> {
    const one = async (repository: RepositoryRef, report: Report, agoMs: number): Promise<string> => {
      const wanted = { repository, number: this.#nextNumber(), title: 'Another model', headRef: 'model' };
      const conclusion = report.blocked ? 'failure' : 'success';
      return (await this.#evaluated({ ...wanted, reports: [report], conclusion, agoMs })).id;
    };
    const masked = maskReport(this.#dressed(this.#sample, 'contracts', DAYS, 1), [
      'grand_total',
      'seller.vat_id',
    ]);
    return {
      contracts: await one(
        contracts,
        this.#dressed(unchanged(this.#sample), 'contracts', DAYS, 2),
        40 * 3_600_000,
      ),
      masked: await one(contracts, masked, 20 * 3_600_000),
      receipts: await one(
        receipts,
        this.#dressed(swapped(this.#sample), 'receipts', DAYS, 3),
        30 * 3_600_000,
      ),
    };
  }

  #nextNumber(): number {
    return (this.#number += 1);
  }

  /** Commits, fingerprints, dataset and costs of that day. `serial` < 0: the sample's own commits, whose files can be shown. */
  #dressed(report: Report, pipeline: string, day: number, serial: number): Report {
    const hex = (text: string, length: number): string =>
      Array.from({ length }, (_, i) => ((text.charCodeAt(i % text.length) * (i + 7)) % 16).toString(16)).join(
        '',
      );
    const merge = Math.floor(Math.max(0, serial) / RUNS_PER_MERGE);
    const version = day < NEW_DATASET_DAY ? hex('first', 64) : report.dataset.version;
    const documents = day < NEW_DATASET_DAY ? report.dataset.documents - 14 : report.dataset.documents;
    const usd = Math.round((0.22 + this.#random() * 0.3) * 1e4) / 1e4;
    return {
      ...report,
      pipeline,
      base: {
        ...report.base,
        ref: 'main',
        ...(serial < 0
          ? {}
          : { commit: report.base.commit, fingerprint: hex(`base ${merge} ${pipeline}`, 64) }),
      },
      head: { ...report.head, ...(serial < 0 ? {} : { fingerprint: hex(`head ${serial} ${pipeline}`, 64) }) },
      dataset: { ...report.dataset, version, documents },
      cost: {
        base_usd: usd,
        head_usd: usd * 1.04,
        base_per_thousand: (usd / documents) * 1000,
        head_per_thousand: (usd / documents) * 1040,
        max_increase: null,
      },
      run: {
        ...report.run,
        seconds: Math.round((22 + this.#random() * 30) * 10) / 10,
        reported_usd: Math.round(usd * 2.04 * 1e4) / 1e4,
      },
    };
  }

  #decision(reports: readonly Report[], planIds: readonly (string | null)[]): Decision {
    return {
      kind: 'evaluate',
      sandbox: 'none',
      changedPaths: ['extract/totals.mjs', 'extract/text.mjs'],
      pipelines: reports.map(({ pipeline }, i) => ({
        name: pipeline,
        patterns: ['extract/**'],
        applicable: true,
        planId: planIds[i] ?? null,
      })),
    };
  }

  async #evaluated(wanted: Wanted): Promise<Evaluation> {
    const { reports, agoMs } = wanted;
    const serial = (this.#serial += 1);
    const planIds = wanted.planIds ?? reports.map(({ pipeline }) => `plan-${serial}-${pipeline}`);
    const evaluation = await this.#create(
      wanted,
      { decision: this.#decision(reports, planIds), ...wanted.more },
      serial,
    );
    const results = reports.map((report, i): PipelineReport => ({
      pipeline: report.pipeline,
      planId: planIds[i] ?? null,
      report: { ...report, run: { ...report.run, id: evaluation.id } },
      reusedFrom: null,
    }));
    await this.#store.claim(evaluation.id, 'worker-1', 60_000);
    await this.#store.finish(evaluation.id, 'worker-1', {
      reports: results,
      warnings: [],
      attribution:
        wanted.more?.kind === 'merge-group'
          ? [
              {
                pullNumber: 98,
                commit: 'c'.repeat(40),
                pipeline: 'invoices',
                moved: [{ field: 'grand_total', before: 0.879, after: 0.931 }],
              },
            ]
          : null,
    });
    for (const [i, { run }] of reports.entries())
      if (run.reported_usd !== null)
        await this.#spending.charge(
          evaluation.id,
          wanted.repository.id,
          `extractor of ${reports[i]?.pipeline ?? ''}, try 1`,
          run.reported_usd,
        );
    await this.#told(evaluation.id, wanted.conclusion);
    await this.#age(evaluation.id, agoMs, reports[0]?.run.seconds ?? 30);
    return evaluation;
  }

  async #create(
    {
      repository,
      number,
      title,
      headRef,
      pull,
    }: Pick<Wanted, 'repository' | 'number' | 'title' | 'headRef' | 'pull'>,
    more: Partial<NewEvaluation>,
    serial: number,
  ): Promise<Evaluation> {
    const headSha = serial.toString(16).padStart(40, 'a1b2c3d4e5f60718');
    await this.#store.savePullRequest(repository.id, {
      number,
      title,
      open: true,
      merged: false,
      draft: false,
      author: { login: 'bob', type: 'user' },
      headSha,
      headRef,
      headRepositoryId: repository.id,
      baseRef: 'main',
      baseSha: this.#sample.base.commit ?? '',
      ...pull,
    });
    const pipelines = more.decision?.kind === 'evaluate' ? more.decision.pipelines : [];
    const { evaluation } = await this.#store.createEvaluation({
      repositoryId: repository.id,
      headSha,
      baseRef: 'main',
      kind: 'pull-request',
      pullNumber: number,
      baseSha: this.#sample.base.commit ?? '',
      headRef: `refs/pull/${number}/head`,
      situation: { key: `situation ${serial}`, keyWithoutBase: `without ${serial}` },
      decision: this.#decision([this.#sample], [`plan-${serial}`]),
      policy: {
        comment: 'on-change',
        onBaseMove: 'reevaluate',
        override: { roles: ['maintain', 'admin'], expiresMs: 7 * DAY_MS },
        budgetPerMonthUsd: 300,
      },
      trust: { trusted: true, reason: 'bob has the role write here.', aggregatesOnly: false },
      cause: `look:${serial}`,
      why: 'first look',
      rerun: null,
      onlyPipeline: null,
      state: 'planned',
      deadlineMs: 2 * 3_600_000,
      checks: [
        { pipeline: null, name: 'DocOps (main)' },
        ...(pipelines.length > 1
          ? pipelines.map(({ name }) => ({ pipeline: name, name: `DocOps (main): ${name}` }))
          : []),
      ],
      ...more,
    });
    return evaluation;
  }

  /** An evaluation that has no reports (yet). */
  async #open(
    repository: RepositoryRef,
    title: string,
    headRef: string,
    agoMs: number,
    more: Partial<NewEvaluation> = {},
  ): Promise<Evaluation> {
    const serial = (this.#serial += 1);
    const wanted = { repository, number: this.#nextNumber(), title, headRef };
    const evaluation = await this.#create(wanted, more, serial);
    await this.#age(evaluation.id, agoMs, null);
    return evaluation;
  }

  /** The same plan measured once more; `otherwise`: with another answer. */
  async #again(first: Evaluation, wanted: Wanted, otherwise: boolean): Promise<void> {
    const { decision } = first;
    const planIds = decision.kind === 'evaluate' ? decision.pipelines.map(({ planId }) => planId ?? '') : [];
    const reports = wanted.reports.map((report) => {
      if (!otherwise) return report;
      const verdict = report.verdict === 'pass' ? ('warn' as const) : ('pass' as const);
      return { ...report, verdict, blocked: false };
    });
    await this.#evaluated({
      ...wanted,
      planIds,
      reports,
      agoMs: wanted.agoMs - 3_600_000,
      more: { headRef: first.headRef, why: '/rerun-eval by @bob', rerun: 'full' },
    });
  }

  /** A regression, the acceptance of it, and the attempt that took the reports over. */
  async #accepted(repository: RepositoryRef, report: Report): Promise<Evaluation> {
    const wanted: Wanted = {
      repository,
      number: this.#nextNumber(),
      title: 'Drop the old stamp templates',
      headRef: 'no-stamps',
      reports: [report],
      conclusion: 'failure',
      agoMs: 30 * 3_600_000,
    };
    const first = await this.#evaluated(wanted);
    await this.#store.accept({
      repositoryId: repository.id,
      headSha: first.headSha,
      baseRef: 'main',
      situationKey: first.situation.key,
      fields: ['grand_total'],
      reason: 'These templates are no longer in use.',
      by: 'ada',
      role: 'admin',
      expiresMs: 7 * DAY_MS,
      cause: `comment:${first.id}`,
    });
    const { evaluation } = await this.#store.createEvaluation({
      ...first,
      cause: `comment:${first.id}`,
      why: 'regression accepted by @ada',
      state: 'judged',
      deadlineMs: 2 * 3_600_000,
      checks: [{ pipeline: null, name: 'DocOps (main)' }],
      reports: (await this.#store.reports(first.id)).map((one) => ({ ...one, reusedFrom: first.id })),
    });
    await this.#told(evaluation.id, 'success');
    await this.#age(evaluation.id, 29 * 3_600_000, 1);
    return evaluation;
  }

  /** GitHub has its check runs, concluded. */
  async #told(evaluationId: string, conclusion: CheckConclusion): Promise<void> {
    for (const check of await this.#store.checks(evaluationId)) {
      await this.#store.beginCheckCreation(check.id);
      await this.#store.savePosted(check.id, {
        githubId: (this.#serial += 1) + 9_000_000,
        hash: conclusion,
        status: 'completed',
        conclusion,
      });
    }
    await this.#store.markReported(evaluationId);
  }

  /** All that was written of an evaluation just now becomes so old. */
  async #age(evaluationId: string, agoMs: number, seconds: number | null): Promise<void> {
    const created = new Date(this.#now - agoMs - (seconds ?? 0) * 1000 - 5_000);
    const set = (sql: string, ...values: unknown[]): Promise<unknown> =>
      this.#pool.query(sql, [evaluationId, ...values]);
    await set(
      `update docops.evaluations set created_at = $2,
        started_at = case when started_at is not null then $2::timestamptz + interval '4 seconds' end,
        finished_at = case when finished_at is not null then $3::timestamptz end where id = $1`,
      created,
      new Date(this.#now - agoMs),
    );
    for (const table of ['reports', 'report_summaries'])
      await set(
        `update docops.${table} set created_at = $2 where evaluation_id = $1`,
        new Date(this.#now - agoMs),
      );
    await set('update docops.charges set at = $2 where evaluation_id = $1', new Date(this.#now - agoMs));
    await set(
      `update docops.evaluation_stages stage set at = $2::timestamptz + (line.nth - 1) * interval '3 seconds'
        from (select id, row_number() over (order by id) as nth from docops.evaluation_stages where evaluation_id = $1) line
        where stage.id = line.id`,
      created,
    );
  }
}

const TITLES = [
  'Better totals',
  'Read dates with points',
  'Upgrade the PDF reader',
  'Tax of mixed rates',
  'Sellers with two lines',
  'Line items over two pages',
  'Prompt for receipts',
  'Refactor the table reader',
];
const BRANCHES = ['totals', 'dates', 'pdf-4', 'mixed-tax', 'sellers', 'long-tables', 'prompt', 'tables'];
