/** A run behind the whole site, over literal ports: what a test names is there, and nothing else. */
import { randomUUID } from 'node:crypto';
import type { Acceptance, Evaluation, PipelineReport } from '../../src/core/app-words.js';
import type { Report } from '../../src/core/report/schema.js';
import type { SitePorts } from '../../src/http/site/words.js';
import type { DocumentAddress, DocumentItem } from '../../src/ports/document-views.js';
import type { Run, StageLine, Waiting } from '../../src/ports/insight.js';
import type { RepositoryAccess } from '../../src/ports/people.js';
import { blockReport } from '../support/report.js';
import { Browser, testSite, type TestSite, URL_OF_SITE } from './site-support.js';

export const REPOSITORY = { id: 21, installationId: 3, owner: 'acme', name: 'extract' };

export function evaluation(more: Partial<Evaluation> = {}): Evaluation {
  return {
    id: randomUUID(),
    repositoryId: REPOSITORY.id,
    headSha: 'a'.repeat(40),
    baseRef: 'main',
    kind: 'pull-request',
    pullNumber: 7,
    baseSha: 'b'.repeat(40),
    headRef: 'refs/pull/7/head',
    situation: { key: 'k', keyWithoutBase: 'k' },
    decision: { kind: 'evaluate', pipelines: [], sandbox: 'none', changedPaths: [] },
    policy: null,
    trust: { trusted: true, reason: 'may write', aggregatesOnly: false },
    state: 'reported',
    attempt: 1,
    cause: 'look',
    why: 'opened',
    rerun: null,
    onlyPipeline: null,
    tries: 1,
    failure: null,
    progress: null,
    attribution: null,
    warnings: [],
    supersededBy: null,
    createdAt: new Date(0),
    startedAt: null,
    finishedAt: null,
    deadlineAt: new Date(0),
    ...more,
  };
}

export function reportOf(pipeline: string, report: Report = blockReport()): PipelineReport {
  return { pipeline, planId: 'p', report: { ...report, pipeline }, reusedFrom: null };
}

export function runOf(of: Evaluation, more: Partial<Run> = {}): Run {
  const { id, repositoryId, kind, pullNumber, headSha, baseRef, baseSha, attempt, why, state } = of;
  return {
    id,
    repositoryId,
    kind,
    pullNumber,
    title: 'Faster totals',
    headSha,
    baseRef,
    baseSha,
    attempt,
    why,
    state,
    decision: of.decision.kind,
    failure: of.failure,
    conclusion: 'failure',
    supersededBy: of.supersededBy,
    createdAt: of.createdAt,
    startedAt: of.startedAt,
    finishedAt: of.finishedAt,
    pipelines: [],
    ...more,
  };
}

export interface RunSite extends TestSite {
  /** Changes what the state says from now on. */
  readonly state: { evaluation: Evaluation; reports: readonly PipelineReport[] };
  /** Times that the state was asked for the evaluation and for its reports. */
  readonly asked: { evaluation: number; reports: number };
  readonly viewed: DocumentAddress[];
  /** Where sign-in is not set up: with the key of its link. */
  ask(path?: string, query?: Record<string, string>, headers?: Record<string, string>): Promise<Response>;
  text(path?: string, query?: Record<string, string>): Promise<string>;
  /** Somebody who is signed in, with this role in the repository. */
  browser(): Promise<Browser>;
}

export function runSite(options: {
  readonly evaluation?: Evaluation;
  readonly reports?: readonly PipelineReport[];
  readonly runs?: readonly Run[];
  readonly acceptances?: readonly Acceptance[];
  readonly stages?: readonly StageLine[];
  readonly waiting?: Waiting;
  readonly items?: readonly DocumentItem[];
  readonly signIn?: boolean;
  readonly access?: readonly RepositoryAccess[];
  readonly ports?: Partial<SitePorts>;
}): RunSite {
  const state = { evaluation: options.evaluation ?? evaluation(), reports: options.reports ?? [] };
  const asked = { evaluation: 0, reports: 0 };
  const viewed: DocumentAddress[] = [];
  const runs = options.runs ?? [runOf(state.evaluation)];
  const site = testSite({
    signIn: options.signIn ?? false,
    ...(options.access === undefined ? {} : { access: options.access }),
    ports: {
      store: {
        evaluation: (id: string) => {
          asked.evaluation += 1;
          return Promise.resolve(id === state.evaluation.id ? state.evaluation : undefined);
        },
        reports: () => {
          asked.reports += 1;
          return Promise.resolve(state.reports);
        },
        repository: (id: number) => Promise.resolve(id === REPOSITORY.id ? REPOSITORY : undefined),
      } as unknown as SitePorts['store'],
      insight: {
        run: (id: string) => Promise.resolve(runs.find((run) => run.id === id)),
        runs: () => Promise.resolve({ runs, next: null }),
        acceptancesOf: () => Promise.resolve(options.acceptances ?? []),
        stages: () => Promise.resolve(options.stages ?? []),
        waitingFor: () => Promise.resolve(options.waiting ?? { ahead: 0, running: 0 }),
      } as unknown as SitePorts['insight'],
      documents: {
        view: (address) => {
          viewed.push(address);
          return Promise.resolve(options.items ?? []);
        },
      },
      ...options.ports,
    },
  });
  const { id } = state.evaluation;
  const key = site.ports.links.keyOf(id);
  const ask: RunSite['ask'] = async (path = '', query = {}, headers = {}) =>
    site.app.request(
      `${URL_OF_SITE}/evaluations/${id}${path}?${new URLSearchParams({ key, ...query }).toString()}`,
      { headers: { accept: 'text/html', ...headers } },
    );
  return {
    ...site,
    state,
    asked,
    viewed,
    ask,
    text: async (path, query) => (await ask(path, query)).text(),
    async browser() {
      const browser = new Browser(site.app);
      await browser.signIn(site.github);
      return browser;
    },
  };
}
