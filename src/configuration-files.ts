/** The configuration that a repository has now, for pages: read from its mirror. */
import { configIn } from './flow/sides.js';
import type { ConfigurationFiles } from './ports/configuration-files.js';
import type { Mirrors } from './ports/mirror.js';

export function createConfigurationFiles(mirrors: Mirrors): ConfigurationFiles {
  return {
    async current(repository, of) {
      const ref = 'branch' in of ? `refs/heads/${of.branch}` : `refs/pull/${of.pullNumber}/head`;
      const mirror = await mirrors.open(repository, { refs: [ref] });
      try {
        const commit = mirror.tips.get(ref);
        if (commit === undefined) return undefined;
        const file = await configIn(mirror.code, await mirror.code.treeOf(commit));
        return file === undefined ? undefined : { ...file, commit };
      } finally {
        await mirror.close();
      }
    },
  };
}
