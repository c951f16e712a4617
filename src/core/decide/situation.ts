import type { Decision, Situation, Trust } from '../app-words.js';
import { contentKey } from '../plan/canonical.js';

export interface SituationFacts {
  readonly decision: Decision;
  readonly trust: Pick<Trust, 'trusted' | 'aggregatesOnly'>;
  readonly headSha: string;
  /** Text of the base's configuration; null when there is none that is valid. */
  readonly configText: string | null;
  /** Content of both sides by pipeline, as hashes. */
  readonly pipelines: readonly {
    readonly name: string;
    /** Of the code after the merge. */
    readonly head: string;
    readonly base: string;
    readonly dataset: string;
  }[];
}

/**
 * What an answer depends on, as keys. Only what is named here enters: a sentence with a time, a login or a machine's path
 * in it would make every look a new situation.
 *
 * `keyWithoutBase` is equal as long as only the base's code or dataset moved. The head's fingerprint is left out of it as
 * well: the head is the merge with the base, so it moves with it; the commit stands for what the pull request says.
 */
export function situationOf(facts: SituationFacts): Situation {
  const { decision, trust, headSha, configText, pipelines } = facts;
  const always = {
    trusted: trust.trusted,
    aggregatesOnly: trust.aggregatesOnly,
    headSha,
    configText,
  };
  return {
    key: contentKey('docops.situation/1', {
      ...always,
      decision: { ...lasting(decision), planIds: planIds(decision) },
      pipelines: pipelines.map(({ name, head, base, dataset }) => ({ name, head, base, dataset })),
    }),
    keyWithoutBase: contentKey('docops.situation-without-base/1', {
      ...always,
      decision: lasting(decision),
    }),
  };
}

/** The part of a decision that an answer shows or follows, without its sentences and without the base's code. */
function lasting(decision: Decision): object {
  const { kind } = decision;
  switch (kind) {
    case 'ignore':
    case 'not-configured':
    case 'draft':
    case 'queue-trusted':
      return { kind };
    case 'invalid-config':
      return {
        kind,
        file: decision.file,
        problems: decision.problems.map(({ code, message, place }) => ({
          code,
          message,
          line: place?.line,
          column: place?.column,
        })),
      };
    case 'cannot-compare':
      return {
        kind,
        title: decision.title,
        message: withoutPaths(decision.message),
        mend: decision.mend === null ? null : withoutPaths(decision.mend),
      };
    case 'hold':
      return { kind, policy: decision.policy };
    case 'not-applicable':
      return { kind, conclusion: decision.conclusion, pipelines: applicability(decision.pipelines) };
    case 'evaluate':
      return { kind, sandbox: decision.sandbox, pipelines: applicability(decision.pipelines) };
  }
}

/** Absolute paths are of the machine that looked, and of that one look. */
function withoutPaths(text: string): string {
  return text.replace(/(^|[\s'"(`:=])\/[^\s'"()`]+/g, '$1/');
}

function applicability(
  pipelines: readonly { readonly name: string; readonly applicable: boolean }[],
): object[] {
  return pipelines.map(({ name, applicable }) => ({ name, applicable }));
}

function planIds(decision: Decision): readonly (string | null)[] {
  return decision.kind === 'evaluate' ? decision.pipelines.map(({ planId }) => planId) : [];
}
