/**
 * A new attempt with the reports of the newest one: the verdict is the same, what follows from it has changed (a
 * regression was accepted, an acceptance was revoked or ran out). The earlier check run stays as it was.
 */
import type { Evaluation } from '../core/app-words.js';
import { goOn } from './answer.js';
import type { CorridorPorts } from './corridor.js';

export async function concludeAgain(
  ports: CorridorPorts,
  evaluation: Evaluation,
  cause: string,
  why: string,
): Promise<Evaluation> {
  const { store } = ports;
  const checks = await store.checks(evaluation.id);
  const made = await store.createEvaluation({
    repositoryId: evaluation.repositoryId,
    headSha: evaluation.headSha,
    baseRef: evaluation.baseRef,
    kind: evaluation.kind,
    pullNumber: evaluation.pullNumber,
    baseSha: evaluation.baseSha,
    headRef: evaluation.headRef,
    situation: evaluation.situation,
    decision: evaluation.decision,
    policy: evaluation.policy,
    trust: evaluation.trust,
    cause,
    why,
    rerun: null,
    onlyPipeline: null,
    state: 'judged',
    deadlineMs: ports.settings.deadlineMs.pullRequest,
    checks: checks.map(({ pipeline, name }) => ({ pipeline, name })),
    reports: (await store.reports(evaluation.id)).map((report) => ({
      ...report,
      reusedFrom: report.reusedFrom ?? evaluation.id,
    })),
  });
  await goOn(ports, made.evaluation);
  return made.evaluation;
}
