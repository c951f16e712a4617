/**
 * A repository as a stranger might have it: a small extractor in awk over text documents with labels, built in a
 * temporary folder. Journeys change it and run the built `docops` on it, as a user would.
 */
import { execFile, execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Report } from '../../src/core/report/schema.js';

export const DOCOPS = fileURLToPath(new URL('../../dist/src/main.js', import.meta.url));

/** Git as on a machine where nobody configured it. */
const GIT_ENV = {
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_SYSTEM: '/dev/null',
  GIT_AUTHOR_NAME: 'A Developer',
  GIT_AUTHOR_EMAIL: 'dev@example.com',
  GIT_COMMITTER_NAME: 'A Developer',
  GIT_COMMITTER_EMAIL: 'dev@example.com',
};

export const EXTRACTOR = `BEGIN { FS = ": "; printf "{" }
{ printf "%s\\"%s\\": \\"%s\\"", (NR > 1 ? ", " : ""), $1, $2 }
END { print "}" }
`;

export const CONFIG = `version: 1
pipelines:
  invoices:
    paths: ["extract/**"]
    dataset: eval/invoices
    extract:
      run: awk -f extract/main.awk "$DOCOPS_DOCUMENT"
    fields:
      invoice_number: id
      issue_date: date
      vendor: text
      grand_total: money
`;

export interface DocumentOfProject {
  readonly id: string;
  readonly lines: Readonly<Record<string, string>>;
  readonly label?: Readonly<Record<string, unknown>>;
  readonly template?: string;
  readonly slices?: Readonly<Record<string, string>>;
}

/** Twelve invoices of three vendors; every value stands in the text as it is labelled. */
export function twelveInvoices(): DocumentOfProject[] {
  return Array.from({ length: 12 }, (_, index) => {
    const lines = {
      invoice_number: `INV-${String(index + 1).padStart(3, '0')}`,
      issue_date: `2026-03-${String(index + 1).padStart(2, '0')}`,
      vendor: ['Acme', 'Birch & Co', 'Çelik Ltd'][index % 3] ?? '',
      grand_total: `${100 + index * 7}.50`,
    };
    return { id: `inv-${String(index + 1).padStart(2, '0')}`, lines, template: `vendor-${index % 3}` };
  });
}

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export class Project {
  readonly root: string;
  readonly #top: string;

  constructor(options: { readonly name?: string; readonly documents?: readonly DocumentOfProject[] } = {}) {
    this.#top = mkdtempSync(join(tmpdir(), 'docops-journey-'));
    this.root = join(this.#top, options.name ?? 'repository');
    mkdirSync(this.root, { recursive: true });
    this.git('init', '-q', '-b', 'main');
    this.write('.docops.yml', CONFIG);
    this.write('extract/main.awk', EXTRACTOR);
    this.write('README.md', 'An extractor.\n');
    this.label(options.documents ?? twelveInvoices());
    this.commit('First version');
  }

  /** Writes the dataset anew. */
  label(documents: readonly DocumentOfProject[]): void {
    rmSync(join(this.root, 'eval'), { recursive: true, force: true });
    const labels = documents.map(({ id, lines, label, template, slices }) =>
      JSON.stringify({ id, fields: label ?? lines, template, slices }),
    );
    mkdirSync(join(this.root, 'eval/invoices/documents'), { recursive: true });
    this.write('eval/invoices/labels.jsonl', labels.map((line) => `${line}\n`).join(''));
    for (const { id, lines } of documents)
      this.write(
        `eval/invoices/documents/${id}.txt`,
        Object.entries(lines)
          .map(([key, value]) => `${key}: ${value}\n`)
          .join(''),
      );
  }

  path(name: string): string {
    return join(this.root, name);
  }

  write(name: string, text: string, mode?: number): void {
    mkdirSync(dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), text);
    if (mode !== undefined) chmodSync(this.path(name), mode);
  }

  read(name: string): string {
    return readFileSync(this.path(name), 'utf8');
  }

  git(...args: string[]): string {
    return execFileSync('git', args, {
      cwd: this.root,
      env: { ...process.env, ...GIT_ENV },
      encoding: 'utf8',
    }).trim();
  }

  commit(message: string): string {
    this.git('add', '-A');
    this.git('commit', '-q', '--allow-empty', '-m', message);
    return this.git('rev-parse', 'HEAD');
  }

  /** Starts a branch from main with these files changed, commits, and stays on it. */
  branch(name: string, files: Readonly<Record<string, string>>, from = 'main'): string {
    this.git('checkout', '-q', '-b', name, from);
    for (const [path, text] of Object.entries(files)) this.write(path, text);
    return this.commit(name);
  }

  get environment(): NodeJS.ProcessEnv {
    // Set to undefined, a variable is not passed on.
    const none = { GITHUB_STEP_SUMMARY: undefined, FORCE_COLOR: undefined };
    return { ...process.env, ...none, ...GIT_ENV, NO_COLOR: '1', DOCOPS_CACHE_DIR: join(this.#top, 'cache') };
  }

  get cache(): string {
    return join(this.#top, 'cache');
  }

  /** Runs the built `docops` in the repository. */
  docops(args: readonly string[], options: { cwd?: string; env?: NodeJS.ProcessEnv } = {}): Promise<Ran> {
    return new Promise((done, fail) => {
      execFile(
        process.execPath,
        [DOCOPS, ...args],
        { cwd: options.cwd ?? this.root, env: { ...this.environment, ...options.env }, maxBuffer: 64 << 20 },
        (error, out, err) => {
          if (error !== null && typeof error.code !== 'number') fail(new Error(error.message));
          else done({ code: typeof error?.code === 'number' ? error.code : 0, out, err });
        },
      );
    });
  }

  start(args: readonly string[]): ChildProcess {
    return spawn(process.execPath, [DOCOPS, ...args], {
      cwd: this.root,
      env: this.environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  /** `docops eval` with its report. */
  async eval(...args: string[]): Promise<Ran & { readonly report: Report }> {
    const file = join(this.#top, `report-${Math.random().toString(36).slice(2)}.json`);
    const ran = await this.docops(['eval', '--json', file, ...args]);
    let text: string;
    try {
      text = readFileSync(file, 'utf8');
    } catch {
      throw new Error(`docops eval wrote no report (exit ${ran.code}):\n${ran.err}\n${ran.out}`);
    }
    return { ...ran, report: JSON.parse(text) as Report };
  }

  remove(): void {
    rmSync(this.#top, { recursive: true, force: true });
  }
}
