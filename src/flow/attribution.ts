/**
 * Which pull request of a blocked merge group moved which field: the group's commits are added one by one, and each
 * step is measured like the whole was. What was measured before is not measured again.
 */
import type { Evaluation, GroupAttribution, RepositoryRef } from '../core/app-words.js';
import type { Report } from '../core/report/schema.js';
import type { ResolvedCommit } from '../ports/code.js';
import type { Mirror } from '../ports/mirror.js';
import type { CorridorPorts } from './corridor.js';

/** Beyond, the verdict would wait too long for its explanation; GitHub's own default group has 5. */
const COMMITS = 8;
/** Differences of accuracy below this are no movement. */
const EPSILON = 1e-9;

export async function attribute(
  ports: Pick<CorridorPorts, 'github' | 'log'>,
  group: {
    readonly repository: RepositoryRef;
    readonly evaluation: Evaluation;
    readonly mirror: Mirror;
    readonly report: Report;
  },
  measure: (head: ResolvedCommit) => Promise<Report>,
): Promise<GroupAttribution[]> {
  const { evaluation, mirror, report, repository } = group;
  const commits = await mirror.firstParents(evaluation.baseSha, evaluation.headSha, COMMITS + 1);
  if (commits.length < 2 || commits.length > COMMITS) return [];
  let before = new Map(report.fields.map(({ field, base }) => [field, base.accuracy]));
  const found: GroupAttribution[] = [];
  for (const { commit, subject } of commits) {
    const step =
      commit === evaluation.headSha
        ? report
        : await measure({ ref: commit.slice(0, 10), commit, chosen: `commit ${commit.slice(0, 10)}` });
    const after = new Map(step.fields.map(({ field, head }) => [field, head.accuracy]));
    // A step that touches no code of this pipeline has no numbers: nothing moved.
    if (step.verdict === 'not-applicable') continue;
    const moved = [...after].flatMap(([field, score]) => {
      const earlier = before.get(field) ?? null;
      const same =
        earlier === score || (earlier !== null && score !== null && Math.abs(earlier - score) < EPSILON);
      return same ? [] : [{ field, before: earlier, after: score }];
    });
    found.push({
      pullNumber: await pullRequestOf(ports, repository, commit, subject),
      commit,
      pipeline: report.pipeline,
      moved,
    });
    before = after;
  }
  return found;
}

/** What the queue writes into the subject line, else what GitHub knows of the commit. */
async function pullRequestOf(
  { github, log }: Pick<CorridorPorts, 'github' | 'log'>,
  repository: RepositoryRef,
  commit: string,
  subject: string,
): Promise<number | null> {
  const named = /^Merge pull request #(\d{1,9})\b|\(#(\d{1,9})\)$/.exec(subject);
  const number = Number(named?.[1] ?? named?.[2]);
  if (Number.isInteger(number)) return number;
  try {
    return (await github.pullRequestOfCommit(repository, commit)) ?? null;
  } catch (error) {
    log.debug({ commit, error: String(error) }, 'the pull request of a commit is not known');
    return null;
  }
}
