/** A merge queue asks about a commit of its own: the base with one or more pull requests merged in. */
import type { Hint, RepositoryRef } from '../core/app-words.js';
import { answer, type Answered, type Asked } from './answer.js';
import type { CorridorPorts } from './corridor.js';
import { subjectOnly } from './supersede.js';

type MergeGroupHint = Extract<Hint, { kind: 'merge-group' }>;

export async function lookAtGroup(
  ports: CorridorPorts,
  repository: RepositoryRef,
  hint: MergeGroupHint,
  signal: AbortSignal,
): Promise<void> {
  const subject = { repositoryId: repository.id, headSha: hint.headSha, baseRef: hint.baseRef };
  if (hint.action === 'destroyed') {
    if (await ports.store.supersede(subject, 'the merge group is gone'))
      await ports.jobs.add({ kind: 'publish', ...subject });
    return;
  }
  await answerGroup(ports, repository, { ...subject, headRef: hint.headRef }, signal);
}

export async function answerGroup(
  ports: CorridorPorts,
  repository: RepositoryRef,
  group: Asked['subject'] & { readonly headRef: string },
  signal: AbortSignal,
  force?: Asked['force'],
): Promise<Answered> {
  return answer(
    ports,
    {
      repository,
      subject: subjectOnly(group),
      kind: 'merge-group',
      headRef: group.headRef,
      ...(force === undefined ? {} : { force }),
    },
    signal,
  );
}
