/** What is wrong at the end of a fault run: on GitHub, in the database, in the queue. Empty: everything is right. */
import type pg from 'pg';
import type { CheckRunView } from '../../src/emulated-github/index.js';
import type { Queue } from '../../src/ports/queue.js';
import { wrong } from './kinds.js';
import type { Pull } from './pulls.js';
import { CHECK, REPO, type Stage } from './stage.js';

export interface Violation {
  readonly kind: 'wrong' | 'pending' | 'doubled' | 'missing' | 'left-behind';
  readonly pull: number | null;
  readonly what: string;
}

export async function violations(
  { github }: Stage,
  pulls: readonly Pull[],
  pool: pg.Pool,
  queue: Queue,
): Promise<Violation[]> {
  const found: Violation[] = [];
  for (const pull of pulls) {
    for (const { kind, what } of await violationsOf(github, pull, pulls))
      found.push({ kind, what, pull: pull.number });
    const ours = (await github.comments(REPO, pull.number)).filter(
      ({ author }) => author === github.app.login,
    );
    if (ours.length > 1) found.push({ kind: 'doubled', pull: pull.number, what: `${ours.length} comments` });
  }
  const left = (what: string): void => void found.push({ kind: 'left-behind', pull: null, what });
  const { rows: evaluations } = await pool.query<{ id: string; state: string; head_sha: string }>(
    `select id, state, head_sha from docops.evaluations where state in ('planned', 'running', 'judged')`,
  );
  for (const { id, state, head_sha } of evaluations)
    left(`evaluation ${id} of ${head_sha.slice(0, 10)} is ${state}`);
  const { rows: hints } = await pool.query<{ id: string; kind: string; pull_number: number | null }>(
    'select id, kind, pull_number from docops.hints where finished_at is null',
  );
  for (const { id, kind, pull_number } of hints)
    left(`hint ${id} (${kind} of #${pull_number}) is not finished`);
  // A tick that failed is followed by the next one; everything else that is dead needs a person.
  for (const { job, reason } of await queue.dead())
    if (job?.kind !== 'reconcile' && job?.kind !== 'canary')
      left(`dead job ${JSON.stringify(job)}: ${reason}`);
  const answered = new Set(
    github.deliveries.filter(({ statusCode }) => statusCode === 200).map(({ guid }) => guid),
  );
  for (const guid of new Set(github.deliveries.map((delivery) => delivery.guid)))
    if (!answered.has(guid)) left(`delivery ${guid} was never received`);
  return found;
}

async function violationsOf(
  github: Stage['github'],
  pull: Pull,
  all: readonly Pull[],
): Promise<Pick<Violation, 'kind' | 'what'>[]> {
  const found: Pick<Violation, 'kind' | 'what'>[] = [];
  for (const [index, head] of pull.heads.entries()) {
    const runs = await github.checkRuns(REPO, head.sha);
    const current = all.some(({ heads }) => heads.at(-1)?.sha === head.sha);
    const shared = all.filter(({ heads }) => heads.some(({ sha }) => sha === head.sha)).length > 1;
    const at = `${index === pull.heads.length - 1 ? 'head' : 'earlier head'} ${head.sha.slice(0, 10)}`;
    for (const { name } of runs)
      if (name !== CHECK) found.push({ kind: 'doubled', what: `${at}: a check named ${name}` });
    for (const run of runs)
      if (run.status !== 'completed') found.push({ kind: 'pending', what: `${at}: ${said(run)}` });
    const answers = runs.filter(({ conclusion }) => conclusion !== 'cancelled');
    // A head that one pull request gave up and another still has may have been withdrawn and answered anew.
    const mostRuns = shared ? Number.POSITIVE_INFINITY : 1;
    if (answers.length > 1 || runs.length > mostRuns)
      found.push({ kind: 'doubled', what: `${at}: ${runs.map(said).join(', ')}` });
    const last = runs.at(-1);
    if (last === undefined) {
      if (current) found.push({ kind: 'missing', what: `${at} has no check run` });
      continue;
    }
    if (last.status !== 'completed' || (!current && last.conclusion === 'cancelled')) continue;
    const problem = wrong(last, head.answer);
    if (problem !== undefined) found.push({ kind: 'wrong', what: `${at}: ${problem}` });
  }
  return found;
}

export function said({ id, status, conclusion, title }: CheckRunView): string {
  return `check run ${id} ${conclusion ?? status} "${title}"`;
}

/** Rows and requests of one pull request, for a person who looks for the reason. */
export async function history({ github }: Stage, pull: Pull, pool: pg.Pool): Promise<string[]> {
  const lines: string[] = [`#${pull.number} ${pull.kind}`];
  for (const { sha } of pull.heads) {
    lines.push(
      `  head ${sha}: ${(await github.checkRuns(REPO, sha)).map(said).join(', ') || 'no check run'}`,
    );
    const { rows } = await pool.query<{ line: string }>(
      `select concat_ws(' ', 'evaluation', e.id, 'attempt', attempt, state, decision_kind, 'tries', tries, 'why', why,
          'superseded', superseded_by, 'failure', failure::text, 'pull', pull_number, created_at::time, started_at::time,
          finished_at::time, 'check', c.github_id, c.posted_status, c.posted_conclusion, 'begun', creation_begun_at::time,
          'posted', posted_at::time) as line
        from docops.evaluations e join docops.checks c on c.evaluation_id = e.id
        where head_sha = $1 order by attempt`,
      [sha],
    );
    lines.push(...rows.map(({ line }) => `    ${line}`));
  }
  const { rows: hints } = await pool.query<{ line: string }>(
    `select concat_ws(' ', 'hint', id, hint->>'why', delivery_guid, created_at::time, finished_at::time) as line
      from docops.hints where pull_number = $1 order by id`,
    [pull.number],
  );
  lines.push(...hints.map(({ line }) => `  ${line}`));
  for (const { event, action, statusCode, body, deliveredAt, guid } of github.deliveries)
    if ((JSON.parse(body) as { number?: number }).number === pull.number)
      lines.push(`  delivery ${guid} ${event}.${action} ${statusCode} ${deliveredAt.toISOString()}`);
  const ids = new Set<string>();
  for (const { sha } of pull.heads)
    for (const { id } of await github.checkRuns(REPO, sha)) ids.add(String(id));
  for (const { method, path, status } of github.requests)
    if (pull.heads.some(({ sha }) => path.includes(sha)) || ids.has(path.split('/').at(-1) ?? ''))
      lines.push(`  request ${method} ${path} ${status}`);
  return lines;
}
