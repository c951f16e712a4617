/** Lines of the ledger as people read them: what was done, by whom, about what, and why. Plain text. */
import type { Acceptance } from '../../core/app-words.js';
import { GRAMMAR } from '../../core/commands/index.js';
import { dollars } from '../../core/report/values.js';
import { name } from '../../core/report/words.js';
import type { Decided, LedgerLine } from '../../ports/insight.js';

export interface ToldAcceptance {
  readonly state: 'in force' | 'expired' | 'revoked';
  /** Empty: all. */
  readonly fields: readonly string[];
  readonly expiresAt: Date;
  readonly revokedAt: Date | null;
  readonly revokedBy: string | null;
}

export interface ToldLine {
  readonly line: LedgerLine;
  /** A sentence without its subject: `accepted a regression of every field`. */
  readonly says: string;
  /** As somebody typed it; hostile. */
  readonly reason: string | null;
  readonly acceptance: ToldAcceptance | null;
  readonly pullNumber: number | null;
  readonly commentId: number | null;
  readonly evaluationId: string | null;
  readonly commit: string | null;
}

/** Families of actions: the beginning that the ledger is asked for, and what it is called. */
export const FAMILIES = [
  ['acceptance', 'Accepted regressions'],
  ['approval', 'Approvals of outsiders\u2019 commits'],
  ['cost', 'Costs'],
  ['command.dispute-label', 'Disputed labels'],
  ['command', 'Commands'],
  ['button', 'Buttons'],
  ['evaluation', 'Conclusions'],
  ['token', 'API tokens'],
] as const;

export function tellLine(line: LedgerLine, decided: Decided, nowMs: number): ToldLine {
  const { subject, action } = line;
  const acceptance = decided.acceptances.find(({ id }) => id === subject['acceptance']);
  const commentId = numberOf(subject['comment']);
  const disputes =
    action === 'command.dispute-label' ? decided.disputes.filter(({ comment }) => comment === commentId) : [];
  const dispute = disputes.length === 1 ? disputes[0] : undefined;
  const about =
    dispute === undefined
      ? undefined
      : `disputed the label of ${name(dispute.field)} in ${name(dispute.document)}${dispute.value === null ? '' : `, which should be ${dispute.value === '' ? 'nothing' : name(dispute.value)}`}`;
  return {
    line,
    says: about ?? sayAction(line),
    reason:
      action === 'acceptance.granted'
        ? (acceptance?.reason ?? null)
        : disputes.length === 0
          ? null
          : disputes.map(({ reason }) => reason).join(' / '),
    acceptance:
      acceptance === undefined || action !== 'acceptance.granted' ? null : tellAcceptance(acceptance, nowMs),
    pullNumber: numberOf(subject['pull']) ?? numberOf(subject['number']) ?? dispute?.pullNumber ?? null,
    commentId,
    evaluationId: textOf(subject['evaluation']),
    commit: textOf(subject['head']),
  };
}

function tellAcceptance(
  { fields, expiresAt, revokedAt, revokedBy }: Acceptance,
  nowMs: number,
): ToldAcceptance {
  const state =
    revokedAt !== null ? 'revoked' : expiresAt.getTime() <= nowMs ? 'expired' : ('in force' as const);
  return { state, fields, expiresAt, revokedAt, revokedBy };
}

type Subject = LedgerLine['subject'];

/** For every action that is written; a test reads them from the code. */
export const SAYS: Readonly<Record<string, (subject: Subject) => string>> = {
  'acceptance.granted': (of) =>
    `accepted a regression of ${of['fields'] === 'all' ? 'every field' : name(textOf(of['fields']) ?? 'a field', 200)}${on(of['branch'])}`,
  'acceptance.revoked': (of) => `took an acceptance back${on(of['branch'])}`,
  'approval.granted': () => 'let a commit of somebody without write access be evaluated',
  'cost.approved': () => 'let a commit cost more than the budget',
  'cost.charged': (of) =>
    `was charged ${dollars(numberOf(of['usd']))} for ${name(textOf(of['what']) ?? 'a run')}`,
  'button.refused': (of) =>
    `pressed "${name(textOf(of['action']) ?? 'a button')}", which needs write access: nothing was done`,
  'evaluation.reported': (of) => {
    const conclusion = textOf(of['conclusion']);
    return `concluded a run${on(of['branch'])}: ${conclusion === null ? 'no conclusion' : name(conclusion.replaceAll('_', ' '))} (${name(textOf(of['decision']) ?? 'unknown')})`;
  },
  'token.created': (of) => `made the API token "${name(textOf(of['name']) ?? '')}"${scopes(of)}`,
  'token.revoked': (of) => `revoked the API token "${name(textOf(of['name']) ?? '')}"`,
};

function sayAction({ action, subject }: LedgerLine): string {
  const says = SAYS[action];
  if (says !== undefined) return says(subject);
  const command = action.startsWith('command.') ? action.slice('command.'.length) : '';
  if (Object.hasOwn(GRAMMAR, command))
    return `wrote /${command}${subject['done'] === true ? '' : ', which was refused or did not do all of it'}`;
  return name(action);
}

const on = (branch: Subject[string] | undefined): string =>
  typeof branch === 'string' ? ` on ${name(branch, 60)}` : '';
const scopes = (of: Subject): string =>
  typeof of['scopes'] === 'string' ? ` (${name(of['scopes'], 120)})` : '';
const textOf = (value: Subject[string] | undefined): string | null =>
  typeof value === 'string' && value !== '' ? value : null;
const numberOf = (value: Subject[string] | undefined): number | null =>
  typeof value === 'number' ? value : null;
