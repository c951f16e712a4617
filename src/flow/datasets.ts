/**
 * Which labels and documents: the base's, so that a pull request cannot mark its own homework. What the head changes in
 * them is read too, to be shown.
 */
import { posix } from 'node:path';
import { formatProblem } from '../core/config/index.js';
import { isElsewhere } from '../core/dataset/address.js';
import { UsageError } from '../core/errors.js';
import { maskedPaths } from '../core/report/mask.js';
import type { Dataset, Pipeline, Problem } from '../core/words.js';
import type { Code } from '../ports/code.js';
import type { Datasets } from '../ports/datasets.js';
import type { Scratch } from '../ports/surroundings.js';
import { checkoutWarnings, inside, normalizeFolder, type Sides } from './sides.js';

interface ReadDataset {
  readonly dataset: Dataset;
  readonly problems: readonly Problem[];
  /** What its checkout lacks, in sentences. */
  readonly missing?: readonly string[];
}

export interface DatasetChoice {
  readonly dataset: Dataset;
  readonly readFrom: 'base' | 'head' | 'folder' | 'address';
  /** The head's, when it differs from the base's. */
  readonly head: Dataset | undefined;
  readonly warnings: readonly string[];
}

export async function chooseDataset(options: {
  readonly code: Code;
  readonly sides: Sides;
  readonly pipeline: Pipeline;
  readonly scratch: Scratch;
  readonly datasets: Datasets;
}): Promise<DatasetChoice> {
  const { code, sides, pipeline, scratch } = options;
  // One address, of the base's configuration, for both sides: a head cannot change what is there.
  if (isElsewhere(pipeline.dataset))
    return {
      ...fitForVerdict(
        await options.datasets.openRemote(pipeline.dataset, await scratch.folder('dataset')),
        pipeline,
      ),
      readFrom: 'address',
      head: undefined,
    };
  const folder = datasetFolder(pipeline);
  const base = contentBelow(sides.baseEntries, folder);
  const head = contentBelow(sides.headEntries, folder);

  const read = async (tree: string, name: string): Promise<ReadDataset> => {
    const directory = await scratch.folder(name);
    const result = await code.checkout(tree, directory, { only: folder });
    const { lfsPointers } = result;
    if (lfsPointers.length > 0)
      throw new UsageError(
        `${lfsPointers.length} files of the dataset are Git LFS pointers and not documents (${lfsPointers.slice(0, 3).join(', ')})`,
        'fetch them: git lfs install && git lfs pull',
      );
    const { dataset, problems } = await options.datasets.open(posix.join(directory, folder), folder);
    return { dataset, problems, missing: checkoutWarnings(result).map((text) => `dataset: ${text}`) };
  };

  if (base !== '') {
    const chosen = fitForVerdict(await read(sides.base.tree, 'dataset'), pipeline);
    if (head === base) return { ...chosen, readFrom: 'base', head: undefined };
    if (head === '')
      return {
        ...chosen,
        readFrom: 'base',
        head: undefined,
        warnings: [...chosen.warnings, `the head deletes the dataset ${folder}`],
      };
    const changed = await read(sides.head.tree, 'dataset-head');
    const broken = changed.problems.filter(({ severity }) => severity === 'error');
    if (broken.length > 0)
      return {
        ...chosen,
        readFrom: 'base',
        head: undefined,
        warnings: [
          ...chosen.warnings,
          `the head's dataset has errors, so what it changes is not shown: ${broken.map(telling(pipeline)).join('; ')}`,
        ],
      };
    return { ...chosen, readFrom: 'base', head: changed.dataset };
  }
  if (head !== '')
    return {
      ...fitForVerdict(await read(sides.head.tree, 'dataset'), pipeline),
      readFrom: 'head',
      head: undefined,
    };
  const outside = posix.join(code.root, folder);
  if (!code.bare && (await options.datasets.exists(outside)))
    return {
      ...fitForVerdict(await options.datasets.open(outside, folder), pipeline),
      readFrom: 'folder',
      head: undefined,
    };
  throw new UsageError(
    `pipeline ${pipeline.name}: its dataset ${folder} is neither on ${sides.base.ref} nor on the head, nor a folder in ${code.root}`,
    'name the folder that holds labels.jsonl and documents/ in `dataset`',
  );
}

/** Folders of the repository that hold labels; none of them is ever in a checkout that an extractor sees. */
export function datasetFolders(pipelines: readonly Pipeline[]): readonly string[] {
  return pipelines
    .map(({ dataset }) => dataset)
    .filter((dataset) => !isElsewhere(dataset))
    .map(normalizeFolder);
}

/** The folder of the repository that holds the labels. For datasets that are not elsewhere. */
export function datasetFolder(pipeline: Pipeline): string {
  const { dataset } = pipeline;
  const folder = normalizeFolder(dataset);
  if (folder === '' || folder.startsWith('/') || folder.split('/').includes('..'))
    throw new UsageError(
      `pipeline ${pipeline.name}: the dataset ${dataset} is not below the repository's root`,
      'write the path from the repository root, without ..',
    );
  return folder;
}

/** Identity of what lies below a folder of a tree; empty when nothing does. */
export function contentBelow(entries: Sides['baseEntries'], folder: string): string {
  return entries
    .filter(({ path }) => inside(folder, path))
    .map(({ path, mode, oid }) => `${mode} ${oid} ${path}`)
    .join('\n');
}

/** A problem of the labels as text; where the configuration masks values the place and the code only, for a message quotes. */
function telling(pipeline: Pipeline): (problem: Problem) => string {
  if (maskedPaths(pipeline.fields).length === 0) return formatProblem;
  return (problem) =>
    formatProblem({ ...problem, message: `said by docops dataset validate ${pipeline.dataset}` });
}

/** Small slices are left to the report's coverage, which knows how many documents were judged. */
function fitForVerdict(read: ReadDataset, pipeline: Pipeline): { dataset: Dataset; warnings: string[] } {
  const errors = read.problems.filter(({ severity }) => severity === 'error');
  if (errors.length > 0)
    throw new UsageError(
      errors.map(telling(pipeline)).join('\n'),
      `look at the whole list with: docops dataset validate ${pipeline.dataset}`,
    );
  return {
    dataset: read.dataset,
    warnings: [
      ...(read.missing ?? []),
      ...read.problems.filter(({ code }) => code !== 'small_slice').map(telling(pipeline)),
    ],
  };
}
