/** What the code under test may see of the environment, and what its result may depend on. */
import { createHash } from 'node:crypto';
import { accessSync, constants, readFileSync, realpathSync, statSync } from 'node:fs';
import { arch, platform } from 'node:os';
import { delimiter, dirname, isAbsolute, join } from 'node:path';
import type { ExtractSpec } from '../../core/words.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * PATH, a fixed locale and time zone, and the variables that `extract.env` names: nothing else. A fixed time zone and
 * locale, because an extractor that asks for them must answer the same on every machine.
 */
export function extractorEnvironment(names: readonly string[], source: Environment): Record<string, string> {
  const env: Record<string, string> = {
    PATH: source['PATH'] ?? '/usr/local/bin:/usr/bin:/bin',
    LANG: 'C.UTF-8',
    LC_ALL: 'C.UTF-8',
    TZ: 'UTC',
  };
  for (const name of names) {
    const value = source[name];
    if (value !== undefined && /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !name.startsWith('DOCOPS_'))
      env[name] = value;
  }
  return env;
}

/** Words of a command looked up on PATH, at most; a generated command of a megabyte must not cost a million look-ups. */
const WORDS = 64;

/**
 * A hash over what a result may depend on beyond the code and its settings: platform, architecture, image, sandbox, the
 * programs that the commands of `extract` name (path, size and date of each that is found on PATH, and what a version
 * manager's `version` file says), and the values of the variables in `extract.env`. Two equal identities share
 * measurements. It cannot see a library that the code loads from the system (an upgraded tesseract behind a Python
 * module): `--no-cache` is for that.
 */
export function environmentIdentity(
  extract: ExtractSpec,
  options: { readonly environment?: Environment; readonly sandbox?: 'none' | 'bwrap' } = {},
): Promise<string> {
  const environment = options.environment ?? process.env;
  const folders = (environment['PATH'] ?? '').split(delimiter).filter(isAbsolute);
  const words = new Set(
    `${extract.run}\n${extract.setup ?? ''}`.match(/[A-Za-z0-9_.+/-]+/g)?.slice(0, WORDS) ?? [],
  );
  const programs = [...words].sort().flatMap((word) => {
    const found = locate(word, folders);
    return found === undefined ? [] : [[word, ...describe(found)]];
  });
  const variables = [...new Set(extract.env)].sort().map((name) => [name, environment[name] ?? null]);
  const facts = [
    'docops.environment/1',
    'local',
    platform(),
    arch(),
    extract.image ?? null,
    options.sandbox ?? 'none',
  ];
  const hash = createHash('sha256').update(JSON.stringify([facts, programs, variables]));
  return Promise.resolve(hash.digest('hex'));
}

function locate(word: string, folders: readonly string[]): string | undefined {
  // A relative path is in the checkout, and the fingerprint's business.
  const candidates = isAbsolute(word)
    ? [word]
    : word.includes('/')
      ? []
      : folders.map((folder) => join(folder, word));
  return candidates.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return statSync(path).isFile();
    } catch {
      return false;
    }
  });
}

function describe(path: string): readonly (string | number | null)[] {
  const real = realpathSync(path);
  const stats = statSync(real);
  return [path, real, stats.size, Math.floor(stats.mtimeMs), shimVersion(path)];
}

/** pyenv, rbenv and nodenv put one small script in front of every version; which one it starts stands beside it. */
function shimVersion(path: string): string | null {
  const folder = dirname(path);
  if (!folder.endsWith('/shims')) return null;
  try {
    return readFileSync(join(dirname(folder), 'version'), 'utf8').slice(0, 1_000);
  } catch {
    return null;
  }
}
