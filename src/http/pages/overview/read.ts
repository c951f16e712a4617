/** What the first page shows: the repositories that somebody may see, and how busy the instance is. */
import type { RepositoryLine } from '../../../ports/insight.js';
import type { SignedIn, Site } from '../../site/words.js';

export const LINES_SHOWN = 50;
/** Repositories looked at for one person. */
const MAX_REPOSITORIES = 2_000;
const SEARCH_CHARACTERS = 100;
const MAX_PAGE = Math.ceil(MAX_REPOSITORIES / LINES_SHOWN);

export interface OverviewAsked {
  readonly search: string;
  /** From 1. */
  readonly page: number;
}

export interface OverviewView {
  readonly asked: OverviewAsked;
  readonly nowMs: number;
  /** All that this person may see. */
  readonly known: number;
  /** Of those, the ones that fit the search. */
  readonly found: number;
  /** Of this page: with regressions first, then the newest run first. */
  readonly lines: readonly RepositoryLine[];
  readonly pages: number;
  readonly openRegressions: number;
  readonly waiting: number;
  readonly running: number;
  readonly spentUsd: number;
  /** Of all repositories that have one. */
  readonly budgetUsd: number | null;
  readonly overBudget: number;
  /** Of the whole instance: a kind and an age say nothing of whose it is. */
  readonly oldestJob: { readonly kind: string; readonly ageMs: number } | null;
  readonly jobsWaiting: number;
}

export function overviewAsked(query: Readonly<Record<string, string>>): OverviewAsked {
  const page = Number(/^\d{1,4}$/.exec(query['page'] ?? '')?.[0] ?? 1);
  return {
    search: (query['search'] ?? '').trim().slice(0, SEARCH_CHARACTERS),
    page: Math.min(MAX_PAGE, Math.max(1, page)),
  };
}

export async function readOverview(
  { insight, queue, store }: Pick<Site, 'insight' | 'queue' | 'store'>,
  signedIn: SignedIn,
  asked: OverviewAsked,
): Promise<OverviewView> {
  const ids = (await signedIn.repositories())
    .map(({ repositoryId }) => repositoryId)
    .slice(0, MAX_REPOSITORIES);
  const [nowMs, all, jobs] = await Promise.all([
    store.now(),
    ids.length === 0 ? [] : insight.overview(ids),
    queue.waiting(),
  ]);
  const wanted = asked.search.toLowerCase();
  const found = all
    .filter(({ repository: { owner, name } }) => `${owner}/${name}`.toLowerCase().includes(wanted))
    .sort((a, b) => b.openRegressionsInAll - a.openRegressionsInAll || newest(b) - newest(a));
  const pages = Math.max(1, Math.ceil(found.length / LINES_SHOWN));
  const page = Math.min(asked.page, pages);
  const budgets = all.flatMap(({ budgetPerMonthUsd: usd }) => (usd === null ? [] : [usd]));
  const [oldest] = jobs
    .flatMap(({ kind, oldestMs }) => (oldestMs === null ? [] : [{ kind, ageMs: oldestMs }]))
    .sort((a, b) => b.ageMs - a.ageMs);
  return {
    asked: { ...asked, page },
    nowMs,
    known: all.length,
    found: found.length,
    lines: found.slice((page - 1) * LINES_SHOWN, page * LINES_SHOWN),
    pages,
    openRegressions: sum(all.map(({ openRegressionsInAll }) => openRegressionsInAll)),
    waiting: sum(all.map(({ waiting }) => waiting)),
    running: sum(all.map(({ running }) => running)),
    spentUsd: sum(all.map(({ spentThisMonthUsd }) => spentThisMonthUsd)),
    budgetUsd: budgets.length === 0 ? null : sum(budgets),
    overBudget: all.filter(isOverBudget).length,
    oldestJob: oldest ?? null,
    jobsWaiting: sum(jobs.map(({ waiting }) => waiting)),
  };
}

export function isOverBudget({ spentThisMonthUsd, budgetPerMonthUsd }: RepositoryLine): boolean {
  return budgetPerMonthUsd !== null && spentThisMonthUsd > budgetPerMonthUsd;
}

const newest = ({ lastRun }: RepositoryLine): number => lastRun?.createdAt.getTime() ?? 0;
const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
