/** `docops eval`: the gate on the command line. */
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { parse, format, resolve } from 'node:path';
import { randomUUID } from 'node:crypto';
import { Command, InvalidArgumentError, Option } from 'commander';
import pc from 'picocolors';
import { CACHE_BYTES, CHECK_TEXT_CHARACTERS, STEP_SUMMARY_BYTES } from '../core/limits.js';
import { serializeReport } from '../core/report/json.js';
import { renderMarkdown } from '../core/report/markdown.js';
import type { Report } from '../core/report/schema.js';
import { renderTerminal } from '../core/report/terminal.js';
import { evaluate, type EvaluatePorts, type Evaluation } from '../flow/evaluate.js';
import { openRepository } from '../git/index.js';
import { openDatasets, registryOf } from '../open-datasets.js';
import { availableSandbox, createLocalRunner } from '../runners/local/index.js';
import { createMeasurementStore, defaultCacheDirectory } from '../storage/filesystem/measurements.js';
import type { Progress } from '../ports/surroundings.js';
import { EXIT, UsageError } from './exit.js';
import { createProgress } from './progress.js';
import { openScratch } from './scratch.js';

interface EvalOptions {
  readonly repo: string;
  readonly base?: string;
  readonly head?: string;
  readonly pipeline?: string;
  readonly config?: string;
  readonly json?: string;
  readonly html?: string;
  readonly markdown?: string;
  readonly jobs: number;
  readonly cache: boolean;
  readonly sandbox: 'none' | 'bwrap';
}

export function evalCommand(): Command {
  return new Command('eval')
    .description('measure base against head on the labelled documents, and judge')
    .option('--repo <dir>', 'the repository, or a folder in it', '.')
    .option('--base <ref>', 'what the head would be merged into (default: origin/HEAD, else main or master)')
    .option(
      '--head <ref>',
      'what is evaluated (default: the working tree as it is, uncommitted changes included)',
    )
    .option('--pipeline <name>', 'only this pipeline of the configuration')
    .option('--config <file>', "try this configuration instead of the base's")
    .option('--json <file>', 'write the report as JSON (- for standard output)')
    .option('--html <file>', 'write the report as one self-contained page')
    .option('--markdown <file>', 'write the report as a check would show it (- for standard output)')
    .option('--jobs <n>', 'extractor processes at once', positiveInteger, availableParallelism())
    .option('--no-cache', 'measure everything again')
    .addOption(
      new Option(
        '--sandbox <kind>',
        'run the code without network and with a read-only view of itself; bwrap needs bubblewrap',
      )
        .choices(['none', 'bwrap'])
        .default('none'),
    )
    .addHelpText('after', '\nExit codes: 0 not blocked, 1 blocked, 2 configuration or usage, 3 not measured.')
    .action(async (options: EvalOptions) => {
      process.exitCode = await runEval(options);
    });
}

/** Evaluates, writes the reports, and returns the exit code. */
export async function runEval(options: EvalOptions): Promise<number> {
  await refuseMissingSandbox(options.sandbox);
  const code = await openRepository(resolve(options.repo));
  const scratch = await openScratch();
  const cache = options.cache ? defaultCacheDirectory() : await scratch.folder('measurements');
  const runner = createLocalRunner({ hidden: [code.root, cache] });
  const stop = new AbortController();
  const interrupt = (): void => stop.abort();
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  try {
    const now = (): number => performance.now();
    const store = createMeasurementStore(cache);
    const ports: EvaluatePorts = {
      code,
      scratch,
      datasets: openDatasets({ registry: registryOf(process.env), cacheFolder: cache }),
      environment: (extract) => runner.environmentIdentity(extract, options.sandbox),
      runner,
      store,
      progress: createProgress(process.stderr, now),
      clock: { now, newId: randomUUID },
    };
    const evaluations = await evaluate(
      {
        ...(options.base === undefined ? {} : { base: options.base }),
        ...(options.head === undefined ? {} : { head: options.head }),
        ...(options.pipeline === undefined ? {} : { pipeline: options.pipeline }),
        ...(options.config === undefined ? {} : { config: await readConfigFile(options.config) }),
        jobs: options.jobs,
        sandbox: options.sandbox,
        signal: stop.signal,
      },
      ports,
    );
    await store.prune(CACHE_BYTES);
    await writeReports(evaluations, options, ports.progress);
    return exitCode(evaluations.map(({ report }) => report));
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    process.stderr.write('docops: interrupted; what was measured is kept and not measured again\n');
    return EXIT.notMeasured;
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
    await runner.close();
    await code.close();
    await scratch.remove();
  }
}

async function refuseMissingSandbox(sandbox: EvalOptions['sandbox']): Promise<void> {
  if (sandbox === 'none') return;
  const available = await availableSandbox();
  if (available.kind === 'none')
    throw new UsageError(
      `--sandbox ${sandbox}: ${available.why}`,
      'install bubblewrap (apt-get install bubblewrap), or run trusted code without --sandbox',
    );
}

async function readConfigFile(path: string): Promise<{ path: string; text: string }> {
  try {
    return { path, text: await readFile(path, 'utf8') };
  } catch (error) {
    throw new UsageError(`--config ${path}: ${(error as Error).message}`, 'name a file that exists');
  }
}

/** One blocked pipeline blocks; one that was not measured is no pass either. */
function exitCode(reports: readonly Report[]): number {
  if (reports.some(({ verdict, blocked }) => blocked && verdict !== 'not-measured')) return EXIT.blocked;
  if (reports.some(({ verdict }) => verdict === 'not-measured')) return EXIT.notMeasured;
  return EXIT.notBlocked;
}

async function writeReports(
  evaluations: readonly Evaluation[],
  options: EvalOptions,
  progress: Progress,
): Promise<void> {
  const reports = evaluations.map(({ report }) => report);
  const toOutput = [options.json, options.markdown].includes('-');
  if (!toOutput) {
    const width = Math.max(60, Math.min(process.stdout.columns || 110, 140));
    const color = pc.isColorSupported && (process.stdout.isTTY || 'FORCE_COLOR' in process.env);
    for (const report of reports) process.stdout.write(`${renderTerminal(report, { color, width })}\n`);
  }
  if (options.json !== undefined) await write(options.json, jsonOf(reports));
  if (options.markdown !== undefined)
    await write(options.markdown, markdownOf(reports, CHECK_TEXT_CHARACTERS));
  const summary = process.env['GITHUB_STEP_SUMMARY'];
  if (summary !== undefined && summary !== '')
    // The limit is in bytes and shared with the job's other steps: a character is at most four bytes, twice over.
    await appendFile(summary, `${markdownOf(reports, Math.floor(STEP_SUMMARY_BYTES / 8))}\n`);
  if (options.html !== undefined) {
    // Charts and the PDF reader are large; an evaluation without a page does not load them.
    const [{ renderHtml }, { collectEvidence }] = await Promise.all([
      import('../core/report/html/index.js'),
      import('../report/evidence.js'),
    ]);
    for (const { report, documentPath } of evaluations) {
      progress.stage(`drawing the documents for ${options.html}`);
      const evidence = await collectEvidence(report, documentPath);
      await write(pageName(options.html, report, reports.length), renderHtml(report, evidence));
    }
  }
}

/** One report is the report itself; several pipelines are a list of them under their own schema name. */
function jsonOf(reports: readonly Report[]): string {
  const [first] = reports;
  if (reports.length === 1 && first !== undefined) return serializeReport(first);
  return `{"schema":"docops.reports/1","reports":[\n${reports.map((report) => serializeReport(report)).join(',\n')}\n]}\n`;
}

function markdownOf(reports: readonly Report[], budgetCharacters: number): string {
  const share = Math.floor(budgetCharacters / Math.max(1, reports.length)) - 2;
  return reports.map((report) => renderMarkdown(report, { budgetCharacters: share })).join('\n\n');
}

function pageName(file: string, report: Report, pages: number): string {
  if (pages === 1) return file;
  const { dir, name, ext } = parse(file);
  return format({ dir, name: `${name}-${report.pipeline}`, ext });
}

async function write(file: string, text: string): Promise<void> {
  if (file === '-') {
    process.stdout.write(text);
    return;
  }
  try {
    await writeFile(file, text);
  } catch (error) {
    throw new UsageError(
      `cannot write ${file}: ${(error as Error).message}`,
      'name a file in a folder that exists',
    );
  }
}

function positiveInteger(value: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1)
    throw new InvalidArgumentError('write a whole number from 1 up.');
  return number;
}
