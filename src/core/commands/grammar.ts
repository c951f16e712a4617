/** Every command, with its usage, what it does and who may: the parser, the help and the documentation read it. */

export interface CommandGrammar {
  readonly usage: string;
  /** Sentences for people, in Markdown. */
  readonly does: string;
  /** `override`: whoever has one of the roles in `override.roles`. */
  readonly who: 'anyone' | 'write' | 'override';
}

export const GRAMMAR = {
  'rerun-eval': {
    usage: '/rerun-eval [PIPELINE] [full|failed]',
    does: 'Judges again. What was measured is used again; `full` measures anew, `failed` repeats only pipelines that did not pass.',
    who: 'write',
  },
  'eval-status': {
    usage: '/eval-status',
    does: 'Says how far the evaluation is and what it came to.',
    who: 'anyone',
  },
  'eval-help': { usage: '/eval-help', does: 'Shows this list.', who: 'anyone' },
  'eval-cost': {
    usage: '/eval-cost',
    does: 'Says what the evaluation cost, and what the extraction costs on base and head.',
    who: 'anyone',
  },
  'approve-eval': {
    usage: '/approve-eval SHA',
    does: 'Lets exactly this commit of somebody without write access be evaluated. At least seven digits; a new push has to be approved again.',
    who: 'write',
  },
  'approve-cost': {
    usage: '/approve-cost SHA',
    does: 'Lets exactly this commit be evaluated although that costs more than the budget. At least seven digits; a new push has to be approved again.',
    who: 'override',
  },
  'accept-regression': {
    usage: '/accept-regression [FIELD…] REASON',
    does: 'Takes a regression on: of the named fields, or of everything. `PIPELINE:FIELD` and `seller.*` are fields too. It is in force until it expires or until head or base move. Crashes and missing measurements cannot be accepted.',
    who: 'override',
  },
  'revoke-acceptance': {
    usage: '/revoke-acceptance',
    does: 'Takes back every acceptance in force here.',
    who: 'override',
  },
  'dispute-label': {
    usage: '/dispute-label DOCUMENT FIELD [VALUE] REASON',
    does: 'Notes that a label is wrong. `VALUE` is what it should be: in double quotes, or as `=VALUE`; without either, the reason begins. `""` says that there is no value.',
    who: 'write',
  },
} as const satisfies Readonly<Record<string, CommandGrammar>>;

export type CommandName = keyof typeof GRAMMAR;
export const COMMAND_NAMES = Object.keys(GRAMMAR) as readonly CommandName[];

export const WHO: Readonly<Record<CommandGrammar['who'], string>> = {
  anyone: 'everybody',
  write: 'people with write access',
  override: 'the roles in `override.roles`',
};
