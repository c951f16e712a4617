/** `docops dataset`: the dataset's tools. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import pc from 'picocolors';
import { checkDataset } from '../core/dataset/check.js';
import type { TrainingSet } from '../core/dataset/check-training.js';
import { diffDatasets } from '../core/dataset/diff.js';
import { quote } from '../core/dataset/quote.js';
import { UsageError } from '../core/errors.js';
import { parseProblem } from '../core/score/index.js';
import type { Problem } from '../core/words.js';
import { planAws } from '../dataset/import/aws.js';
import { planCsv } from '../dataset/import/csv.js';
import { planLabelStudio } from '../dataset/import/label-studio.js';
import { writeDataset, type ImportPlan } from '../dataset/import/write.js';
import { wrongVersion } from '../dataset/remote.js';
import { readDataset, readFolder, readLabels, type ReadDataset } from '../dataset/read.js';
import { diffLines, importLines, problemLines } from './dataset-print.js';
import { openVersion } from './dataset-version.js';
import { pushCommand } from './dataset-push.js';
import { findTarget, type Target, type TargetOptions } from './dataset-source.js';
import { EXIT } from './exit.js';

/** The command with its subcommands; sets the exit code of the process, and throws `UsageError` for wrong arguments. */
export function datasetCommand(): Command {
  const command = new Command('dataset').description('check, compare, import and share labelled documents');
  command
    .command('validate')
    .description('check documents and labels; exit code 2 when something must be mended')
    .argument(
      '[dataset]',
      'a folder, s3://BUCKET/PREFIX or NAME@VERSION (default: that of the only pipeline in .docops.yml)',
    )
    .option('--config <file>', 'check names and types of values against this configuration')
    .option('--pipeline <name>', 'which pipeline of the configuration')
    .option(
      '--train <dir>',
      'training documents that must not overlap (default: train/ in the dataset, if it has labels)',
    )
    .option('--json', 'print one JSON object')
    .action(async (folder: string | undefined, options: ValidateOptions) => validate(folder, options));
  command
    .command('version')
    .description('print the version: the hash of documents and labels')
    .argument(
      '[dataset]',
      'a folder, s3://BUCKET/PREFIX or NAME@VERSION (default: that of the only pipeline in .docops.yml)',
    )
    .option('--config <file>', 'the configuration that names the dataset')
    .option('--pipeline <name>', 'which pipeline of the configuration')
    .action(async (folder: string | undefined, options: TargetOptions) => version(folder, options));
  command
    .command('diff')
    .description('what changed from one version to another, value by value')
    .argument(
      '<base>',
      'a folder, REF:PATH for a folder as a commit has it, s3://BUCKET/PREFIX or NAME@VERSION',
    )
    .argument('<head>', 'the same')
    .option('--json', 'print one JSON object')
    .action(async (base: string, head: string, options: { json?: true }) =>
      diff(base, head, options.json === true),
    );
  command.addCommand(importCommand());
  command.addCommand(pushCommand());
  return command;
}

function importCommand(): Command {
  const command = new Command('import').description('make a dataset from labels in another format');
  const force = ['--force', 'replace a dataset that is at the destination'] as const;
  const documents = ['--documents <dir>', 'folder of the documents (default: beside the source)'] as const;
  command
    .command('aws')
    .description('a test set of the AWS document-processing accelerator: a folder with input/ and baseline/')
    .argument('<source>', 'folder of the test set')
    .argument('<destination>', 'folder of the new dataset')
    .option(...force)
    .action(async (source: string, to: string, options: { force?: true }) => {
      await runImport(await planAws(source), source, to, options.force === true);
    });
  command
    .command('label-studio')
    .description('a Label Studio export of the format JSON')
    .argument('<source>', 'the exported file')
    .argument('<destination>', 'folder of the new dataset')
    .option(...documents)
    .option('--document-key <key>', 'key of the task data that names the document')
    .option(...force)
    .action(
      async (
        source: string,
        to: string,
        options: { documents?: string; documentKey?: string; force?: true },
      ) => {
        await runImport(await planLabelStudio(source, options), source, to, options.force === true);
      },
    );
  command
    .command('csv')
    .description('a table with one row for each document')
    .argument('<source>', 'the CSV file')
    .argument('<destination>', 'folder of the new dataset')
    .option(...documents)
    .option('--delimiter <sign>', 'what separates the cells (default: , ; or tab, whichever the header has)')
    .option(...force)
    .action(
      async (
        source: string,
        to: string,
        options: { documents?: string; delimiter?: string; force?: true },
      ) => {
        await runImport(await planCsv(source, options), source, to, options.force === true);
      },
    );
  return command;
}

interface ValidateOptions extends TargetOptions {
  readonly train?: string;
  readonly json?: true;
}

async function validate(folder: string | undefined, options: ValidateOptions): Promise<void> {
  const target = await findTarget(folder, options);
  try {
    await validateTarget(target, options);
  } finally {
    await target.close();
  }
}

async function validateTarget(target: Target, options: ValidateOptions): Promise<void> {
  const read = await readFolder(target.folder, target.shown);
  const { dataset, lines, labelsFile, refused } = read;
  const labels = [...dataset.labels.values()];
  const train = await readTraining(target.folder, options.train);
  const checked =
    labels.length === 0 || dataset.documents.length === 0
      ? []
      : checkDataset({
          labels,
          documents: dataset.documents,
          refused,
          lines,
          file: labelsFile,
          ...(target.pipeline ? { fields: target.pipeline.fields, parseProblem } : {}),
          ...(train ? { train: train.set } : {}),
        });
  const wrong = wrongVersion(target.shown, target.wanted, dataset.version);
  const problems = [
    ...read.problems,
    ...(wrong === undefined ? [] : [wrong]),
    ...(train?.problems ?? []),
    ...checked,
  ];
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  if (errors > 0) process.exitCode = EXIT.usage;

  if (options.json === true) {
    const { documents, version: hash } = dataset;
    const result = {
      valid: errors === 0,
      folder: target.shown,
      version: hash,
      documents: documents.length,
      labels: labels.length,
      ...(target.pipeline ? { pipeline: target.pipeline.name } : {}),
      problems,
    };
    print([JSON.stringify(result, null, 2)]);
    return;
  }
  const fields = target.pipeline
    ? `checked against the fields of ${target.pipeline.name}`
    : 'names and types of values are not checked: no pipeline has this dataset (--config FILE names one)';
  print([
    ...problemLines(problems),
    `${summary(read)}, ${fields}`,
    errors > 0
      ? pc.red(`${counted(errors, 'error')}, ${counted(problems.length - errors, 'warning')}`)
      : pc.green(`valid, ${counted(problems.length, 'warning')}`),
  ]);
}

/** The training set that was named, or the one in the dataset's own folder. */
async function readTraining(
  folder: string,
  named: string | undefined,
): Promise<{ set: TrainingSet; problems: readonly Problem[] } | undefined> {
  const train = named ?? join(folder, 'train');
  if (named === undefined && !(await exists(join(train, 'labels.jsonl')))) return undefined;
  // Often only the labels of what was trained on are at hand; they are enough to compare templates.
  if (await exists(join(train, 'documents'))) {
    const read = await readFolder(train);
    const { documents, labels } = read.dataset;
    return { set: { name: train, labels: [...labels.values()], documents }, problems: read.problems };
  }
  const read = await readLabels(train, join(train, 'labels.jsonl'));
  return { set: { name: train, labels: read.labels }, problems: read.problems };
}

async function version(folder: string | undefined, options: TargetOptions): Promise<void> {
  const target = await findTarget(folder, options);
  try {
    const read = await readDataset(target.folder, target.shown);
    refuseErrors(read, target.shown, target.wanted);
    print([read.dataset.version]);
  } finally {
    await target.close();
  }
}

async function diff(base: string, head: string, json: boolean): Promise<void> {
  const before = await openVersion(base);
  const after = await openVersion(head).catch(async (error: unknown) => {
    await before.close();
    throw error;
  });
  try {
    const sides = await Promise.all(
      [before, after].map(async ({ folder, shown }) => readDataset(folder, shown)),
    );
    const [from, to] = sides;
    if (!from || !to) return;
    refuseErrors(from, base, before.wanted);
    refuseErrors(to, head, after.wanted);
    const result = diffDatasets(
      { labels: [...from.dataset.labels.values()], documents: from.dataset.documents },
      { labels: [...to.dataset.labels.values()], documents: to.dataset.documents },
    );
    if (json) {
      const side = (name: string, { dataset }: ReadDataset): object => ({ name, version: dataset.version });
      print([JSON.stringify({ base: side(base, from), head: side(head, to), ...result }, null, 2)]);
    } else {
      print([`base ${summary(from)}`, `head ${summary(to)}`, ...diffLines(result)]);
    }
  } finally {
    await Promise.all([before.close(), after.close()]);
  }
}

async function runImport(
  plan: ImportPlan,
  source: string,
  destination: string,
  force: boolean,
): Promise<void> {
  process.stderr.write(
    importLines(plan)
      .map((line) => `${line}\n`)
      .join(''),
  );
  await writeDataset(plan, destination, { force, source });
  print([
    `imported ${counted(plan.documents.length, 'document')} into ${destination}, ${plan.skipped.length} skipped`,
    `next: docops dataset validate ${destination}`,
  ]);
}

function refuseErrors({ dataset, problems }: ReadDataset, name: string, wanted?: string): void {
  const wrong = wrongVersion(name, wanted, dataset.version);
  const errors = [...problems, ...(wrong === undefined ? [] : [wrong])].filter(
    ({ severity }) => severity === 'error',
  );
  if (errors.length > 0) {
    throw new UsageError(
      `${quote(name)} is no valid dataset\n${problemLines(errors).join('\n')}`,
      `mend it; docops dataset validate shows everything`,
    );
  }
}

function summary({ dataset }: ReadDataset): string {
  const documents = counted(dataset.documents.length, 'document');
  return `${documents}, ${counted(dataset.labels.size, 'label')}, version ${dataset.version.slice(0, 12)}`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function print(lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
