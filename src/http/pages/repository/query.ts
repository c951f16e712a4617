/** What the address of a repository's page asks for. What is not understood falls back to what is shown without it. */
import { VERDICTS, type Verdict } from '../../../core/report/schema.js';
import { GATE_ANSWERS, type GateAnswer } from '../../../ports/insight.js';

export const PERIODS = [7, 30, 90, 365] as const;
const USUAL_DAYS = 90;
const MAX_CHARACTERS = 300;
const BRANCHES = ['main', 'master'];

export interface Asked {
  readonly branch: string | null;
  readonly pipeline: string | null;
  readonly days: number;
  readonly runs: RunsAsked;
}

export interface RunsAsked {
  readonly pipeline: string | null;
  readonly verdict: Verdict | null;
  readonly pull: number | null;
  /** Of the shown period. */
  readonly answer: GateAnswer | null;
  readonly current: boolean;
  readonly after: string | null;
}

export function asked(query: Readonly<Record<string, string>>): Asked {
  const text = (key: string): string | null => {
    const value = query[key];
    return value === undefined || value === '' || value.length > MAX_CHARACTERS || value.includes('\0')
      ? null
      : value;
  };
  const days = Number(query['days']);
  const pull = Number(/^#?(\d{1,9})$/.exec((query['pull'] ?? '').trim())?.[1] ?? 0);
  return {
    branch: text('branch'),
    pipeline: text('pipeline'),
    days: PERIODS.find((one) => one === days) ?? USUAL_DAYS,
    runs: {
      pipeline: text('run_pipeline'),
      verdict: VERDICTS.find((verdict) => verdict === query['verdict']) ?? null,
      pull: pull > 0 ? pull : null,
      answer: GATE_ANSWERS.find((answer) => answer === query['answer']) ?? null,
      current: query['current'] === 'yes',
      after: text('after'),
    },
  };
}

/** The query that asks for the same again; what is usual is left out. */
export function queryOf({ branch, pipeline, days, runs }: Asked): Record<string, string | number | null> {
  return {
    branch,
    pipeline,
    days: days === USUAL_DAYS ? null : days,
    run_pipeline: runs.pipeline,
    verdict: runs.verdict,
    pull: runs.pull,
    answer: runs.answer,
    current: runs.current ? 'yes' : null,
    after: runs.after,
  };
}

export interface Scope {
  readonly branch: string;
  readonly pipeline: string;
  readonly branches: readonly string[];
  /** Of the branch. */
  readonly pipelines: readonly string[];
}

/** Branches and pipelines whose names an address carries: git's and the configuration's own limits are lower. */
export function nameable<T extends { readonly pipeline: string; readonly baseRef: string }>(
  known: readonly T[],
): readonly T[] {
  return known.filter(
    ({ pipeline, baseRef }) => pipeline.length <= MAX_CHARACTERS && baseRef.length <= MAX_CHARACTERS,
  );
}

/** Null: nothing was ever evaluated. An unknown branch or pipeline falls back to the first known one. */
export function scopeOf(
  known: readonly { readonly pipeline: string; readonly baseRef: string }[],
  want: Pick<Asked, 'branch' | 'pipeline'>,
): Scope | null {
  const branches = [...new Set(known.map(({ baseRef }) => baseRef))];
  const branch = [want.branch, ...BRANCHES, branches[0]].find((one) => branches.some((each) => each === one));
  const pipelines = [
    ...new Set(known.filter(({ baseRef }) => baseRef === branch).map(({ pipeline }) => pipeline)),
  ];
  const pipeline = pipelines.find((one) => one === want.pipeline) ?? pipelines[0];
  if (branch === undefined || branch === null || pipeline === undefined) return null;
  return { branch, pipeline, branches, pipelines };
}
