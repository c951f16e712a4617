import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fingerprint } from '../../src/core/plan/fingerprint.js';
import { openRepository } from '../../src/git/index.js';
import { GIT_ENVIRONMENT, TestRepository, temporaryFolder } from '../support/git.js';

const FILES = 20_000;
/** Ten times what it takes on a laptop: a guard against work that grows with the square, not a benchmark. */
const ENOUGH_MS = 20_000;

/** A commit with many files, by `git fast-import`: a second instead of a minute. */
function large(): TestRepository {
  const repository = TestRepository.create();
  const text: string[] = ['commit refs/heads/main\ncommitter T <t@example.com> 1700000000 +0000\ndata 0\n'];
  for (let at = 0; at < FILES; at += 1) {
    const content = `content of file ${at}\n`;
    text.push(`M 100644 inline src/${at % 100}/folder/file-${at}.py\ndata ${content.length}\n${content}\n`);
  }
  repository.gitWith({ input: text.join('') }, 'fast-import', '--quiet');
  return repository;
}

describe(`a tree of ${FILES} files`, () => {
  it('is listed, fingerprinted, merged, and written in seconds', { timeout: 4 * ENOUGH_MS }, async () => {
    const repository = large();
    repository.git('reset', '--quiet', '--hard');
    repository.write({ 'src/1/folder/file-1.py': 'changed', new: 'n' });
    const started = performance.now();
    const code = await openRepository(repository.path, { environment: GIT_ENVIRONMENT });
    const base = await code.defaultBranch();
    const head = await code.workingTree();
    const { tree } = await code.candidate(base.commit, head.commit);
    const baseEntries = await code.listTree(await code.treeOf(base.commit));
    const all = await code.listTree(tree);
    expect([baseEntries.length, all.length]).toEqual([FILES, FILES + 1]);
    expect(fingerprint(all, (path) => path.endsWith('.py')).files).toBe(FILES);
    const out = join(temporaryFolder(), 'out');
    await code.checkout(tree, out, { exclude: (path) => path.startsWith('src/2/') });
    expect(readdirSync(join(out, 'src'))).toHaveLength(99);
    await code.close();
    expect(performance.now() - started).toBeLessThan(ENOUGH_MS);
  });
});
