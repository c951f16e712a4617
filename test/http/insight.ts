/** Literal answers for pages that show how repositories did; nothing in them is random. */
import type { Context, Hono } from 'hono';
import type { ReportSummary } from '../../src/core/report/summary.js';
import { createLinks } from '../../src/http/links.js';
import type { Gatekeeper, Site } from '../../src/http/site/words.js';
import type { GateRecord, Insight, Run, RunPipeline, TrendPoint } from '../../src/ports/insight.js';
import type { Queue } from '../../src/ports/queue.js';

export const NOW = new Date('2026-11-23T06:00:00Z');
export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
export const REPOSITORY = { id: 21, installationId: 11, owner: 'acme', name: 'invoices' } as const;
export const ADA = { id: 5, login: 'ada' } as const;
export const LINKS = createLinks('https://docops.example.com', ['a-secret-of-32-characters-at-least']);

export const before = (ms: number): Date => new Date(NOW.getTime() - ms);

/** An id of a run that says which one it is. */
export const runId = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

export function pipeline(more: Partial<RunPipeline> = {}): RunPipeline {
  return {
    pipeline: 'invoices',
    verdict: 'pass',
    blocked: false,
    enforce: 'block',
    base: 0.912,
    head: 0.912,
    delta: 0,
    smallestDetectableDrop: 0.021,
    documents: 71,
    documentsRegressed: 0,
    documentsFixed: 0,
    datasetSource: 'eval/invoices',
    datasetVersion: 'd1'.repeat(32),
    baseCommit: 'b'.repeat(40),
    baseFingerprint: 'f'.repeat(64),
    headFingerprint: 'e'.repeat(64),
    deterministic: true,
    seconds: 42,
    usd: 0.12,
    fields: [],
    reusedFrom: null,
    ...more,
  };
}

export const blocked = (more: Partial<RunPipeline> = {}): RunPipeline =>
  pipeline({ verdict: 'block', blocked: true, head: 0.874, delta: -0.038, documentsRegressed: 6, ...more });

export function summaryField(
  field: string,
  more: Partial<ReportSummary['fields'][number]> = {},
): ReportSummary['fields'][number] {
  return {
    field,
    type: 'text',
    base: 0.9,
    head: 0.9,
    delta: 0,
    smallestDetectableDrop: 0.03,
    unreliable: false,
    noise: { differ: 0, of: 20 },
    ...more,
  };
}

export function run(n: number, more: Partial<Run> = {}): Run {
  return {
    id: runId(n),
    repositoryId: REPOSITORY.id,
    kind: 'pull-request',
    pullNumber: n,
    title: `Change ${n}`,
    headSha: n.toString(16).padStart(40, 'a'),
    baseRef: 'main',
    baseSha: 'b'.repeat(40),
    attempt: 1,
    why: 'first look',
    state: 'reported',
    decision: 'evaluate',
    failure: null,
    conclusion: 'success',
    supersededBy: null,
    createdAt: before(n * HOUR),
    startedAt: before(n * HOUR),
    finishedAt: before(n * HOUR),
    pipelines: [pipeline()],
    ...more,
  };
}

export function point(daysAgo: number, overall: number | null, more: Partial<TrendPoint> = {}): TrendPoint {
  return {
    evaluationId: runId(1_000 + Math.round(daysAgo * 24)),
    at: before(daysAgo * DAY),
    commit: 'c'.repeat(40),
    fingerprint: 'f'.repeat(64),
    datasetVersion: 'd1'.repeat(32),
    documents: 71,
    overall,
    fields: [],
    smallestDetectableDrop: 0.021,
    ...more,
  };
}

export const NO_RECORD: GateRecord = {
  runs: 0,
  blocked: 0,
  warned: 0,
  passed: 0,
  notMeasured: 0,
  notApplicable: 0,
  accepted: 0,
  revoked: 0,
  disputes: 0,
  flips: [],
  repeated: 0,
};

const missing = (): never => {
  throw new Error('this page asks nothing of the kind');
};

/** Answers nothing but what is given; repositories are found by name. */
export function insight(answers: Partial<Insight> = {}): Insight {
  return {
    repositoryNamed: (owner, name) =>
      Promise.resolve(owner === REPOSITORY.owner && name === REPOSITORY.name ? REPOSITORY : undefined),
    runs: () => Promise.resolve({ runs: [], next: null }),
    run: () => Promise.resolve(undefined),
    pipelines: () => Promise.resolve([]),
    trend: () => Promise.resolve([]),
    releases: () => Promise.resolve([]),
    gateRecord: () => Promise.resolve(NO_RECORD),
    overview: () => Promise.resolve([]),
    ...answers,
  } as Insight;
}

export interface SiteAnswers {
  readonly insight?: Partial<Insight>;
  readonly gate?: Partial<Gatekeeper>;
  readonly waiting?: Awaited<ReturnType<Queue['waiting']>>;
  readonly url?: string | null;
}

/** A site whose visitor is Ada with an admin's role, unless `gate` says otherwise. */
export function siteWith(answers: SiteAnswers = {}): Site {
  return {
    insight: insight(answers.insight),
    store: { now: () => Promise.resolve(NOW.getTime()) },
    queue: { waiting: () => Promise.resolve(answers.waiting ?? []) },
    links: LINKS,
    signIn: {},
    settings: {
      url: answers.url === undefined ? 'https://docops.example.com' : answers.url,
      gitHubUrl: 'https://github.com',
      version: '0.1.0',
      secrets: ['a-secret-of-32-characters-at-least'],
    },
    gate: {
      person: missing,
      visitor: () => Promise.resolve({ person: ADA, role: 'admin', seesDocuments: true, query: '' }),
      visitorWith: missing,
      nothingHere: (c: Context) => c.text('nothing here', 404),
      signedInAs: () => Promise.resolve(ADA),
      shortLived: missing,
      shortLivedHolds: missing,
      ...answers.gate,
    },
  } as unknown as Site;
}

/** Status and text of a page. */
export async function get(
  app: Hono,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ readonly status: number; readonly text: string; readonly headers: Headers }> {
  const response = await app.request(path, { headers });
  return { status: response.status, text: await response.text(), headers: response.headers };
}
