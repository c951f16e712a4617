import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fingerprint } from '../../src/core/plan/fingerprint.js';
import { openRepository } from '../../src/git/index.js';
import { GIT_ENVIRONMENT, TestRepository, temporaryFolder } from '../support/git.js';

const FILES = 20_000;
/** A hundred times what it takes on a laptop: a guard against work that grows with the square, not a benchmark. */
const ENOUGH_MS = 20_000;

/** Two branches with many files each, by `git fast-import` and without a working tree: a second instead of minutes. */
function large(): TestRepository {
  const repository = TestRepository.create({ arguments: ['--bare'] });
  const text: string[] = [];
  const commit = (branch: string, from?: string): void => {
    text.push(`commit refs/heads/${branch}\ncommitter T <t@example.com> 1700000000 +0000\ndata 0\n`);
    if (from !== undefined) text.push(`from refs/heads/${from}\n`);
  };
  const file = (path: string, content: string): void => {
    text.push(`M 100644 inline ${path}\ndata ${Buffer.byteLength(content)}\n${content}\n`);
  };
  commit('main');
  for (let at = 0; at < FILES; at += 1)
    file(`src/${at % 100}/folder/file-${at}.py`, `content of file ${at}\n`);
  commit('topic', 'main');
  for (let at = 0; at < 100; at += 1) file(`src/${at}/folder/file-${at}.py`, `changed on topic ${at}\n`);
  commit('main');
  file('new', 'on main\n');
  repository.gitWith({ input: text.join('') }, 'fast-import', '--quiet');
  return repository;
}

describe(`a tree of ${FILES} files`, () => {
  it(
    'is merged, listed, compared and fingerprinted in seconds, and written',
    { timeout: 240_000 },
    async () => {
      const repository = large();
      const code = await openRepository(repository.path, { environment: GIT_ENVIRONMENT });
      const started = performance.now();
      const [base, head] = [await code.defaultBranch(), await code.resolve('topic')];
      const { tree } = await code.candidate(base.commit, head.commit);
      const baseTree = await code.treeOf(base.commit);
      const all = await code.listTree(tree);
      expect([(await code.listTree(baseTree)).length, all.length]).toEqual([FILES + 1, FILES + 1]);
      expect(await code.changedFiles(baseTree, tree)).toHaveLength(100);
      expect(fingerprint(all, (path) => path.endsWith('.py')).files).toBe(FILES);
      expect(performance.now() - started).toBeLessThan(ENOUGH_MS);

      // Not timed: it is the disk's speed that counts here.
      const out = join(temporaryFolder(), 'out');
      await code.checkout(tree, out, { exclude: (path) => path.startsWith('src/2/') });
      expect(readdirSync(join(out, 'src'))).toHaveLength(99);
      await code.close();
    },
  );
});
