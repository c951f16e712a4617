/** What a plan is made of when the labelled documents are not in the repository. */
import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pushDataset } from '../../src/dataset/push.js';
import { readDataset } from '../../src/dataset/read.js';
import { planSides, readConfigured, type Comparison } from '../../src/flow/plan-sides.js';
import { openRepository } from '../../src/git/index.js';
import { openDatasets } from '../../src/open-datasets.js';
import { BlobError } from '../../src/ports/blobs.js';
import type { Datasets } from '../../src/ports/datasets.js';
import { createFilesystemBlobs } from '../../src/storage/filesystem/blobs.js';
import { folderWith } from '../support/folder.js';
import { CONFIG, EXTRACTOR, Project } from '../support/project.js';

let project: Project;
let registry: string;
let datasets: Datasets;
beforeEach(() => {
  project = new Project();
  registry = folderWith();
  datasets = openDatasets({ registry, cacheFolder: folderWith() });
});
afterEach(() => project.remove());

async function push(change: (labels: string) => string = (labels) => labels): Promise<string> {
  const copy = folderWith();
  cpSync(project.path('eval/invoices'), copy, { recursive: true });
  writeFileSync(join(copy, 'labels.jsonl'), change(project.read('eval/invoices/labels.jsonl')));
  const { dataset } = await readDataset(copy);
  const { version } = await pushDataset(createFilesystemBlobs(registry), dataset, 'invoices');
  return `invoices@${version}`;
}

/** main has this dataset in its configuration and none in the tree; `change` has another extractor. */
function configure(address: string, extractor = `# changed\n${EXTRACTOR}`): void {
  rmSync(project.path('eval'), { recursive: true });
  project.write('.docops.yml', CONFIG.replace('eval/invoices', address));
  project.commit('The dataset is elsewhere');
  project.branch('change', { 'extract/main.awk': extractor });
}

async function plan(using: Datasets = datasets): Promise<Comparison> {
  const code = await openRepository(project.root);
  try {
    const [base, head] = [await code.resolve('main'), await code.resolve('change')];
    const configured = await readConfigured(code, base.commit);
    if (configured.kind !== 'valid') throw new Error('the configuration is not valid');
    return await planSides({
      code,
      base,
      head,
      config: configured.config,
      configFile: configured.file,
      datasets: using,
      environment: () => Promise.resolve('here'),
    });
  } finally {
    await code.close();
  }
}

describe('a plan with a dataset of the registry', () => {
  it('is made without fetching the dataset', async () => {
    configure(await push());
    const never = (): never => {
      throw new Error('it was fetched');
    };
    const made = await plan({ ...datasets, openRemote: never, open: never });
    expect(made).toMatchObject({ kind: 'ready', pipelines: [{ name: 'invoices', applicable: true }] });
  });

  it('is another one with another version, and the same one for two names of one version', async () => {
    const first = await push();
    configure(first);
    const before = await plan();
    const planOf = (made: Comparison): string | null | undefined =>
      made.kind === 'ready' ? made.compared[0]?.dataset : undefined;
    expect(planOf(before)).toBeDefined();
    const renamed = async (address: string): Promise<Comparison> => {
      project.git('checkout', '-q', 'main');
      project.write('.docops.yml', CONFIG.replace('eval/invoices', address));
      project.commit('another address');
      return plan();
    };
    expect(planOf(await renamed(first.slice(0, 'invoices@'.length + 12)))).toBe(planOf(before));
    project.git('checkout', '-q', 'HEAD~2', '--', 'eval');
    const second = await push((labels) => labels.replace('Acme', 'Acme Ltd'));
    expect(second).not.toBe(first);
    expect(planOf(await renamed(second))).not.toBe(planOf(before));
  });

  it('has nothing to measure when the code is the same', async () => {
    configure(await push(), EXTRACTOR);
    expect(await plan()).toMatchObject({ kind: 'ready', pipelines: [{ applicable: false, planId: null }] });
  });

  it('says what a person has to mend', async () => {
    configure('invoices@0123456789ab');
    expect(await plan()).toMatchObject({
      kind: 'cannot',
      message: expect.stringContaining('has no dataset "invoices"') as unknown,
      mend: expect.stringContaining('docops dataset push') as unknown,
    });
    const without = openDatasets({ registry: null, cacheFolder: folderWith() });
    expect(await plan(without)).toMatchObject({
      kind: 'cannot',
      mend: expect.stringContaining('DOCOPS_DATASETS') as unknown,
    });
  });

  it('is tried again when the storage fails: nobody has to mend the repository', async () => {
    configure(await push());
    const failing: Datasets = {
      ...datasets,
      identity: () => Promise.reject(new BlobError('s3://bucket: no answer')),
    };
    await expect(plan(failing)).rejects.toBeInstanceOf(BlobError);
  });
});
