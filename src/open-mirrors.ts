/** Git mirrors in the data folder, fetched as the App. */
import { join } from 'node:path';
import { createMirrors } from './git/mirror/index.js';
import type { GitHub } from './ports/github.js';
import type { Log } from './ports/log.js';
import type { Mirrors } from './ports/mirror.js';
import type { Settings } from './settings.js';

export function mirrorsFolder({ dataFolder }: Pick<Settings, 'dataFolder'>): string {
  return join(dataFolder, 'mirrors');
}

export function openMirrors(settings: Settings, github: GitHub, log: Log): Mirrors {
  return createMirrors({
    folder: mirrorsFolder(settings),
    cloneUrl: (repository) => github.cloneUrl(repository),
    // A repository on this machine's disk is read as it is.
    token: (repository, renew) =>
      settings.github.gitUrl.startsWith('file:') ? Promise.resolve('') : github.cloneToken(repository, renew),
    log,
    maxBytes: settings.mirrorBytes,
  });
}
