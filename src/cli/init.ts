/** `docops init`: writes a first `.docops.yml` from what the repository shows. */
import { closeSync, openSync, readSync } from 'node:fs';
import { access, mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Command } from 'commander';
import pc from 'picocolors';
import { draftConfig, type Proposal } from '../core/config/draft.js';
import { CONFIG_PATHS, formatProblem, readConfig } from '../core/config/index.js';
import { inferFields } from '../core/config/infer.js';
import {
  findDatasets,
  proposeCommand,
  proposeName,
  proposePaths,
  proposeSetup,
} from '../core/config/propose.js';
import { PROGRAM_HEAD_BYTES } from '../core/limits.js';
import type { Problem } from '../core/words.js';
import { readLabels } from '../dataset/read.js';
import { UsageError } from './exit.js';
import { listRepository, type RepositoryFiles } from './repository-files.js';

export function initCommand(): Command {
  return new Command('init')
    .description('writes a first .docops.yml by looking at the repository')
    .option('--force', 'overwrite the file that is there')
    .option('--stdout', 'print the file instead of writing it')
    .option('--repo <dir>', 'the repository', '.')
    .action(async (options: { force?: boolean; stdout?: boolean; repo: string }) => {
      await init(options.repo, options);
    });
}

async function init(folder: string, options: { force?: boolean; stdout?: boolean }): Promise<void> {
  const repository = await listRepository(folder).catch((error: unknown) => {
    throw new UsageError(`${folder} cannot be read (${error instanceof Error ? error.message : 'unknown'})`);
  });
  const existing = await firstExisting(repository.root);
  if (existing !== undefined && options.force !== true && options.stdout !== true) {
    throw new UsageError(
      `${existing} exists already`,
      'docops validate checks it; docops init --stdout prints a proposal beside it; --force overwrites it',
    );
  }
  const { proposal, problems } = await propose(repository);
  const text = draftConfig(proposal);
  const name = existing ?? CONFIG_PATHS[0];
  const { problems: found } = readConfig(text, name);
  if (found.some((problem) => problem.severity === 'error')) {
    throw new Error(`the proposal is not valid: ${found.map(formatProblem).join('; ')}`);
  }
  const out = options.stdout === true ? process.stderr : process.stdout;
  if (options.stdout === true) process.stdout.write(text);
  else {
    const path = join(repository.root, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text, { flag: options.force === true ? 'w' : 'wx' });
    out.write(`${pc.green('wrote')} ${path}\n`);
  }
  for (const line of summary(proposal, text, problems, repository)) out.write(`${line}\n`);
}

async function firstExisting(root: string): Promise<string | undefined> {
  for (const path of CONFIG_PATHS) {
    const there = await access(join(root, path)).then(
      () => true,
      () => false,
    );
    if (there) return path;
  }
  return undefined;
}

async function propose({
  root,
  files,
}: RepositoryFiles): Promise<{ proposal: Proposal; problems: readonly Problem[] }> {
  const datasets = findDatasets(files);
  const folders = datasets.map(({ folder }) => folder);
  const best = datasets[0];
  const read = (path: string) => readHead(join(root, path));
  const labels =
    best === undefined
      ? undefined
      : await readLabels(join(root, best.folder), join(best.folder, 'labels.jsonl'));
  const inferred = inferFields((labels?.labels ?? []).map((label) => label.fields));
  const command = proposeCommand(files, folders, read);
  const slices = new Set((labels?.labels ?? []).flatMap((label) => Object.keys(label.slices)));
  return {
    problems: labels?.problems ?? [],
    proposal: {
      pipeline: proposeName(best?.folder, basename(root)),
      paths: proposePaths(files, folders),
      dataset: best === undefined ? undefined : { ...best, labels: labels?.labels.length ?? 0 },
      otherDatasets: folders.slice(1),
      run: command?.run,
      mode: command?.mode ?? 'document',
      setup: proposeSetup(files, command, read),
      ...inferred,
      slices: [...slices].toSorted(),
    },
  };
}

function readHead(path: string): string | undefined {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    const buffer = Buffer.alloc(PROGRAM_HEAD_BYTES);
    return buffer.toString('utf8', 0, readSync(file, buffer, 0, buffer.length, 0));
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function summary(
  proposal: Proposal,
  text: string,
  problems: readonly Problem[],
  repository: RepositoryFiles,
): string[] {
  const { dataset, fields, run } = proposal;
  const found = (what: string, said: string | undefined) =>
    said === undefined ? `  ${pc.yellow('?')} ${what}: not found` : `  ${pc.green('✓')} ${what}: ${said}`;
  const errors = problems.filter((problem) => problem.severity === 'error');
  const lines = [
    found(
      'dataset',
      dataset && `${dataset.folder}, ${dataset.documents} documents, ${dataset.labels} labels`,
    ),
    found('fields', fields.length === 0 ? undefined : `${fields.length}, types inferred from the labels`),
    found('paths', proposal.paths?.join('  ')),
    found('run', run),
  ];
  if (errors.length > 0) {
    lines.push(
      `  ${pc.yellow('!')} labels: ${errors.length} unreadable, such as ${errors[0] ? formatProblem(errors[0]) : ''}`,
    );
  }
  if (repository.cut)
    lines.push(`  ${pc.yellow('!')} only the first ${repository.files.length} files were looked at`);
  const open = text.split('\n').flatMap((line, index) => {
    const todo = /TODO: .*/.exec(line)?.[0];
    return todo === undefined ? [] : [`  line ${index + 1}: ${todo}`];
  });
  if (open.length > 0) lines.push(pc.yellow('To do before it works:'), ...open);
  lines.push(
    `Next: ${open.length > 0 ? 'mend the TODOs, ' : ''}check the types, then docops validate and docops eval`,
  );
  return lines;
}
