/** `docops validate`: the configuration, and what it says against the files that are there. */
import { realpathSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { Command } from 'commander';
import pc from 'picocolors';
import {
  CONFIG_PATHS,
  codeFrame,
  configJsonSchema,
  formatProblem,
  matchPaths,
  readConfig,
} from '../core/config/index.js';
import { locateInConfig } from '../core/config/locate.js';
import { leaves } from '../core/dataset/paths.js';
import { CONFIG_FILE_BYTES } from '../core/limits.js';
import type { Config, Label, Pipeline, Problem } from '../core/words.js';
import { readLabels } from '../dataset/read.js';
import { EXIT, UsageError } from './exit.js';
import { listRepository, type RepositoryFiles } from './repository-files.js';

export function validateCommand(): Command {
  return new Command('validate')
    .description('checks .docops.yml, with line numbers')
    .argument('[file]', `the file; default: ${CONFIG_PATHS.join(' or ')} of the repository`)
    .option('--json', 'print the problems as JSON')
    .option('--schema', 'print the JSON Schema of the file instead, for an editor')
    .option('--repo <dir>', 'the repository', '.')
    .action(async (file: string | undefined, options: { json?: boolean; schema?: boolean; repo: string }) => {
      if (options.schema === true) {
        process.stdout.write(`${JSON.stringify(configJsonSchema(), null, 2)}\n`);
        return;
      }
      await validate(file, options.repo, options.json === true);
    });
}

async function validate(file: string | undefined, folder: string, json: boolean): Promise<void> {
  const repository = await listRepository(folder).catch((error: unknown) => {
    throw new UsageError(`${folder} cannot be read (${error instanceof Error ? error.message : 'unknown'})`);
  });
  const { path, text } = await readFileToCheck(file, repository.root);
  const { config, problems } = readConfig(text, path);
  const all = [
    ...problems,
    ...(config === undefined || !belongs(path, repository.root)
      ? []
      : await checkAgainstFiles(config, text, path, repository)),
  ];
  const errors = all.filter((problem) => problem.severity === 'error').length;
  process.exitCode = errors > 0 ? EXIT.usage : EXIT.notBlocked;
  if (json) {
    process.stdout.write(`${JSON.stringify({ file: path, valid: errors === 0, problems: all }, null, 2)}\n`);
    return;
  }
  for (const problem of all) process.stdout.write(`${withFrame(text, problem)}\n`);
  process.stdout.write(`${lastLine(path, config, errors, all.length - errors)}\n`);
}

/** A file from somewhere else is checked alone: its paths and dataset are not those of this repository. */
function belongs(path: string, root: string): boolean {
  const within = relative(root, realpathSync(path));
  return !within.startsWith('..') && !isAbsolute(within);
}

async function readFileToCheck(
  file: string | undefined,
  root: string,
): Promise<{ path: string; text: string }> {
  const candidates = file === undefined ? CONFIG_PATHS.map((each) => join(root, each)) : [resolve(file)];
  for (const candidate of candidates) {
    const shown = relative(process.cwd(), candidate);
    const path = shown === '' || shown.startsWith('..') ? candidate : shown;
    try {
      const found = await stat(candidate);
      if (!found.isFile()) throw new UsageError(`${path} is not a file`);
      // Twice the limit is enough for readConfig to see that it is too much, and to say so with its own words.
      if (found.size > 64 * CONFIG_FILE_BYTES)
        throw new UsageError(`${path} has ${found.size} bytes and is no configuration`);
      return { path, text: decode(await readFile(candidate), path) };
    } catch (error) {
      if (error instanceof UsageError) throw error;
      const code = (error as NodeJS.ErrnoException).code;
      if (code !== 'ENOENT' && code !== 'ENOTDIR')
        throw new UsageError(`${path} cannot be read (${code ?? 'unknown'})`);
    }
  }
  throw new UsageError(
    file === undefined
      ? `there is no ${CONFIG_PATHS.join(' and no ')} in ${root}`
      : `there is no file ${file}`,
    'docops init writes a first one',
  );
}

function decode(bytes: Buffer, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new UsageError(`${path} is not UTF-8 text`, 'save it with the encoding UTF-8');
  }
}

/** Warnings only: files may come with the next commit, and the dataset may be checked out elsewhere. */
async function checkAgainstFiles(
  config: Config,
  text: string,
  path: string,
  repository: RepositoryFiles,
): Promise<Problem[]> {
  const locate = locateInConfig(text, path);
  const problems: Problem[] = [];
  for (const pipeline of config.pipelines) {
    const warn = (
      code: string,
      at: readonly (string | number)[],
      message: string,
      what: 'key' | 'value' = 'value',
    ) =>
      problems.push({
        severity: 'warning',
        code,
        message,
        place: locate(['pipelines', pipeline.name, ...at], what),
      });
    checkPaths(pipeline, repository, warn);
    await checkDataset(pipeline, repository.root, warn);
  }
  return problems;
}

type Warn = (
  code: string,
  at: readonly (string | number)[],
  message: string,
  what?: 'key' | 'value',
) => unknown;

function checkPaths(pipeline: Pipeline, { files, cut }: RepositoryFiles, warn: Warn): void {
  if (cut) return;
  if (!files.some(matchPaths(pipeline.paths))) {
    warn(
      'paths_match_nothing',
      ['paths'],
      'paths match no file of the working tree: no pull request would ever be measured.',
    );
    return;
  }
  for (const [index, pattern] of pipeline.paths.entries()) {
    if (!pattern.startsWith('!') && !files.some(matchPaths([pattern]))) {
      warn(
        'pattern_matches_nothing',
        ['paths', index],
        `${JSON.stringify(pattern)} matches no file of the working tree.`,
      );
    }
  }
}

async function checkDataset(pipeline: Pipeline, root: string, warn: Warn): Promise<void> {
  const { dataset } = pipeline;
  if (dataset.includes('://') || dataset.includes('@')) return;
  const folder = join(root, dataset);
  const there = await stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!there) {
    warn('no_dataset', ['dataset'], `There is no folder ${JSON.stringify(dataset)} in this working tree.`);
    return;
  }
  const { labels, problems } = await readLabels(folder, join(dataset, 'labels.jsonl'));
  const broken = problems.find((problem) => problem.severity === 'error');
  if (broken !== undefined)
    warn('bad_labels', ['dataset'], `${formatProblem(broken)} (docops dataset validate lists all)`);
  if (labels.length > 0) checkLabels(pipeline, labels, warn);
}

function checkLabels(pipeline: Pipeline, labels: readonly Label[], warn: Warn): void {
  const known = new Set<string>();
  const slices = new Set<string>();
  for (const label of labels) {
    for (const { path } of leaves(label.fields)) known.add(path);
    for (const slice of Object.keys(label.slices)) slices.add(slice);
  }
  for (const { path } of pipeline.fields) {
    if (known.has(path)) continue;
    const below = [...known].find((other) => other.startsWith(`${path}.`));
    const mend = below === undefined ? '' : ` They have ${JSON.stringify(below)}: write the dotted path.`;
    warn(
      'never_labelled',
      ['fields', path],
      `No label has the field ${JSON.stringify(path)}: it would never be judged.${mend}`,
      'key',
    );
  }
  for (const { slice } of pipeline.gate.slices) {
    if (slices.has(slice)) continue;
    warn(
      'unknown_slice',
      ['gate', 'slices', slice],
      `No label has the slice ${JSON.stringify(slice)}: the rule would hold for nothing.`,
      'key',
    );
  }
}

function withFrame(text: string, problem: Problem): string {
  const color = problem.severity === 'error' ? pc.red : pc.yellow;
  const frame = codeFrame(text, problem);
  return `${color(formatProblem(problem))}${frame === undefined ? '' : `\n${pc.dim(frame)}`}\n`;
}

function lastLine(path: string, config: Config | undefined, errors: number, warnings: number): string {
  const count = (n: number, noun: string) => `${n} ${noun}${n === 1 ? '' : 's'}`;
  const also = warnings === 0 ? '' : `, ${count(warnings, 'warning')}`;
  if (config === undefined) return pc.red(`${path}: ${count(errors, 'error')}${also}`);
  const names = config.pipelines
    .map(({ name, fields }) => `${name} (${count(fields.length, 'field')})`)
    .join(', ');
  return `${pc.green(`${path} is valid`)}: ${names}${also}`;
}
