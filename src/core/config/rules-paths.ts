import { datasetAddress } from '../dataset/address.js';
import { matchPaths, patternProblem } from './paths.js';
import { shown } from './quote.js';
import type { Examined } from './rules.js';

/** `paths` and `dataset` of one pipeline. */
export function pathRules(examined: Examined): void {
  const { pipeline, error, warn } = examined;
  const seen = new Map<string, number>();
  let broken = false;
  for (const [index, pattern] of pipeline.paths.entries()) {
    const problem = patternProblem(pattern);
    if (problem !== undefined) {
      broken = true;
      error('bad_path_pattern', ['paths', index], `${shown(pattern)}: ${problem}`);
    }
    if (seen.has(pattern)) {
      warn('duplicate_path', ['paths', index], `${shown(pattern)} stands twice in paths. Remove one.`);
    }
    seen.set(pattern, index);
  }
  if (pipeline.paths.every((pattern) => pattern.startsWith('!'))) {
    error(
      'only_exclusions',
      ['paths'],
      'Every pattern begins with "!" and takes away, so paths match nothing. Write first what is watched, such as "extract/**".',
    );
  } else if (pipeline.paths[0]?.startsWith('!') === true) {
    warn(
      'leading_exclusion',
      ['paths', 0],
      `${shown(pipeline.paths[0])} comes first and takes nothing away: order counts. Move it behind what it takes away from.`,
    );
  }
  const folder = datasetRules(examined);
  if (folder !== undefined && !broken) overlap(examined, folder);
}

/** @returns the dataset's folder in the repository, when it is one. */
function datasetRules({ pipeline: { dataset }, error }: Examined): string | undefined {
  const problem = datasetProblem(dataset);
  if (problem !== undefined) error('bad_dataset', ['dataset'], `dataset ${shown(dataset)}: ${problem}`);
  return problem !== undefined || dataset.includes('://') || REGISTRY_NAME.test(dataset)
    ? undefined
    : dataset;
}

const REGISTRY_NAME = /^[^/\\@]+@[^/\\@]+$/;

function datasetProblem(dataset: string): string | undefined {
  if (/[\p{Cc}\p{Cs}]/u.test(dataset)) return 'it contains a control character. Remove it.';
  if (dataset.includes('://')) {
    if (!dataset.startsWith('s3://')) {
      return 'only s3:// addresses are known. Write s3://bucket/prefix, a folder, or NAME@VERSION.';
    }
    const valid = /^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:\/|$)/.test(dataset);
    return valid ? undefined : 'the bucket name is not valid. Write s3://bucket/prefix.';
  }
  if (REGISTRY_NAME.test(dataset)) {
    const address = datasetAddress(dataset);
    return address.kind === 'wrong' ? `it ${address.problem}. ${sentence(address.mend)}` : undefined;
  }
  if (dataset.startsWith('/') || /^[A-Za-z]:/.test(dataset)) {
    return 'it must be a folder of this repository. Write the path from its root, such as eval/invoices.';
  }
  if (dataset.startsWith('~')) return '"~" is not read. Write the path from the repository\'s root.';
  if (dataset.includes('\\')) return 'write "/" between folders, not "\\".';
  if (dataset.split('/').includes('..')) return 'it cannot leave the repository: remove "..".';
  if (/[*?{}]/.test(dataset))
    return 'it is one folder, not a pattern. Name the folder that holds labels.jsonl.';
  if (/\.jsonl?$|\.csv$/.test(dataset)) {
    return 'it is the folder, not the file in it. Name the folder that holds labels.jsonl.';
  }
  return undefined;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

/** Labels among the watched files make every new label look like a change of the code. */
function overlap({ pipeline, warn }: Examined, folder: string): void {
  const inside = folder === '.' ? '' : `${folder}/`;
  const probes = [
    'labels.jsonl',
    'dataset.yml',
    'documents/0001.pdf',
    'documents/0001.txt',
    'documents/0001/page.png',
  ];
  if (!probes.some((probe) => matchPaths(pipeline.paths)(inside + probe))) return;
  const guilty = pipeline.paths.findIndex(
    (pattern) => !pattern.startsWith('!') && probes.some((probe) => matchPaths([pattern])(inside + probe)),
  );
  warn(
    'dataset_watched',
    ['paths', Math.max(guilty, 0)],
    `${shown(pipeline.paths[guilty])} also matches the dataset in ${shown(folder)}: each new label would count as changed code and nothing could be cached. Add "!${inside}**" behind it.`,
  );
}
