import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pushDataset } from '../../src/dataset/push.js';
import { readDataset } from '../../src/dataset/read.js';
import type { Dataset } from '../../src/core/words.js';
import { BlobError, type Blobs } from '../../src/ports/blobs.js';
import { createFilesystemBlobs } from '../../src/storage/filesystem/blobs.js';
import { folderWith } from '../support/folder.js';

const FILES = {
  'dataset.yml': 'name: receipts\n',
  'labels.jsonl': '{"id":"a","fields":{"total":"9.00"}}\n{"id":"b","fields":{"total":"8.00"}}\n',
  'documents/a.txt': 'Total 9.00',
  'documents/b/scan.txt': 'Total 8.00',
  'documents/b/ocr/1.json': '{}',
  'documents/b/.DS_Store': 'litter',
  'train/labels.jsonl': 'not pushed',
};

async function open(files: Record<string, string> = FILES): Promise<Dataset> {
  const { dataset, problems } = await readDataset(folderWith(files));
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  return dataset;
}

async function keys(blobs: Blobs): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of blobs.list('')) found.push(key);
  return found;
}

/** Writes down the names in the order in which they are put, and fails at one that is asked for. */
function recording(inner: Blobs, failAt?: (key: string) => boolean): { blobs: Blobs; put: string[] } {
  const put: string[] = [];
  return {
    put,
    blobs: {
      ...inner,
      put(key, source) {
        if (failAt?.(key) === true) return Promise.reject(new BlobError('the line is cut'));
        put.push(key);
        return inner.put(key, source);
      },
    },
  };
}

describe('pushing a dataset', () => {
  it('puts the dataset and nothing else under its name and version, labels last', async () => {
    const dataset = await open();
    const folder = folderWith();
    const { blobs, put } = recording(createFilesystemBlobs(folder));
    expect(await pushDataset(blobs, dataset, 'receipts')).toEqual({
      version: dataset.version,
      known: false,
      sent: 3,
      skipped: 0,
    });
    const prefix = `receipts/${dataset.version}/`;
    expect(await keys(blobs)).toEqual(
      [
        'dataset.yml',
        'documents/a.txt',
        'documents/b/ocr/1.json',
        'documents/b/scan.txt',
        'labels.jsonl',
      ].map((name) => prefix + name),
    );
    expect(put.at(-1)).toBe(`${prefix}labels.jsonl`);
    expect((await readDataset(join(folder, prefix))).dataset.version).toBe(dataset.version);
  });

  it('again does nothing', async () => {
    const dataset = await open();
    const { blobs, put } = recording(createFilesystemBlobs(folderWith()));
    await pushDataset(blobs, dataset, 'receipts');
    put.length = 0;
    expect(await pushDataset(blobs, dataset, 'receipts')).toMatchObject({ known: true, sent: 0 });
    expect(put).toEqual([]);
  });

  it('that was cut off leaves no version, and the next push sends what is missing', async () => {
    const dataset = await open();
    const inner = createFilesystemBlobs(folderWith());
    const cut = recording(inner, (key) => key.endsWith('labels.jsonl'));
    await expect(pushDataset(cut.blobs, dataset, 'receipts')).rejects.toThrow('the line is cut');
    expect(await inner.stat(`receipts/${dataset.version}/labels.jsonl`)).toBeUndefined();
    await inner.remove(`receipts/${dataset.version}/documents/a.txt`);
    await inner.put(`receipts/${dataset.version}/documents/b/scan.txt`, { bytes: Buffer.from('half') });
    const next = recording(inner);
    expect(await pushDataset(next.blobs, dataset, 'receipts')).toEqual({
      version: dataset.version,
      known: false,
      sent: 2,
      skipped: 1,
    });
    expect(await inner.stat(`receipts/${dataset.version}/labels.jsonl`)).toBeDefined();
  });

  it.each([
    ['a document', 'documents/a.txt'],
    ['a file of a document', 'documents/b/scan.txt'],
    ['the labels', 'labels.jsonl'],
  ])('stops without a version when %s is changed meanwhile', async (_name, file) => {
    const dataset = await open();
    writeFileSync(
      join(dataset.root, file),
      readFileSync(join(dataset.root, file), 'utf8').replace('.00', '.01'),
    );
    const blobs = createFilesystemBlobs(folderWith());
    await expect(pushDataset(blobs, dataset, 'receipts')).rejects.toThrow(/was changed while/);
    expect((await keys(blobs)).filter((key) => key.endsWith('labels.jsonl'))).toEqual([]);
  });

  it.each(['', '..', 'a/b', 'a b', '-a', 'a@b', 'ü', 'x'.repeat(101)])(
    'refuses the name %j before anything is sent',
    async (name) => {
      const { blobs, put } = recording(createFilesystemBlobs(folderWith()));
      await expect(pushDataset(blobs, await open(), name)).rejects.toThrow(/has to be up to 100 letters/);
      expect(put).toEqual([]);
    },
  );

  it('keeps names beyond ASCII as the disk has them', async () => {
    const dataset = await open({
      'labels.jsonl': '{"id":"Bäckerei 1","fields":{"total":"9.00"}}\n',
      'documents/Ba\u0308ckerei 1.txt': 'x',
    });
    const folder = folderWith();
    const blobs = createFilesystemBlobs(folder);
    const { version } = await pushDataset(blobs, dataset, 'receipts');
    expect((await readDataset(join(folder, 'receipts', version))).dataset.version).toBe(version);
  });

  it('names a file that a storage cannot hold', async () => {
    const dataset = await open({ ...FILES, 'documents/b/back\\slash.txt': 'x' });
    await expect(pushDataset(createFilesystemBlobs(folderWith()), dataset, 'receipts')).rejects.toThrow(
      /back\\\\slash\.txt" contains a backslash/,
    );
  });
});
