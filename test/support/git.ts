import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from 'vitest';
import { decodePath, encodePath } from '../../src/git/index.js';

/** Nothing of the machine's git configuration plays a part; every commit has the same author and date. */
export const GIT_ENVIRONMENT: NodeJS.ProcessEnv = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_'))),
  LC_ALL: 'C',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'Test',
  GIT_AUTHOR_EMAIL: 'test@example.com',
  GIT_AUTHOR_DATE: '2026-01-02T03:04:05Z',
  GIT_COMMITTER_NAME: 'Test',
  GIT_COMMITTER_EMAIL: 'test@example.com',
  GIT_COMMITTER_DATE: '2026-01-02T03:04:05Z',
};

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}, 240_000);

/** A new empty folder that goes when the test file is done. */
export function temporaryFolder(name = 'docops-test'): string {
  const path = realpathSync(mkdtempSync(join(tmpdir(), `${name}-`)));
  folders.push(path);
  return path;
}

/** A repository on disk, for tests. */
export class TestRepository {
  readonly path: string;
  constructor(path: string) {
    this.path = path;
  }

  /** A new repository with the branch main and no commit. */
  static create(options: { path?: string; arguments?: readonly string[] } = {}): TestRepository {
    const path = options.path ?? temporaryFolder();
    mkdirSync(path, { recursive: true });
    const repository = new TestRepository(path);
    repository.git('init', '--quiet', '--initial-branch=main', ...(options.arguments ?? []));
    return repository;
  }

  /** Runs git here; throws with what it said when it fails. Returns its output without the last line end. */
  git(...args: string[]): string {
    return this.gitWith({}, ...args);
  }

  gitWith(options: { env?: NodeJS.ProcessEnv; input?: string | Buffer }, ...args: string[]): string {
    return execFileSync('git', ['-c', 'protocol.file.allow=always', ...args], {
      cwd: this.path,
      env: { ...GIT_ENVIRONMENT, ...options.env },
      input: options.input ?? '',
      encoding: 'utf8',
      maxBuffer: 256 * 1024 * 1024,
      stdio: ['pipe', 'pipe', 'pipe'],
    }).replace(/\n$/, '');
  }

  /** Writes files; parents are made. */
  write(files: Readonly<Record<string, string | Buffer>>, mode?: number): this {
    for (const [name, content] of Object.entries(files)) {
      const path = join(this.path, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content);
      if (mode !== undefined) chmodSync(path, mode);
    }
    return this;
  }

  /** Adds everything and commits it; returns the commit's id. */
  commit(message = 'change'): string {
    this.git('add', '--all');
    this.git('commit', '--quiet', '--allow-empty', '-m', message);
    return this.git('rev-parse', 'HEAD');
  }

  /** `write` and `commit` in one. */
  change(files: Readonly<Record<string, string | Buffer>>, message?: string): string {
    return this.write(files).commit(message);
  }

  tree(ref = 'HEAD'): string {
    return this.git('rev-parse', `${ref}^{tree}`);
  }
}

/** Path → mode and content hash of everything below a folder: equal means untouched. */
export function contents(folder: string): Map<string, string> {
  const found = new Map<string, string>();
  const walk = (prefix: string): void => {
    for (const name of readdirSync(encodePath(`${folder}/${prefix}`), { encoding: 'buffer' })) {
      const path = prefix + decodePath(name);
      const bytes = encodePath(`${folder}/${path}`);
      const stats = lstatSync(bytes);
      const body = stats.isDirectory()
        ? ''
        : stats.isSymbolicLink()
          ? readlinkSync(bytes)
          : readFileSync(bytes);
      found.set(path, `${stats.mode.toString(8)} ${createHash('sha256').update(body).digest('hex')}`);
      if (stats.isDirectory()) walk(`${path}/`);
    }
  };
  walk('');
  return found;
}
