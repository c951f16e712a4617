import type { Decision, PlannedPipeline, Trust } from '../app-words.js';
import type { Config, Problem } from '../words.js';

export interface DecideFacts {
  /** Of the base. */
  readonly configured:
    | { readonly kind: 'none' }
    | { readonly kind: 'invalid'; readonly file: string; readonly problems: readonly Problem[] }
    | { readonly kind: 'valid'; readonly config: Config };
  /** Null: the rules of the branch could not be read. */
  readonly checkRequired: boolean | null;
  readonly draft: boolean;
  readonly trust: Trust;
  /** Why there is no sandbox, in a sentence; undefined when there is one. */
  readonly sandboxMissing: string | undefined;
  readonly kind: 'pull-request' | 'merge-group';
  readonly comparison:
    | {
        readonly kind: 'ready';
        readonly pipelines: readonly PlannedPipeline[];
        readonly changedPaths: readonly string[];
      }
    | {
        readonly kind: 'cannot';
        readonly title: string;
        readonly message: string;
        readonly mend: string | null;
      };
}

/** Changed files kept for annotations. */
const CHANGED_PATHS = 300;

/**
 * The right answer to a commit that wants into a branch. One rule stands above the order of the questions: a passing
 * conclusion is only given where merging this second would be fine, and stays fine without another push.
 *
 * - "Not applicable" comes before drafts and outsiders: no code of theirs would run, and it is as true after the draft is
 *   ready or the commit approved, for the commit is the same.
 * - A draft that waits comes before trust: it is not evaluated whoever wrote it.
 * - Trust comes before "cannot be compared": what is wrong with a dataset is not for an outsider who was not approved.
 */
export function decide(facts: DecideFacts): Decision {
  const { configured, comparison, trust } = facts;
  if (configured.kind === 'none')
    return facts.checkRequired === true
      ? { kind: 'not-configured' }
      : {
          kind: 'ignore',
          why:
            facts.checkRequired === false
              ? 'the base has no configuration, and no rule requires the check'
              : 'the base has no configuration, and whether a rule requires the check is not known',
        };
  if (configured.kind === 'invalid')
    return { kind: 'invalid-config', file: configured.file, problems: configured.problems };
  const { config } = configured;

  if (comparison.kind === 'ready' && !comparison.pipelines.some(({ applicable }) => applicable))
    return {
      kind: 'not-applicable',
      conclusion: config.notApplicable,
      pipelines: comparison.pipelines,
    };
  if (facts.draft && config.drafts === 'wait') return { kind: 'draft' };
  const held = trust.trusted ? undefined : hold(config.untrusted, facts);
  if (held !== undefined) return held;
  if (facts.kind === 'merge-group' && config.mergeQueue === 'trust') return { kind: 'queue-trusted' };
  if (comparison.kind === 'cannot') {
    const { title, message, mend } = comparison;
    return { kind: 'cannot-compare', title, message, mend };
  }
  return {
    kind: 'evaluate',
    pipelines: comparison.pipelines,
    sandbox: sandboxFor(facts),
    changedPaths: comparison.changedPaths.slice(0, CHANGED_PATHS),
  };
}

/** Undefined when an outsider's commit may be evaluated in the sandbox without being approved. */
function hold(policy: Config['untrusted'], { trust, sandboxMissing }: DecideFacts): Decision | undefined {
  if (policy !== 'sandbox') return { kind: 'hold', reason: trust.reason, policy };
  if (sandboxMissing === undefined) return undefined;
  return {
    kind: 'hold',
    reason: `${trust.reason} The policy is to evaluate such commits in a sandbox, and there is none: ${sandboxMissing}`,
    policy,
  };
}

/** An outsider's code runs in the sandbox where there is one, approved or not. */
function sandboxFor({ trust, sandboxMissing }: DecideFacts): 'none' | 'bwrap' {
  const outsider = !trust.trusted || trust.aggregatesOnly;
  return outsider && sandboxMissing === undefined ? 'bwrap' : 'none';
}
