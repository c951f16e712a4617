import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { git, materialize, readBranches } from '../../examples/materialize.mjs';
import { temporaryFolder } from '../support/git.js';
import { asExpected, evaluate } from '../support/verdict.js';

const branches = await readBranches();

describe('docops eval on the branches of the example', () => {
  const folder = temporaryFolder();
  const repository = join(folder, 'repository');
  const cache = join(folder, 'cache');

  beforeAll(async () => {
    await materialize(repository);
  });

  it.each(branches)(
    '$name: $expected.verdict',
    async ({ name, expected }) => {
      const ran = await evaluate(repository, 'main', name, cache);
      expect(asExpected(ran, expected), ran.out).toEqual(expected);
    },
    180_000,
  );

  it.each(branches.flatMap(({ name, after }) => (after === undefined ? [] : [{ name, ...after }])))(
    '$name, not changed, once $merged is merged: $expected.verdict',
    async ({ name, merged, expected }) => {
      await git(repository, ['checkout', '--quiet', '-b', 'later', 'main']);
      await git(repository, ['merge', '--quiet', '--no-ff', '-m', `Merge ${merged}`, merged]);
      const ran = await evaluate(repository, 'later', name, cache);
      expect(asExpected(ran, expected), ran.out).toEqual(expected);
    },
    180_000,
  );
});
