/**
 * How long who opens a large run waits for the server: the page, a filter, a document, the JSON. The peer is plain
 * node:http that sends the stored report as it lies in the same database, which nothing that shows it can be faster than.
 */
import { execFileSync, fork, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Report } from '../src/core/report/schema.js';
import { createLinks } from '../src/http/links.js';
import { startEmbeddedPostgres } from '../src/postgres/embedded.js';
import { migrate } from '../src/postgres/migrate.js';
import { openPool } from '../src/postgres/pool.js';
import { createStore } from '../src/postgres/store.js';
import { loadAverage, quantile } from './app/usage.js';
import { repository } from './memory.js';
import { SECRET, type Said, type Usage } from './pages-child.js';
import type { BenchResult } from './types.js';

const DOCUMENTS = 10_000;
const FIELDS = 40;
/** Processes whose first answer is timed, and answers after it. */
const COLD = 5;
const WARM = 20;
const HEAD = 'b'.repeat(40);

export async function run(): Promise<BenchResult> {
  const folder = mkdtempSync(join(tmpdir(), 'docops-bench-pages-'));
  // Where this runs as root, PostgreSQL does not, and has to pass.
  chmodSync(folder, 0o711);
  const report = evaluated(folder);
  const postgres = await startEmbeddedPostgres({ folder: join(folder, 'database'), disposable: true });
  const pool = openPool({ url: postgres.url });
  try {
    await migrate(pool);
    const id = await stored(pool, report);
    const key = createLinks(null, [SECRET]).keyOf(id);
    const page = `/evaluations/${id}`;
    const document = encodeURIComponent(report.documents[0]?.id ?? '');
    const asked: Readonly<Record<string, string>> = {
      'run page': `${page}?key=${key}`,
      'one field, newly wrong': `${page}?key=${key}&field=field_7&change=became-wrong`,
      'page 100 of the documents': `${page}?key=${key}&page=100`,
      'a document': `${page}/document?key=${key}&pipeline=bench&document=${document}`,
      'JSON download': `${page}/report.json?key=${key}`,
    };
    const figures: Record<string, number | string> = { 'load average before': loadAverage() };
    const floor = await timed('bare', postgres.url, '/');
    figures['bare node:http, stored JSON, ms cold / warm'] = `${ms(floor.cold)} / ${ms(floor.warm)}`;
    figures['bare node:http, processor time of the first answer, ms'] = ms(floor.coldCpu);
    for (const [name, path] of Object.entries(asked)) {
      const { cold, warm, coldCpu, bytes, usage } = await timed('site', postgres.url, path);
      figures[`${name}, ms cold / warm`] = `${ms(cold)} / ${ms(warm)}`;
      figures[`${name}, ratio to the bare answer, cold / warm`] =
        `${(cold / floor.cold).toFixed(2)} / ${(warm / floor.warm).toFixed(2)}`;
      figures[`${name}, processor time of the first answer, ms`] = ms(coldCpu);
      figures[`${name}, KB`] = Math.round(bytes / 1000);
      figures[`heap / resident after ${name}, MiB`] =
        `${usage.heapMiB.toFixed(0)} / ${usage.residentMiB.toFixed(0)}`;
    }
    figures['load average after'] = loadAverage();
    const cells = report.documents.reduce((sum, { cells: each }) => sum + each.length, 0);
    return {
      name: 'pages of a large run: 10,000 documents of 40 fields',
      figures,
      notes: [
        'aim: the run page cold in under one second',
        `${cells} cells in ${report.documents.length} documents; from the request to the last byte of the answer, on this machine`,
        `cold: the first request of a process that has its database connection to make, median of ${COLD}; warm: median of ${WARM} in the same process`,
        'the peer sends the stored text and reads nothing of it',
      ],
    };
  } finally {
    await pool.end();
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

const ms = (value: number): string => value.toFixed(value < 100 ? 1 : 0);

/** What `docops eval` reports of a generated repository. */
function evaluated(folder: string): Report {
  const repo = join(folder, 'repository');
  const json = join(folder, 'report.json');
  repository(repo, DOCUMENTS, FIELDS);
  const child = fileURLToPath(new URL('./memory-child.js', import.meta.url));
  execFileSync(process.execPath, [child, repo, json], { stdio: 'ignore' });
  return JSON.parse(readFileSync(json, 'utf8')) as Report;
}

/** A judged evaluation with this report. Its id. */
async function stored(pool: ReturnType<typeof openPool>, report: Report): Promise<string> {
  const store = createStore(pool);
  const repositoryId = 1;
  await store.saveInstallation(1, 'acme', 'active');
  await store.saveRepositories([{ id: repositoryId, installationId: 1, owner: 'acme', name: 'bench' }]);
  const { evaluation } = await store.createEvaluation({
    repositoryId,
    headSha: HEAD,
    baseRef: 'main',
    kind: 'pull-request',
    pullNumber: 1,
    baseSha: 'a'.repeat(40),
    headRef: 'refs/pull/1/head',
    situation: { key: 'bench', keyWithoutBase: 'bench' },
    decision: {
      kind: 'evaluate',
      sandbox: 'none',
      changedPaths: [],
      pipelines: [{ name: 'bench', patterns: ['extract/**'], applicable: true, planId: 'bench' }],
    },
    policy: null,
    trust: { trusted: true, reason: 'The bench may.', aggregatesOnly: false },
    cause: randomUUID(),
    why: 'first look',
    rerun: null,
    onlyPipeline: null,
    state: 'planned',
    deadlineMs: 3_600_000,
    checks: [{ pipeline: null, name: 'DocOps (main)' }],
  });
  await store.claim(evaluation.id, 'bench', 60_000);
  const reports = [{ pipeline: 'bench', planId: 'bench', report, reusedFrom: null }];
  await store.finish(evaluation.id, 'bench', { reports, warnings: [], attribution: null });
  return evaluation.id;
}

interface Timed {
  readonly cold: number;
  readonly warm: number;
  readonly bytes: number;
  /** Processor time of the first answer. */
  readonly coldCpu: number;
  /** After the last one. */
  readonly usage: Usage;
}

async function timed(role: 'site' | 'bare', databaseUrl: string, path: string): Promise<Timed> {
  const cold: number[] = [];
  const coldCpu: number[] = [];
  for (let i = 0; i < COLD; i += 1) {
    const server = await started(role, databaseUrl);
    cold.push((await answer(server.url + path)).took);
    coldCpu.push((await usageOf(server.process)).cpuMs);
    if (i < COLD - 1) {
      server.process.kill();
      continue;
    }
    const warm: number[] = [];
    let bytes = 0;
    for (let n = 0; n < WARM; n += 1) {
      const one = await answer(server.url + path);
      warm.push(one.took);
      ({ bytes } = one);
    }
    const usage = await usageOf(server.process);
    server.process.kill();
    return {
      cold: quantile(cold, 0.5),
      warm: quantile(warm, 0.5),
      coldCpu: quantile(coldCpu, 0.5),
      bytes,
      usage,
    };
  }
  throw new Error('nothing was timed');
}

async function usageOf(server: ChildProcess): Promise<Usage> {
  const usage = await said(server, () => server.send('usage'));
  if (!('heapMiB' in usage)) throw new Error('the server did not say what it used');
  return usage;
}

async function started(role: string, databaseUrl: string): Promise<{ process: ChildProcess; url: string }> {
  const module = fileURLToPath(new URL('./pages-child.js', import.meta.url));
  const child = fork(module, [role, databaseUrl], { execArgv: ['--expose-gc'] });
  const first = await said(child);
  if (!('url' in first)) throw new Error('the server did not say where it is');
  return { process: child, url: first.url };
}

function said(child: ChildProcess, ask: () => unknown = () => undefined): Promise<Said> {
  return new Promise((resolve, reject) => {
    child.once('message', (message) => resolve(message as Said));
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}`)));
    ask();
  });
}

/** Milliseconds to the last byte. Throws for anything but 200. */
async function answer(url: string): Promise<{ took: number; bytes: number }> {
  const begun = performance.now();
  const response = await fetch(url);
  const { byteLength } = await response.arrayBuffer();
  const took = performance.now() - begun;
  if (response.status !== 200) throw new Error(`${response.status} for ${url.split('?')[0]}`);
  return { took, bytes: byteLength };
}
