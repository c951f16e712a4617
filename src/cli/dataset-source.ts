/** Which dataset folder and which pipeline a `docops dataset` command means. */
import { existsSync } from 'node:fs';
import { readFile, realpath } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { CONFIG_PATHS, formatProblem, readConfig } from '../core/config/index.js';
import { isElsewhere } from '../core/dataset/address.js';
import { quote } from '../core/dataset/quote.js';
import { UsageError } from '../core/errors.js';
import { CONFIG_FILE_BYTES } from '../core/limits.js';
import type { Pipeline } from '../core/words.js';
import { openDatasets, registryOf } from '../open-datasets.js';
import { defaultCacheDirectory } from '../storage/filesystem/measurements.js';
import { openScratch } from './scratch.js';

export interface Target {
  /** Where the dataset can be read. */
  readonly folder: string;
  /** How messages call it. */
  readonly shown: string;
  /** What its content has to be, where its address says so. */
  readonly wanted?: string;
  /** The pipeline whose fields the labels are checked against. */
  readonly pipeline?: Pipeline;
  /** Removes what was fetched for it. */
  close(): Promise<void>;
}

/** The dataset as it was named, and the pipeline. */
interface Named {
  readonly name: string;
  readonly pipeline?: Pipeline;
}

export interface TargetOptions {
  readonly config?: string;
  readonly pipeline?: string;
}

/**
 * Finds the dataset and the pipeline. With a folder, the configuration is used if it was named or if one of its
 * pipelines has that dataset; without one, the folder is the dataset of the only (or the named) pipeline.
 */
export async function findTarget(folder: string | undefined, options: TargetOptions): Promise<Target> {
  const { name, pipeline } = await findNamed(folder, options);
  const opened = await openDataset(name);
  return pipeline === undefined ? opened : { ...opened, pipeline };
}

/** A folder as it is, or what is at an address, fetched. */
export async function openDataset(name: string): Promise<Omit<Target, 'pipeline'>> {
  if (!isElsewhere(name) || existsSync(name))
    return { folder: name, shown: name, close: () => Promise.resolve() };
  const scratch = await openScratch();
  try {
    const folder = await scratch.folder('dataset');
    const datasets = openDatasets({
      registry: registryOf(process.env),
      cacheFolder: defaultCacheDirectory(),
    });
    const { version } = await datasets.fetch(name, folder);
    return {
      folder,
      shown: name,
      ...(version === undefined ? {} : { wanted: version }),
      close: () => scratch.remove(),
    };
  } catch (error) {
    await scratch.remove();
    throw error;
  }
}

async function findNamed(folder: string | undefined, options: TargetOptions): Promise<Named> {
  const root = repositoryRoot();
  const file =
    options.config ?? CONFIG_PATHS.map((path) => join(root, path)).find((path) => existsSync(path));
  if (folder === undefined) {
    if (file === undefined)
      throw new UsageError(
        'there is no .docops.yml here that names a dataset',
        'name the folder of the dataset',
      );
    const pipeline = onlyPipeline(await pipelinesOf(file), options.pipeline, file);
    return {
      name: isElsewhere(pipeline.dataset) ? pipeline.dataset : join(root, pipeline.dataset),
      pipeline,
    };
  }
  if (file === undefined) return { name: folder };
  if (options.config !== undefined || options.pipeline !== undefined) {
    return { name: folder, pipeline: onlyPipeline(await pipelinesOf(file), options.pipeline, file) };
  }
  const here = await realpath(folder).catch(() => undefined);
  const own: Pipeline[] = [];
  for (const pipeline of await pipelinesOf(file)) {
    if (pipeline.dataset === folder && isElsewhere(folder)) own.push(pipeline);
    const there = await realpath(resolve(root, pipeline.dataset)).catch(() => undefined);
    if (there !== undefined && there === here) own.push(pipeline);
  }
  return own.length === 0 ? { name: folder } : { name: folder, pipeline: onlyPipeline(own, undefined, file) };
}

function onlyPipeline(pipelines: readonly Pipeline[], name: string | undefined, file: string): Pipeline {
  const names = pipelines.map((pipeline) => pipeline.name).join(', ');
  if (name !== undefined) {
    const named = pipelines.find((pipeline) => pipeline.name === name);
    if (named) return named;
    throw new UsageError(`${file} has no pipeline ${quote(name)}`, `its pipelines are ${names}`);
  }
  const [first, second] = pipelines;
  if (first && !second) return first;
  throw new UsageError(
    `several pipelines of ${file} come into question: ${names}`,
    'name one with --pipeline',
  );
}

async function pipelinesOf(file: string): Promise<readonly Pipeline[]> {
  const text = await readFile(file).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`the configuration cannot be read: ${why}`, 'name it with --config FILE');
  });
  if (text.length > CONFIG_FILE_BYTES) {
    throw new UsageError(`${file} has ${text.length} bytes; at most ${CONFIG_FILE_BYTES} are read`);
  }
  const { config, problems } = readConfig(text.toString('utf8'), file);
  if (config) return config.pipelines;
  throw new UsageError(
    problems.map(formatProblem).join('\n'),
    `mend the configuration: docops validate ${file}`,
  );
}

/** The nearest folder above that holds a configuration or is a repository; paths in the configuration start there. */
function repositoryRoot(): string {
  const start = process.cwd();
  for (let folder = start; ; folder = dirname(folder)) {
    if (existsSync(join(folder, '.git')) || CONFIG_PATHS.some((path) => existsSync(join(folder, path))))
      return folder;
    if (dirname(folder) === folder) return start;
  }
}
