import type { Octokit } from '@octokit/rest';
import type { Annotation } from '../core/app-words.js';
import { CHECK_ACTIONS, CHECK_ANNOTATIONS_PER_REQUEST } from '../core/limits.js';
import type { CheckRunInput, CheckRunState, Checks } from '../ports/github.js';
import type { Client } from './client.js';
import { segment, type Name } from './names.js';

interface CheckRun {
  readonly id: number;
  readonly status: string;
  readonly conclusion: string | null;
  readonly output?: { readonly annotations_count?: number } | null;
}

/**
 * Annotations: GitHub appends what each request brings and never forgets any. A check run's list only grows at its end,
 * so what GitHub counts already (`annotations_count`) is the beginning of the list, and only the rest is sent. The count
 * is asked for, not remembered: a crash between two batches repeats nothing.
 */
export function createChecks(client: Client): Checks {
  return {
    createCheck: (repository, check) =>
      client.inRepository(repository, async (octokit, at) => {
        const { data } = await octokit.rest.checks.create({
          ...at,
          head_sha: check.headSha,
          ...fieldsOf(check),
          ...outputOf(check, batch(check.annotations, 0)),
        });
        return await sendRest(octokit, at, check, data, CHECK_ANNOTATIONS_PER_REQUEST);
      }),

    updateCheck: (repository, id, check) =>
      client.inRepository(repository, async (octokit, at) => {
        const sent =
          check.annotations.length === 0
            ? 0
            : stateOf((await octokit.rest.checks.get({ ...at, check_run_id: id })).data).annotations;
        const { data } = await octokit.rest.checks.update({
          ...at,
          check_run_id: id,
          ...fieldsOf(check),
          ...outputOf(check, batch(check.annotations, sent)),
          // Progress gives way to verdicts when GitHub's limits are near.
          request: { spare: check.status === 'in_progress' },
        });
        return await sendRest(octokit, at, check, data, sent + CHECK_ANNOTATIONS_PER_REQUEST);
      }),

    findCheck: (repository, headSha, name, externalId) =>
      client.inRepository(repository, async (octokit, at) => {
        const list = octokit.paginate.iterator(octokit.rest.checks.listForRef, {
          ...at,
          ref: segment(headSha, 'commit'),
          check_name: name,
          app_id: client.appId,
          filter: 'all',
          per_page: 100,
        });
        for await (const { data } of client.pages(`check runs of ${headSha}`, list)) {
          const found = data.find(
            (run) => run.external_id === externalId && (run.app?.id ?? client.appId) === client.appId,
          );
          if (found !== undefined) return stateOf(found);
        }
        return undefined;
      }),
  };
}

async function sendRest(
  octokit: Octokit,
  at: Name,
  check: CheckRunInput,
  first: CheckRun,
  from: number,
): Promise<CheckRunState> {
  let last = first;
  for (let sent = from; sent < check.annotations.length; sent += CHECK_ANNOTATIONS_PER_REQUEST) {
    const { data } = await octokit.rest.checks.update({
      ...at,
      check_run_id: first.id,
      ...outputOf(check, batch(check.annotations, sent)),
    });
    last = data;
  }
  return stateOf(last);
}

function batch(annotations: readonly Annotation[], from: number): readonly Annotation[] {
  return annotations.slice(from, from + CHECK_ANNOTATIONS_PER_REQUEST);
}

function fieldsOf(check: CheckRunInput) {
  const { status, conclusion, detailsUrl, startedAt, completedAt } = check;
  const completed = status === 'completed';
  return {
    name: check.name,
    external_id: check.externalId,
    status,
    ...(detailsUrl === null ? {} : { details_url: detailsUrl }),
    ...(startedAt === null ? {} : { started_at: startedAt.toISOString() }),
    ...(completed && conclusion !== undefined ? { conclusion } : {}),
    ...(completed && completedAt !== null ? { completed_at: completedAt.toISOString() } : {}),
    // GitHub shows buttons on completed check runs only.
    ...(completed && check.actions.length > 0
      ? {
          actions: check.actions
            .slice(0, CHECK_ACTIONS)
            .map(({ label, description, identifier }) => ({ label, description, identifier })),
        }
      : {}),
  };
}

/** Annotations cannot be sent without title and summary, so every request repeats them. */
function outputOf({ title, summary, text }: CheckRunInput, annotations: readonly Annotation[]) {
  if (title === '' && summary === '' && annotations.length === 0) return {};
  return {
    output: {
      title,
      // GitHub wants one wherever there is an output.
      summary: summary === '' ? title : summary,
      ...(text === undefined ? {} : { text }),
      ...(annotations.length === 0
        ? {}
        : {
            annotations: annotations.map((annotation) => ({
              path: annotation.path,
              start_line: annotation.startLine,
              end_line: annotation.endLine,
              annotation_level: annotation.level,
              title: annotation.title,
              message: annotation.message,
            })),
          }),
    },
  };
}

function stateOf({ id, status, conclusion, output }: CheckRun): CheckRunState {
  return { id, status, conclusion, annotations: output?.annotations_count ?? 0 };
}
