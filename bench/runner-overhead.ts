/**
 * What the runner costs: the same command over the same documents, once in a plain shell loop and once through the
 * runner, in turns, so that whatever else the machine does hits both. Aim: under 5 % and under 10 ms a document.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalRunner, extractorEnvironment, type LocalRunner } from '../src/runners/local/index.js';
import type { BenchResult } from './types.js';

const DOCUMENTS = 6;
const ROUNDS = 21;
/** Large against what the runner's process needs to start, and small enough to end soon. */
const MANY = 2_000;

/** As realistic as a small extractor gets: starts an interpreter, loads modules, reads the document, prints JSON. */
const NODE_EXTRACTOR = `import { readFileSync } from 'node:fs';
import 'node:http';
const text = readFileSync(process.env.DOCOPS_DOCUMENT, 'utf8');
const end = performance.now() + 15;
let found = 0;
while (performance.now() < end) found = text.split(/\\s+/).length;
console.log(JSON.stringify({ words: found, total: '12.50' }));
`;
const PYTHON_EXTRACTOR = `import json, os, re
text = open(os.environ["DOCOPS_DOCUMENT"]).read()
print(json.dumps({"words": len(re.findall(r"\\S+", text)), "total": "12.50"}))
`;

export async function run(): Promise<BenchResult> {
  const root = mkdtempSync(join(tmpdir(), 'docops-bench-'));
  const runner = createLocalRunner();
  const figures: Record<string, number | string> = {};
  try {
    const code = join(root, 'code');
    mkdirSync(code);
    writeFileSync(join(code, 'main.mjs'), NODE_EXTRACTOR);
    writeFileSync(join(code, 'main.py'), PYTHON_EXTRACTOR);
    const paths = makeDocuments(root, MANY);
    for (const [name, command] of Object.entries(commands())) {
      const { loop, through, more, ratio } = await compare(runner, code, paths.slice(0, DOCUMENTS), command);
      figures[`${name}: ms a document, plain loop`] = round(loop);
      figures[`${name}: ms a document, runner`] = round(through);
      figures[`${name}: ms more`] = round(more);
      figures[`${name}: ratio`] = round(ratio, 3);
    }
    const few = await costOfRunner(runner, code, paths.slice(0, MANY / 10));
    const many = await costOfRunner(runner, code, paths);
    figures["ms of the processor a document, the runner's own"] = round(
      (many.cpuMs - few.cpuMs) / (MANY - MANY / 10),
      2,
    );
    figures[`peak MB of the runner's process, ${MANY / 10} documents`] = round(few.peakMb);
    figures[`peak MB of the runner's process, ${MANY} documents`] = round(many.peakMb);
    figures['memory ratio for 10 times the documents'] = round(many.peakMb / few.peakMb, 2);
  } finally {
    await runner.close();
    rmSync(root, { recursive: true, force: true });
  }
  return {
    name: 'runner: overhead of each document against a plain shell loop',
    figures,
    notes: [
      'the plain loop starts each command as `setsid -w sh -c …` where there is setsid, which costs it about 1 ms',
      `${DOCUMENTS} documents one after the other, ${ROUNDS} rounds of loop and runner in turns, medians over rounds, of differences and ratios within a round`,
      'the runner: from the first result to the last, so that its own start (shown once for each side) is apart from what each document costs',
      'each document: private copy and temporary folder, two pipes, limits watched, output checked, folder removed',
    ],
  };
}

/** The interpreter itself and not a version manager's script in front of it, which would make any overhead look small. */
function commands(): Record<string, string> {
  const found: Record<string, string> = { node: `'${process.execPath}' main.mjs` };
  const python = spawnSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' });
  if (python.status === 0) found['python3'] = `'${python.stdout.trim()}' main.py`;
  return found;
}

function makeDocuments(root: string, count: number): string[] {
  const folder = join(root, 'documents');
  mkdirSync(folder);
  const text = 'Invoice 4711 of 2025-03-01, total 12.50 EUR\n'.repeat(400);
  return Array.from({ length: count }, (_, i) => {
    const path = join(folder, `d${i}.txt`);
    writeFileSync(path, text);
    return path;
  });
}

async function compare(
  runner: LocalRunner,
  code: string,
  paths: readonly string[],
  command: string,
): Promise<{ loop: number; through: number; more: number; ratio: number }> {
  const loop: number[] = [];
  const through: number[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const plain = inLoop(code, paths, command);
    const own = await throughRunner(runner, code, paths, command);
    // The first round only warms the caches.
    if (round === 0) continue;
    loop.push(plain);
    through.push(own);
  }
  const pairs = loop.map((plain, i) => ({ plain, own: through[i] ?? Number.NaN }));
  return {
    loop: median(loop),
    through: median(through),
    // Of each pair: what both halves of a pair suffer from others falls out.
    more: median(pairs.map(({ plain, own }) => own - plain)),
    ratio: median(pairs.map(({ plain, own }) => own / plain)),
  };
}

/** Both are timed from the end of the first document to the end of the last: neither pays for its own start. */
function inLoop(code: string, paths: readonly string[], command: string): number {
  // util-linux; where it is missing all of the loop is one session.
  const own = spawnSync('setsid', ['-w', 'true']).status === 0 ? 'setsid -w' : '';
  // `date` costs a process, but only twice and outside what is timed.
  const script = `n=0; for d in "$@"; do DOCOPS_DOCUMENT="$d" DOCOPS_DOCUMENT_ID=x ${own} sh -c "$COMMAND" > /dev/null
n=$((n+1)); if [ $n -eq 1 ]; then date +%s%N; fi; done; date +%s%N`;
  const out = execFileSync('sh', ['-c', script, 'sh', ...paths], {
    cwd: code,
    encoding: 'utf8',
    // The same environment as the extractor's, and a session of its own as each of the runner's commands has: Linux
    // shares a busy processor out by session.
    env: { ...extractorEnvironment([], process.env), COMMAND: command },
  });
  const [first, last] = out.trim().split('\n').map(BigInt);
  return Number((last ?? 0n) - (first ?? 0n)) / 1e6 / (paths.length - 1);
}

async function throughRunner(
  runner: LocalRunner,
  code: string,
  paths: readonly string[],
  command: string,
): Promise<number> {
  const times: number[] = [];
  await runAll(runner, code, paths, command, () => times.push(performance.now()));
  return ((times.at(-1) ?? 0) - (times[0] ?? 0)) / (times.length - 1);
}

/**
 * Of the evaluation runner's process without its children, as Linux keeps it: VmHWM, and user and system time, which say
 * the same on a busy machine. 0 where there is no /proc.
 */
async function costOfRunner(
  runner: LocalRunner,
  code: string,
  paths: readonly string[],
): Promise<{ peakMb: number; cpuMs: number }> {
  let peakMb = 0;
  let cpuMs = 0;
  let count = 0;
  const field = JSON.stringify({ text: 'x'.repeat(20_000) });
  await runAll(runner, code, paths, `echo '${field}'`, () => {
    if (++count % 50 !== 0 || process.platform !== 'linux') return;
    for (const pid of readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ')) {
      const kilobytes = /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
      peakMb = Math.max(peakMb, Number(kilobytes ?? 0) / 1024);
      // Fields 14 and 15 of proc_pid_stat(5), counted after the name in brackets; ticks of 10 ms.
      const [user, system] =
        readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ').slice(11, 13) ?? [];
      cpuMs = Math.max(cpuMs, 10 * (Number(user) + Number(system)));
    }
  });
  return { peakMb, cpuMs };
}

async function runAll(
  runner: LocalRunner,
  code: string,
  paths: readonly string[],
  command: string,
  onPrediction: () => void,
): Promise<void> {
  await runner.run({
    key: 'key',
    label: 'head',
    codeDirectory: code,
    documents: paths.map((path, i) => ({ id: `d${i}`, path, contentHash: `${i}` })),
    extract: {
      run: command,
      mode: 'document',
      timeoutMs: 600_000,
      documentTimeoutMs: 60_000,
      deterministic: true,
      repeats: 2,
      env: [],
    },
    limits: { jobs: 1, memoryBytes: 2 ** 32 },
    sandbox: 'none',
    onPrediction: (prediction) => {
      if (prediction.status !== 'ok')
        throw new Error(`the bench's extractor failed: ${prediction.problem ?? ''}`);
      onPrediction();
    },
  });
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function round(value: number, digits = 1): number {
  return Number(value.toFixed(digits));
}
