import { describe, expect, it } from 'vitest';
import type { Approval, Decision, Permission, Trust } from '../../../src/core/app-words.js';
import { readConfig } from '../../../src/core/config/index.js';
import { decide, judgeTrust, type DecideFacts, type TrustFacts } from '../../../src/core/decide/index.js';
import type { Config } from '../../../src/core/words.js';

const SHA = '5d2e7b90c1a2b3c4d5e6f708192a3b4c5d6e7f80';
const WRITE: Permission = { kind: 'role', role: 'write', canWrite: true };
const READ: Permission = { kind: 'role', role: 'read', canWrite: false };
const APPROVAL: Approval = { headSha: SHA, pullNumber: 1, by: 'ada', role: 'maintain', at: new Date(0) };

function trustOf(more: Partial<TrustFacts> = {}): Trust {
  return judgeTrust({
    author: { login: 'eve', type: 'user' },
    permission: { kind: 'none' },
    trustedApps: ['dependabot[bot]'],
    approval: null,
    headSha: SHA,
    kind: 'pull-request',
    sameRepository: false,
    ...more,
  });
}

describe('who is trusted', () => {
  it.each<[string, Partial<TrustFacts>, boolean, boolean, RegExp]>([
    ['who can write', { permission: WRITE }, true, false, /eve has the role write/],
    ['who can only read', { permission: READ }, false, true, /role read here, which cannot write/],
    ['nobody known', {}, false, true, /no write access/],
    [
      'whose permission cannot be asked',
      { permission: { kind: 'unknown', why: 'GitHub answered 403.' } },
      false,
      true,
      /could not be asked: GitHub answered 403\.$/,
    ],
    ['an App on the list', { author: { login: 'dependabot[bot]', type: 'bot' } }, true, false, /on the list/],
    [
      'the same in another case',
      { author: { login: 'Dependabot[bot]', type: 'bot' } },
      true,
      false,
      /on the list/,
    ],
    [
      'an App that is not on the list',
      { author: { login: 'evil[bot]', type: 'bot' } },
      false,
      true,
      /not on the list/,
    ],
    [
      'an App that is said to write',
      { author: { login: 'evil[bot]', type: 'bot' }, permission: WRITE },
      false,
      true,
      /not on the list/,
    ],
    [
      'a person with the name of an App',
      { author: { login: 'dependabot[bot]', type: 'user' } },
      false,
      true,
      /no write access/,
    ],
    [
      'of an unknown kind, with the name of an App',
      { author: { login: 'dependabot[bot]', type: 'unknown' } },
      false,
      true,
      /no write access/,
    ],
    [
      'an approval of exactly this commit',
      { approval: APPROVAL },
      true,
      true,
      /ada approved exactly this commit/,
    ],
    [
      'an approval of another commit',
      { approval: { ...APPROVAL, headSha: `${SHA.slice(0, -1)}1` } },
      false,
      true,
      /The approval by ada was for 5d2e7b90c1, not for this/,
    ],
    [
      'an approval of the beginning of this commit',
      { approval: { ...APPROVAL, headSha: SHA.slice(0, 10) } },
      false,
      true,
      /not for this commit/,
    ],
    [
      'an approval beside write access: an insider',
      { approval: APPROVAL, permission: WRITE },
      true,
      false,
      /role write/,
    ],
    [
      'an approved author whose permission cannot be asked',
      { approval: APPROVAL, permission: { kind: 'unknown', why: 'x' } },
      true,
      true,
      /approved/,
    ],
    ['a merge group', { kind: 'merge-group', author: { login: '', type: 'unknown' } }, true, false, /queue/],
    [
      'an outsider with a branch of this repository',
      { sameRepository: true },
      false,
      true,
      /no write access here\.$/,
    ],
  ])('%s', (_name, facts, trusted, aggregatesOnly, reason) => {
    const trust = trustOf(facts);
    expect([trust.trusted, trust.aggregatesOnly]).toEqual([trusted, aggregatesOnly]);
    expect(trust.reason).toMatch(reason);
  });
});

const { config: CONFIG } = readConfig(
  JSON.stringify({
    version: 1,
    pipelines: { p: { paths: ['x/**'], dataset: 'eval', extract: { run: 'true' }, fields: { a: 'id' } } },
  }),
  '.docops.yml',
);

const TOUCHED = { name: 'p', patterns: ['x/**'], applicable: true, planId: 'a' };
const UNTOUCHED = { ...TOUCHED, name: 'q', applicable: false, planId: null };
const ready = (...pipelines: (typeof TOUCHED | typeof UNTOUCHED)[]): DecideFacts['comparison'] => ({
  kind: 'ready',
  pipelines,
  changedPaths: ['x/main.py'],
});
const CANNOT: DecideFacts['comparison'] = { kind: 'cannot', title: 'T', message: 'M', mend: null };
const INSIDER = trustOf({ permission: WRITE });
const OUTSIDER = trustOf();
const APPROVED = trustOf({ approval: APPROVAL });

function decided(config: Partial<Config> | 'none' | 'invalid', more: Partial<DecideFacts> = {}): Decision {
  return decide({
    configured:
      config === 'none'
        ? { kind: 'none' }
        : config === 'invalid'
          ? {
              kind: 'invalid',
              file: '.docops.yml',
              problems: [{ severity: 'error', code: 'c', message: 'm' }],
            }
          : { kind: 'valid', config: { ...CONFIG!, ...config } },
    checkRequired: null,
    draft: false,
    trust: INSIDER,
    sandboxMissing: undefined,
    kind: 'pull-request',
    comparison: ready(TOUCHED, UNTOUCHED),
    ...more,
  });
}

describe('what is decided', () => {
  it.each<[string, Decision, object]>([
    ['no configuration', decided('none'), { kind: 'ignore' }],
    ['no configuration, nothing required', decided('none', { checkRequired: false }), { kind: 'ignore' }],
    [
      'no configuration, but the check is required',
      decided('none', { checkRequired: true }),
      { kind: 'not-configured' },
    ],
    [
      'the same for an outsider\u2019s draft',
      decided('none', { checkRequired: true, trust: OUTSIDER, draft: true }),
      { kind: 'not-configured' },
    ],
    [
      'an invalid configuration',
      decided('invalid', { trust: OUTSIDER, draft: true, comparison: CANNOT }),
      { kind: 'invalid-config', file: '.docops.yml' },
    ],
    ['code that changed', decided({}), { kind: 'evaluate', sandbox: 'none', changedPaths: ['x/main.py'] }],
    [
      'nothing watched',
      decided({}, { comparison: ready(UNTOUCHED) }),
      { kind: 'not-applicable', conclusion: 'success' },
    ],
    [
      'nothing watched, neutral',
      decided({ notApplicable: 'neutral' }, { comparison: ready(UNTOUCHED) }),
      { kind: 'not-applicable', conclusion: 'neutral' },
    ],
    [
      'nothing watched in a draft that waits: as true when it is ready',
      decided({ drafts: 'wait' }, { draft: true, comparison: ready(UNTOUCHED) }),
      { kind: 'not-applicable' },
    ],
    [
      'nothing watched by an outsider: nothing of theirs runs',
      decided({}, { trust: OUTSIDER, comparison: ready(UNTOUCHED) }),
      { kind: 'not-applicable' },
    ],
    ['a draft that waits', decided({ drafts: 'wait' }, { draft: true }), { kind: 'draft' }],
    ['a draft that is evaluated', decided({ drafts: 'evaluate' }, { draft: true }), { kind: 'evaluate' }],
    ['no draft', decided({ drafts: 'wait' }), { kind: 'evaluate' }],
    [
      'an outsider\u2019s draft that waits',
      decided({ drafts: 'wait' }, { draft: true, trust: OUTSIDER }),
      { kind: 'draft' },
    ],
    [
      'an outsider',
      decided({ untrusted: 'hold' }, { trust: OUTSIDER }),
      { kind: 'hold', policy: 'hold', reason: OUTSIDER.reason },
    ],
    [
      'an outsider who is never run',
      decided({ untrusted: 'never' }, { trust: OUTSIDER }),
      { kind: 'hold', policy: 'never' },
    ],
    [
      'an outsider in the sandbox',
      decided({ untrusted: 'sandbox' }, { trust: OUTSIDER }),
      { kind: 'evaluate', sandbox: 'bwrap' },
    ],
    [
      'an outsider without a sandbox',
      decided({ untrusted: 'sandbox' }, { trust: OUTSIDER, sandboxMissing: 'bwrap is not installed' }),
      {
        kind: 'hold',
        policy: 'sandbox',
        reason: `${OUTSIDER.reason} The policy is to evaluate such commits in a sandbox, and there is none: bwrap is not installed`,
      },
    ],
    [
      'an approved outsider, in the sandbox where there is one',
      decided({}, { trust: APPROVED }),
      { kind: 'evaluate', sandbox: 'bwrap' },
    ],
    [
      'an approved outsider, without one',
      decided({}, { trust: APPROVED, sandboxMissing: 'none' }),
      { kind: 'evaluate', sandbox: 'none' },
    ],
    [
      'an approved outsider where the policy was never',
      decided({ untrusted: 'never' }, { trust: APPROVED }),
      { kind: 'evaluate' },
    ],
    [
      'sides that cannot be compared',
      decided({}, { comparison: CANNOT }),
      { kind: 'cannot-compare', title: 'T', message: 'M', mend: null },
    ],
    [
      'the same for an outsider: not told',
      decided({}, { comparison: CANNOT, trust: OUTSIDER }),
      { kind: 'hold' },
    ],
    [
      'the same for a draft that waits',
      decided({ drafts: 'wait' }, { comparison: CANNOT, draft: true }),
      { kind: 'draft' },
    ],
    ['a merge group', decided({}, { kind: 'merge-group' }), { kind: 'evaluate', sandbox: 'none' }],
    [
      'a merge group that is trusted',
      decided({ mergeQueue: 'trust' }, { kind: 'merge-group' }),
      { kind: 'queue-trusted' },
    ],
    ['a pull request where merge groups are trusted', decided({ mergeQueue: 'trust' }), { kind: 'evaluate' }],
    [
      'a merge group in which nothing is watched',
      decided({ mergeQueue: 'trust' }, { kind: 'merge-group', comparison: ready(UNTOUCHED) }),
      { kind: 'not-applicable' },
    ],
  ])('%s', (_name, decision, expected) => {
    expect(decision).toMatchObject(expected);
  });

  it('keeps all pipelines of an evaluation, and not endlessly many paths', () => {
    const changedPaths = Array.from({ length: 10_000 }, (_, i) => `x/${i}`);
    const decision = decided(
      {},
      { comparison: { kind: 'ready', pipelines: [TOUCHED, UNTOUCHED], changedPaths } },
    );
    if (decision.kind !== 'evaluate') throw new Error(decision.kind);
    expect(decision.pipelines).toEqual([TOUCHED, UNTOUCHED]);
    expect(decision.changedPaths.length).toBeLessThanOrEqual(300);
  });

  it('never lets code run that is not trusted, but in the sandbox', () => {
    for (const untrusted of ['hold', 'sandbox', 'never'] as const)
      for (const sandboxMissing of [undefined, 'missing'])
        for (const draft of [true, false])
          for (const kind of ['pull-request', 'merge-group'] as const)
            for (const drafts of ['wait', 'evaluate'] as const) {
              const decision = decided(
                { untrusted, drafts },
                { trust: OUTSIDER, sandboxMissing, draft, kind },
              );
              if (decision.kind === 'evaluate')
                expect([untrusted, decision.sandbox]).toEqual(['sandbox', 'bwrap']);
              else expect(['hold', 'draft']).toContain(decision.kind);
            }
  });
});
