/** What a check run says, in every state of every decision; always within GitHub's limits. */
import type { Annotation, CheckAction, CheckContent } from '../app-words.js';
import { CHECK_TEXT_CHARACTERS } from '../limits.js';
import { codeMarkdown, escapeMarkdown } from '../report/escape.js';
import { clip } from '../report/values.js';
import { name } from '../report/words.js';
import { GRAMMAR } from '../commands/grammar.js';
import { isAcceptable } from './acceptance.js';
import { crashAnnotations, problemAnnotations } from './annotations.js';
import { type Answer, conclude, type PipelineAnswer, pipelineAnswers } from './conclusion.js';
import { decisionParts, runningTitle, waitingSummary, waitingTitle } from './decision-text.js';
import { factsText } from './facts.js';
import { joined, linkTo } from './markdown.js';
import { checkName } from './name.js';
import { pipelineSummary, rollUpSummary } from './verdict-text.js';
import { type AnswerView, shownTo } from './view.js';

/** @param pipeline null for the roll-up, the one to require */
export function renderCheck(view: AnswerView, pipeline: string | null): CheckContent {
  const shown = shownTo(view);
  const answer = conclude(shown, pipeline);
  if (answer === null) return unanswered(shown);
  const summary = summaryOf(shown, pipeline, answer);
  const text = factsText(shown, pipeline, nextSteps(shown, pipeline));
  return {
    status: 'completed',
    conclusion: answer.conclusion,
    title: answer.title,
    summary,
    ...(text === '' ? {} : { text }),
    annotations: annotationsOf(shown, pipeline, answer),
    actions: actionsOf(shown, pipeline, answer),
  };
}

function unanswered(view: AnswerView): CheckContent {
  const running = view.evaluation.state === 'running';
  const text = factsText(view, null);
  return {
    status: running ? 'in_progress' : 'queued',
    title: running ? runningTitle(view) : waitingTitle(view),
    summary: waitingSummary(view, linkTo(view.detailsUrl, 'Details')),
    ...(text === '' ? {} : { text }),
    annotations: [],
    actions: [],
  };
}

function summaryOf(view: AnswerView, pipeline: string | null, answer: Answer): string {
  const { evaluation } = view;
  const { decision, supersededBy } = evaluation;
  const details = linkTo(view.detailsUrl, 'Details');
  if (answer.kind === 'superseded') {
    const by = supersededBy === null ? '' : `: ${escapeMarkdown(clip(supersededBy, 300))}`;
    return joined(
      [`Another attempt took the place of this one${by}. Its check run is the one that counts.`],
      CHECK_TEXT_CHARACTERS,
      details,
    );
  }
  const notices = pipeline === null ? requiredNotices(view) : [];
  if (decision.kind !== 'evaluate')
    return joined(
      [...decisionParts(evaluation, decision, pipeline), ...notices],
      CHECK_TEXT_CHARACTERS,
      details,
    );
  const answers = pipelineAnswers(view);
  const chosen =
    pipeline === null ? onlyOne(answers) : answers.find(({ planned }) => planned.name === pipeline);
  if (chosen !== undefined) return pipelineSummary(view, chosen, notices);
  if (pipeline !== null || answers.length === 0)
    return joined([escapeMarkdown(answer.title), ...notices], CHECK_TEXT_CHARACTERS, details);
  return rollUpSummary(view, answers, notices);
}

function onlyOne(answers: readonly PipelineAnswer[]): PipelineAnswer | undefined {
  return answers.length === 1 ? answers[0] : undefined;
}

/** What makes the check less than a gate, in the one check run that can be required. */
function requiredNotices({ requiredCheck, evaluation }: AnswerView): string[] {
  if (requiredCheck === null) return [];
  const check = codeMarkdown(checkName(evaluation.baseRef, null), 200);
  const branch = codeMarkdown(evaluation.baseRef, 120);
  if (!requiredCheck.required)
    return [
      `> **Warning:** no rule of ${branch} requires this check, so it cannot stop a merge. Require ${check} in the rules of the branch.`,
    ];
  if (requiredCheck.pinned === false)
    return [
      `> **Warning:** the rule of ${branch} takes ${check} from anybody who can post a check. Choose this App as its source.`,
    ];
  return [];
}

/** Commands that help with a red verdict. */
function nextSteps(view: AnswerView, pipeline: string | null): string[] {
  const red = pipelineAnswers(view).filter(
    ({ kind, planned }) => kind === 'blocked' && (pipeline === null || planned.name === pipeline),
  );
  const roles = view.evaluation.policy?.override.roles ?? [];
  const acceptable =
    red.length > 0 && red.every(({ result }) => result !== null && isAcceptable(result.report));
  if (view.evaluation.supersededBy !== null || !acceptable || roles.length === 0) return [];
  const who = roles.map((role) => escapeMarkdown(name(role, 40))).join(', ');
  return [
    `Repair it and push: the new head is evaluated by itself.`,
    `If it is meant to be so: ${codeMarkdown(GRAMMAR['accept-regression'].usage, 200)}, for the roles ${who}.`,
    `If a label is wrong: ${codeMarkdown(GRAMMAR['dispute-label'].usage, 200)}. The verdict stays until the label is changed.`,
  ];
}

function annotationsOf(view: AnswerView, pipeline: string | null, { kind }: Answer): Annotation[] {
  const { decision, trust, failure } = view.evaluation;
  if (kind === 'superseded') return [];
  if (decision.kind === 'invalid-config') return problemAnnotations(decision.file, decision.problems);
  if (decision.kind !== 'evaluate' || trust.aggregatesOnly || failure !== null) return [];
  const reports = view.reports.filter((one) => pipeline === null || one.pipeline === pipeline);
  return crashAnnotations(
    reports.map(({ report }) => report),
    decision.changedPaths,
  );
}

const RERUN: CheckAction = {
  label: 'Re-run',
  description: 'Judge again; measurements are kept',
  identifier: 'rerun',
};
const RERUN_FAILED: CheckAction = {
  label: 'Re-run failed',
  description: 'Judge again what did not pass',
  identifier: 'rerun-failed',
};
const APPROVE: CheckAction = {
  label: 'Approve this commit',
  description: 'Run it once; needs write access',
  identifier: 'approve',
};

function actionsOf(view: AnswerView, pipeline: string | null, { kind }: Answer): CheckAction[] {
  const { decision, supersededBy } = view.evaluation;
  if (kind === 'superseded' || supersededBy !== null) return [];
  switch (decision.kind) {
    case 'hold':
      return decision.policy === 'never' ? [] : [APPROVE];
    case 'invalid-config':
    case 'cannot-compare':
      return [RERUN];
    case 'evaluate': {
      const answers = pipelineAnswers(view).filter(({ planned }) => planned.applicable);
      const failed = answers.some(({ conclusion }) => conclusion !== 'success');
      return pipeline === null && answers.length > 1 && failed ? [RERUN, RERUN_FAILED] : [RERUN];
    }
    case 'not-applicable':
    case 'not-configured':
    case 'queue-trusted':
    case 'draft':
    case 'ignore':
      return [];
  }
}
