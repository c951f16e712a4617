/** Summaries of answers that need no measurement, and of those that are still to come. */
import type { Decision, Evaluation, EvaluationFailure, PlannedPipeline } from '../app-words.js';
import { CHECK_TEXT_CHARACTERS } from '../limits.js';
import { codeMarkdown, escapeMarkdown } from '../report/escape.js';
import { count, duration, plural } from '../report/values.js';
import { name, sentence } from '../report/words.js';
import { joined, tableOf, titleOf, utc } from './markdown.js';
import type { AnswerView } from './view.js';

const PATTERNS = 40;
const PROBLEMS_BYTES = 40_000;

/** A command in a block of its own, so that it can be copied. */
export function commandBlock(command: string): string {
  return `\`\`\`\n${command.replace(/[^\x20-\x7e]|`/g, '')}\n\`\`\``;
}

/** Paragraphs that say what a decision means and what to do. */
export function decisionParts(
  { headSha, baseRef, trust }: Evaluation,
  decision: Exclude<Decision, { kind: 'evaluate' }>,
  pipeline: string | null,
): string[] {
  const branch = codeMarkdown(baseRef, 120);
  switch (decision.kind) {
    case 'ignore':
      return [escapeMarkdown(sentence(decision.why))];
    case 'not-configured':
      return [
        `${branch} has no \`.docops.yml\`, so nothing is evaluated. The rules of the branch require this check, so it passes.`,
        `To begin: run \`docops init\` in the repository and merge the file that it writes. The base branch\u2019s file is the one that counts.`,
      ];
    case 'invalid-config':
      return invalidConfig(decision, branch);
    case 'cannot-compare':
      return [
        trust.aggregatesOnly
          ? 'What exactly is wrong is not shown here, because the author has no write access: it may name documents.'
          : escapeMarkdown(sentence(decision.message, 4_000)),
        decision.mend === null ? '' : `What to do: ${escapeMarkdown(sentence(decision.mend, 2_000))}`,
      ];
    case 'draft':
      return [
        'The configuration says that drafts wait (`drafts: wait`). The evaluation begins when the pull request is ready for review; until then this check does not pass.',
      ];
    case 'hold':
      return held(decision, headSha);
    case 'queue-trusted':
      return [
        'The configuration says that a merge group is trusted (`merge_queue: trust`): its pull requests were evaluated one by one, and not together. `merge_queue: verify` evaluates the group.',
      ];
    case 'not-applicable':
      return notApplicable(
        decision.pipelines.filter((one) => pipeline === null || one.name === pipeline),
        branch,
      );
  }
}

function held({ reason, policy }: Extract<Decision, { kind: 'hold' }>, headSha: string): string[] {
  const why = `Not evaluated: ${escapeMarkdown(sentence(reason, 1_000))} An evaluation runs the pull request\u2019s code.`;
  if (policy === 'never')
    return [
      why,
      'The policy of this repository is never to run such code (`untrusted: never`). Somebody with write access can take the commits over into a branch of this repository.',
    ];
  return [
    why,
    'Somebody with write access can look at what this commit changes and then approve it, with the button or with a comment:',
    commandBlock(`/approve-eval ${headSha}`),
    'The approval is for exactly this commit. A new push has to be approved again.',
  ];
}

function invalidConfig(
  { file, problems }: Extract<Decision, { kind: 'invalid-config' }>,
  branch: string,
): string[] {
  const rows = problems.map(({ severity, code, message, place }) => [
    place === undefined ? '' : `${count(place.line)}:${count(place.column)}`,
    severity,
    escapeMarkdown(sentence(message, 500)),
    codeMarkdown(code, 60),
  ]);
  return [
    `${codeMarkdown(file, 200)} on ${branch} decides, and it is invalid, so nothing can be evaluated. Mend it in a pull request of its own; this check is then looked at again.`,
    tableOf(['Line', '', 'Problem', 'Code'], rows, ['r', 'l', 'l', 'l'], PROBLEMS_BYTES, 'problem'),
    'Check it while you write: `docops validate`',
  ];
}

export function notApplicable(pipelines: readonly PlannedPipeline[], branch: string): string[] {
  return [
    `No file that a pipeline watches differs from ${branch}, and no label: there is nothing to measure.`,
    ...pipelines.slice(0, 50).map((one) => watched(one)),
    pipelines.length > 50 ? `and ${plural(pipelines.length - 50, 'more pipeline')}` : '',
    'If a file is missing here, add it to `paths`.',
  ];
}

function watched({ name: pipeline, patterns }: PlannedPipeline): string {
  const shown = patterns.slice(0, PATTERNS).map((pattern) => codeMarkdown(pattern, 200));
  const more = patterns.length > PATTERNS ? ` and ${count(patterns.length - PATTERNS)} more` : '';
  return `**${escapeMarkdown(name(pipeline, 80))}** watches ${shown.join(', ')}${more}`;
}

/** Why there is no verdict although there should be one. */
export function failureParts(
  { class: cls, message, mend }: EvaluationFailure,
  evaluation: Evaluation,
): string[] {
  const { trust } = evaluation;
  if (cls === 'over-budget') return overBudgetParts(message, evaluation);
  const says = {
    configuration: 'The evaluation could not be carried out.',
    infrastructure:
      'The evaluation failed for a reason that has nothing to do with the pull request. Nothing was judged.',
    'timed-out': 'The evaluation did not end in the time that it had. Nothing was judged.',
  }[cls];
  const hidden = trust.aggregatesOnly && cls === 'configuration';
  return [
    says,
    hidden
      ? 'What exactly is wrong is not shown here, because the author has no write access: it may name documents.'
      : escapeMarkdown(sentence(message, 4_000)),
    mend === null ? '' : `What to do: ${escapeMarkdown(sentence(mend, 2_000))}`,
    'To try again: the button below, or a comment',
    commandBlock('/rerun-eval'),
  ];
}

function overBudgetParts(message: string, { trust, policy, headSha, kind }: Evaluation): string[] {
  const roles = (policy?.override.roles ?? []).map((role) => escapeMarkdown(name(role, 40))).join(', ');
  // A merge group's commit is no pull request's head, so no comment is about it.
  const approvable = roles !== '' && kind === 'pull-request';
  return [
    'Nothing was started, so nothing was judged.',
    trust.aggregatesOnly
      ? 'What it would cost is not shown here, because the author has no write access.'
      : escapeMarkdown(sentence(`${message.charAt(0).toUpperCase()}${message.slice(1)}.`, 1_000)),
    ...(approvable
      ? [
          `To let exactly this commit cost more, somebody with one of the roles ${roles} writes a comment:`,
          commandBlock(`/approve-cost ${headSha}`),
        ]
      : []),
    `${approvable ? 'Or raise' : 'Raise'} \`budget\` in the \`.docops.yml\` of the base branch, and evaluate again.`,
  ];
}

// ---------------------------------------------------------------- before the answer

export function waitingTitle(view: AnswerView): string {
  const { decision } = view.evaluation;
  if (decision.kind === 'draft') return 'Waits for ready for review';
  const open = decision.kind === 'evaluate' ? decision.pipelines.filter(({ applicable }) => applicable) : [];
  const named = open.slice(0, 4).map((one) => name(one.name, 40));
  const more = open.length > 4 ? ` and ${count(open.length - 4)} more` : '';
  return titleOf(
    named.length === 0 ? 'Waits for a worker' : `Waits for a worker: ${named.join(', ')}${more}`,
  );
}

export function runningTitle({ evaluation, nowMs }: AnswerView): string {
  const { progress } = evaluation;
  if (progress === null) return 'Evaluating';
  const stage = name(progress.stage, 120);
  const shown = stage.charAt(0).toUpperCase() + stage.slice(1);
  const done = progress.total > 0 ? `: ${count(progress.done)} of ${plural(progress.total, 'document')}` : '';
  return titleOf(`${shown}${done}${leftOf(progress.estimatedEndMs, nowMs)}`);
}

function leftOf(endMs: number | null, nowMs: number): string {
  if (endMs === null || endMs <= nowMs) return '';
  const minutes = Math.ceil((endMs - nowMs) / 60_000);
  return minutes <= 1
    ? ', about a minute left'
    : `, about ${duration(minutes * 60).replace(/ 0 s$/, '')} left`;
}

/** What will be measured, and how far it is. */
export function waitingSummary(view: AnswerView, last: string): string {
  const { decision, progress } = view.evaluation;
  if (decision.kind !== 'evaluate')
    return joined(decisionParts(view.evaluation, decision, null), CHECK_TEXT_CHARACTERS, last);
  const rows = decision.pipelines.map(({ name: pipeline, applicable, patterns }) => [
    codeMarkdown(pipeline, 80),
    applicable ? 'is evaluated' : 'no watched file differs',
    patterns
      .slice(0, 6)
      .map((pattern) => codeMarkdown(pattern, 80))
      .join(', '),
  ]);
  const end =
    progress?.estimatedEndMs === undefined || progress.estimatedEndMs === null
      ? ''
      : ` Estimated end: ${utc(new Date(progress.estimatedEndMs))}.`;
  const far =
    progress === null
      ? ''
      : `**${escapeMarkdown(name(progress.stage, 120))}**${progress.total > 0 ? `: ${count(progress.done)} of ${plural(progress.total, 'document')}` : ''}.${end}`;
  return joined(
    [far, tableOf(['Pipeline', '', 'Watches'], rows, ['l', 'l', 'l'], 30_000, 'pipeline')],
    CHECK_TEXT_CHARACTERS,
    last,
  );
}
