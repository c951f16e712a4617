/** `docops dataset push`: a dataset goes into the registry, under a version that never changes. */
import { Command } from 'commander';
import { checkDataset } from '../core/dataset/check.js';
import { isElsewhere } from '../core/dataset/address.js';
import { quote } from '../core/dataset/quote.js';
import { UsageError } from '../core/errors.js';
import { parseProblem } from '../core/score/index.js';
import { pushDataset } from '../dataset/push.js';
import { readFolder } from '../dataset/read.js';
import { openBlobs, registryOf } from '../open-datasets.js';
import { problemLines } from './dataset-print.js';
import { findTarget, type TargetOptions } from './dataset-source.js';

interface PushOptions extends TargetOptions {
  readonly to?: string;
}

export function pushCommand(): Command {
  return new Command('push')
    .description('put a dataset into the registry; prints NAME@VERSION for .docops.yml')
    .argument('<folder>', 'the dataset')
    .argument('<name>', 'what the registry calls it')
    .option('--to <address>', 'the registry: s3://BUCKET/PREFIX or a folder (default: DOCOPS_DATASETS)')
    .option('--config <file>', 'check names and types of values against this configuration')
    .option('--pipeline <name>', 'which pipeline of the configuration')
    .action(async (folder: string, name: string, options: PushOptions) => push(folder, name, options));
}

async function push(folder: string, name: string, options: PushOptions): Promise<void> {
  if (isElsewhere(folder))
    throw new UsageError(
      `${quote(folder)} is no folder`,
      'name the folder of the dataset that is to be pushed',
    );
  const shown = (options.to ?? process.env['DOCOPS_DATASETS'] ?? '').trim();
  const registry = registryOf({ DOCOPS_DATASETS: shown });
  if (registry === null)
    throw new UsageError(
      'no registry is configured',
      'set DOCOPS_DATASETS to s3://BUCKET/PREFIX or to a folder, or name it with --to',
    );
  const { pipeline } = await findTarget(folder, options);
  const { dataset, problems, lines, labelsFile, refused } = await readFolder(folder);
  const labels = [...dataset.labels.values()];
  const checked = checkDataset({
    labels,
    documents: dataset.documents,
    refused,
    lines,
    file: labelsFile,
    ...(pipeline === undefined ? {} : { fields: pipeline.fields, parseProblem }),
  });
  const errors = [...problems, ...checked].filter(({ severity }) => severity === 'error');
  if (errors.length > 0)
    throw new UsageError(
      `${quote(folder)} is no valid dataset, nothing was pushed\n${problemLines(errors).join('\n')}`,
      `mend it; docops dataset validate ${folder} shows everything`,
    );
  const { version, known, sent, skipped } = await pushDataset(await openBlobs(registry), dataset, name);
  process.stderr.write(
    known
      ? `${shown} has this version already\n`
      : `pushed ${dataset.documents.length} documents to ${shown}: ${sent} files sent${skipped > 0 ? `, ${skipped} were there` : ''}\n`,
  );
  process.stdout.write(`${name}@${version}\n`);
}
