/**
 * Repositories over real documents, which are not part of this repository: the extractor and its branches stand in
 * `test/real/NAME`, the documents come from `shared/data/NAME`.
 */
import { readFileSync } from 'node:fs';
import { copyFile, cp, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { applyBranch, commitTree, type ExampleBranch } from '../../examples/materialize.mjs';
import { sharedPath } from './shared.js';

const DATASETS = { zugferd: 'eval/invoices', sroie: 'eval/receipts' } as const;
export type RealName = keyof typeof DATASETS;

const home = (name: RealName) => fileURLToPath(new URL(`../real/${name}`, import.meta.url));

export function realBranches(name: RealName): readonly ExampleBranch[] {
  const file = join(home(name), 'branches/branches.json');
  return JSON.parse(readFileSync(file, 'utf8')) as ExampleBranch[];
}

/** Makes the repository in `directory`: main, and a branch for each patch. Throws where shared/ is absent. */
export async function materializeReal(name: RealName, directory: string): Promise<void> {
  const source = sharedPath(`data/${name}`);
  if (source === undefined) throw new Error(`shared/data/${name} is absent.`);
  const dataset = join(directory, DATASETS[name]);
  await cp(join(home(name), 'repository'), directory, {
    recursive: true,
    filter: (path) => !path.includes('__pycache__'),
  });
  // File by file: what is shared is read-only, and a copied read-only folder could not be removed again.
  await mkdir(join(dataset, 'documents'), { recursive: true });
  const documents = (await readdir(join(source, 'documents'))).map((file) => join('documents', file));
  for (const file of ['labels.jsonl', ...documents]) await copyFile(join(source, file), join(dataset, file));
  await commitTree(directory, 'An extractor and labelled documents');
  for (const { name: branch, patch } of realBranches(name))
    await applyBranch(directory, branch, join(home(name), 'branches', patch));
}
