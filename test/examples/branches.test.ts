import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  git,
  materialize,
  readBranches,
  type ExampleBranch,
  type ExpectedVerdict,
} from '../../examples/materialize.mjs';
import { matchPaths } from '../../src/core/config/index.js';
import type { DocumentScore } from '../../src/core/words.js';
import { changes, checkOut, EXAMPLES, INVOICES, measure, overall, readPipeline } from '../support/example.js';
import { temporaryFolder } from '../support/git.js';

const branches = await readBranches();
const { fields, paths } = readPipeline(INVOICES);

describe('the branches of the example', () => {
  const folder = temporaryFolder();
  const repository = join(folder, 'repository');
  let base: Map<string, DocumentScore>;

  beforeAll(async () => {
    await materialize(repository);
    base = await measure(await checkOut(repository, 'main', join(folder, 'main')));
  });

  const compare = async (ref: string) => {
    const head = await measure(await checkOut(repository, ref, join(folder, `at-${ref}`)));
    return { ...changes(fields, base, head), delta: overall(head) - overall(base), head };
  };

  it('are all listed', () => {
    const patches = readdirSync(join(EXAMPLES, 'branches')).filter((name) => name.endsWith('.patch'));
    expect(branches.map(({ patch }) => patch).sort()).toEqual(patches.sort());
  });

  it('become a clean repository on main with a branch for each patch', async () => {
    expect(await git(repository, ['status', '--porcelain'])).toBe('');
    expect(await git(repository, ['branch', '--show-current'])).toBe('main\n');
    const names = (await git(repository, ['branch', '--format=%(refname:short)'])).trim().split('\n');
    expect(names.sort()).toEqual(['main', ...branches.map(({ name }) => name)].sort());
  });

  it('have the same commits wherever they are made', async () => {
    const again = join(temporaryFolder(), 'mit Leerzeichen und Ü');
    await materialize(again);
    const commits = (path: string) => git(path, ['for-each-ref', '--format=%(refname) %(objectname)']);
    expect(await commits(again)).toBe(await commits(repository));
  });

  it('are not written over a folder that holds something', async () => {
    await expect(materialize(repository)).rejects.toThrow('is not empty');
    expect(existsSync(join(repository, '.docops.yml'))).toBe(true);
  });

  it.each(branches)(
    '$name: its documents get worse where branches.json says so, and nowhere else',
    async (b) => {
      const { worse, delta } = await compare(b.name);
      expectLosses(worse, b.expected);
      if (b.expected.verdict === 'block') expect(delta).toBeLessThan(0);
      else expect(delta).toBeGreaterThanOrEqual(0);
    },
  );

  it('refactor reads every document as before, from other files', async () => {
    const { worse, better } = await compare('refactor');
    expect({ worse, better }).toEqual({ worse: {}, better: {} });
    expect(watched(await changedFiles('refactor'))).toContain('extract/parties.mjs');
  });

  it('improvement mends the two credit notes with the minus sign behind', async () => {
    const { better } = await compare('improvement');
    expect(better['grand_total']).toEqual(['rheinstahl-02', 'rheinstahl-04']);
  });

  it('hidden-loss gains more than it loses in the field that it loses in', async () => {
    const { better, worse, delta } = await compare('hidden-loss');
    expect(delta).toBeGreaterThan(0);
    expect(better['line_items']!.length).toBeGreaterThan(worse['line_items']!.length);
  });

  it('crash throws on the documents that it loses', async () => {
    const { head } = await compare('crash');
    const lost = [...head].filter(([, { score }]) => score === 0).map(([id]) => id);
    expect(lost).toEqual(expectedOf('crash').expected.documents);
  });

  it('docs-only changes no watched file', async () => {
    const files = await changedFiles('docs-only');
    expect(files).toEqual(['README.md', 'extract/NOTES.md']);
    expect(watched(files)).toEqual([]);
  });

  it('together-a and together-b merge without a conflict and break what both read rightly', async () => {
    const { merged, expected } = expectedOf('together-b').after!;
    const tree = (await git(repository, ['merge-tree', '--write-tree', merged, 'together-b'])).trim();
    const { worse } = await compare(tree);
    expectLosses(worse, expected);
  });

  const changedFiles = async (ref: string) =>
    (await git(repository, ['diff', '--name-only', 'main', ref])).trim().split('\n');
  const watched = (files: string[]) => files.filter(matchPaths(paths));
});

function expectedOf(name: string): ExampleBranch {
  return branches.find((branch) => branch.name === name)!;
}

/** Documents that got worse are exactly the expected ones, in exactly the expected fields where these are named. */
function expectLosses(worse: Record<string, string[]>, expected: ExpectedVerdict): void {
  if (expected.fields !== undefined) expect(Object.keys(worse)).toEqual(expected.fields);
  expect([...new Set(Object.values(worse).flat())].sort()).toEqual(expected.documents ?? []);
}
