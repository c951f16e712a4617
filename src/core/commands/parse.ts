import type { RerunMode } from '../app-words.js';
import { nearest } from '../config/quote.js';
import { COMMAND_CHARACTERS, COMMANDS_PER_COMMENT, REASON_CHARACTERS } from '../limits.js';
import { COMMAND_NAMES, type CommandName, GRAMMAR } from './grammar.js';
import { slashLines } from './lines.js';
import { splitWords, type Word } from './words.js';

export type Command =
  | { readonly name: 'rerun-eval'; readonly pipeline: string | null; readonly mode: RerunMode }
  | { readonly name: 'eval-status' }
  | { readonly name: 'eval-help' }
  | { readonly name: 'eval-cost' }
  | {
      readonly name: 'approve-eval' | 'approve-cost';
      /** 7 to 64 hexadecimal digits in lower case: the beginning of a commit. */
      readonly sha: string;
    }
  | {
      readonly name: 'accept-regression';
      /** As they were written; `resolveAcceptance` tells fields from the reason. */
      readonly words: readonly string[];
    }
  | { readonly name: 'revoke-acceptance' }
  | {
      readonly name: 'dispute-label';
      readonly document: string;
      readonly field: string;
      /** Null: nothing was proposed. Empty: there should be no value. */
      readonly value: string | null;
      readonly reason: string;
    };

export interface CommandProblem {
  /** 1-based line of the comment. */
  readonly line: number;
  /** The line as it was written. Hostile text. */
  readonly text: string;
  /** What is wrong, in plain text; may quote what was written. */
  readonly message: string;
  /** What was probably meant: the usage of a command. */
  readonly suggestion: string | null;
}

export interface ParsedComment {
  /** In the order of the comment. */
  readonly commands: readonly Command[];
  readonly problems: readonly CommandProblem[];
  /** Commands beyond the first five that were not read. */
  readonly ignored: number;
}

/**
 * Commands of a comment: `/word` at the start of a line that a reader sees as plain text. What does not look like one of
 * ours is somebody else's and stays unmentioned. Linear in the text, never throws.
 */
export function parseCommands(body: string): ParsedComment {
  const commands: Command[] = [];
  const problems: CommandProblem[] = [];
  let ignored = 0;
  for (const { number, text } of slashLines(body)) {
    const typed = /^\/([a-z][a-z0-9_-]{0,60})(?=[\s.,:;!?]|$)/i.exec(text)?.[1]?.toLowerCase();
    if (typed === undefined) continue;
    const name = ours(typed);
    if (name === undefined) continue;
    if (commands.length + problems.length >= COMMANDS_PER_COMMENT) {
      ignored += 1;
      continue;
    }
    const exact = typed === name && /^\/[a-z-]+(?:\s|$)/i.test(text);
    const read = !exact
      ? `there is no command /${typed}${typed === name ? ' with such an ending' : ''}`
      : text.length > COMMAND_CHARACTERS
        ? `a command has at most ${COMMAND_CHARACTERS} characters`
        : readCommand(name, splitWords(text.slice(name.length + 1)));
    if (typeof read !== 'string') commands.push(read);
    else problems.push({ line: number, text, message: read, suggestion: GRAMMAR[name].usage });
  }
  return { commands, problems, ignored };
}

/** Short forms that people try. */
const TRIED: readonly (readonly [RegExp, CommandName])[] = [
  [/^re-?(?:run|test|eval|evaluate)(?:[-_]?eval(?:uation)?)?$/, 'rerun-eval'],
  [/^eval(?:uate|uation)?$/, 'rerun-eval'],
  [/^eval[-_]?(?:run|rerun|again)$/, 'rerun-eval'],
  [/^eval[-_]?(?:cost|price)/, 'eval-cost'],
  [/^eval[-_]?stat/, 'eval-status'],
  [/^eval/, 'eval-help'],
  [/^approve[-_]?(?:cost|price|budget)/, 'approve-cost'],
  [/^approve/, 'approve-eval'],
  [/^accept[-_]?(?:regress|eval|drop)|^accept$/, 'accept-regression'],
  [/^(?:revoke|unaccept)(?:$|[-_])/, 'revoke-acceptance'],
  [/^dispute/, 'dispute-label'],
];

/** The command that a word is or was meant to be; undefined for the commands of others. */
function ours(typed: string): CommandName | undefined {
  const exact = COMMAND_NAMES.find((name) => name === typed);
  if (exact !== undefined) return exact;
  const near = typed.length < 6 ? undefined : nearest(typed, COMMAND_NAMES);
  return TRIED.find(([pattern]) => pattern.test(typed))?.[1] ?? COMMAND_NAMES.find((name) => name === near);
}

/** The command, or what is wrong with its words. */
function readCommand(name: CommandName, words: readonly Word[]): Command | string {
  switch (name) {
    case 'eval-status':
    case 'eval-help':
    case 'eval-cost':
      // A word of thanks behind them does no harm.
      return { name };
    case 'revoke-acceptance':
      return words.length === 0
        ? { name }
        : 'it takes no words: it takes back every acceptance in force, not that of one field';
    case 'rerun-eval':
      return readRerun(words);
    case 'approve-eval':
    case 'approve-cost':
      return readApproval(name, words);
    case 'accept-regression':
      return words.length === 0 ? 'it needs a reason' : { name, words: words.map(({ raw }) => raw) };
    case 'dispute-label':
      return readDispute(words);
  }
}

function readRerun(words: readonly Word[]): Command | string {
  const isMode = ({ text, quoted }: Word): boolean => !quoted && /^(?:full|failed)$/i.test(text);
  const modes = words.filter(isMode).map(({ text }) => (text.toLowerCase() === 'full' ? 'full' : 'failed'));
  const pipelines = words.filter((word) => !isMode(word));
  if (modes.length > 1) return 'it takes one of full and failed';
  if (pipelines.length > 1) return 'it takes one pipeline; without one it means all';
  if (pipelines[0]?.text === '') return 'the name of the pipeline is empty';
  return { name: 'rerun-eval', pipeline: pipelines[0]?.text ?? null, mode: modes[0] ?? 'verdict' };
}

function readApproval(name: 'approve-eval' | 'approve-cost', words: readonly Word[]): Command | string {
  const sha = words[0]?.text.toLowerCase();
  if (sha === undefined) return 'it needs the commit; the check names it';
  if (!/^[0-9a-f]{7,64}$/.test(sha)) return 'a commit is written with 7 to 64 hexadecimal digits';
  if (words.length > 1) return 'it takes one commit and nothing else';
  return { name, sha };
}

function readDispute(words: readonly Word[]): Command | string {
  const [document, field, third] = words;
  if (document === undefined || field === undefined || document.text === '' || field.text === '')
    return 'it needs a document, a field and a reason';
  if (third !== undefined && !third.quoted && /^=?["\u201c\u201d\u201e]/.test(third.raw))
    return 'the quote that the value begins with is not closed';
  const proposed = third !== undefined && (third.quoted || third.raw.startsWith('='));
  const reason = wordsAsWritten(words.slice(proposed ? 3 : 2));
  if (reason.length < REASON_CHARACTERS) return 'it needs a reason: who corrects the label wants to know why';
  const value = !proposed ? null : third.quoted ? third.text : third.raw.slice(1);
  return { name: 'dispute-label', document: document.text, field: field.text, value, reason };
}

function wordsAsWritten(words: readonly Word[]): string {
  return words.map(({ raw }) => raw).join(' ');
}
