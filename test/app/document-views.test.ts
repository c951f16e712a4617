import { createCanvas } from '@napi-rs/canvas';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRemoteDatasets } from '../../src/dataset/remote.js';
import { createDocumentViews } from '../../src/document-views.js';
import type { DocumentItem, DocumentViews } from '../../src/ports/document-views.js';
import { MirrorError, type Mirrors } from '../../src/ports/mirror.js';
import { createFilesystemBlobs } from '../../src/storage/filesystem/blobs.js';
import { mirrorsOf, MAIN, remoteWith, SHOP } from '../git/mirror/support.js';
import { folderWith } from '../support/folder.js';

// The built module: the child process is plain Node, which does not read TypeScript.
const workerUrl = new URL('../../dist/src/report/page-worker.js', import.meta.url);
const signal = new AbortController().signal;

const FILES = {
  'data/labels.jsonl': '{"id":"inv-1","fields":{}}\n',
  'data/documents/inv-1.txt': 'Total 9.00',
  'data/documents/inv-2/b.txt': 'second',
  'data/documents/inv-2/a.txt': 'first',
  'data/documents/caf\u00e9.txt': 'coffee',
  'data/documents/.hidden.txt': 'hidden',
  'secret.txt': 'a secret',
};

const text = (items: readonly DocumentItem[]): string[] =>
  items.map((item) => `${item.kind} ${item.kind === 'image' ? item.name : item.text}`);

async function repository(files: Readonly<Record<string, string>> = FILES) {
  const remote = await remoteWith(files);
  const { mirrors, logged } = mirrorsOf(remote);
  let opened = 0;
  const counted: Mirrors = {
    open: (...given) => {
      opened += 1;
      return mirrors.open(...given);
    },
  };
  const views = createDocumentViews({
    mirrors: counted,
    datasets: { fetch: () => Promise.reject(new Error('not asked')) },
    log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
    workerUrl,
  });
  const commit = remote.work.git('rev-parse', 'HEAD').trim();
  const view = (documentId: string, dataset = 'data') =>
    views.view({ repository: SHOP, commit, dataset, documentId }, signal);
  return { remote, view, commit, logged, opened: () => opened };
}

describe('documents of a repository', () => {
  it('are the files of the run\u2019s commit, whatever the branch has now', async () => {
    const { remote, view } = await repository();
    remote.work.change({ 'data/documents/inv-1.txt': 'changed' });
    remote.push(MAIN);
    expect(text(await view('inv-1'))).toEqual(['text Total 9.00']);
    expect(text(await view('inv-2', './data/'))).toEqual(['text first', 'text second']);
  });

  it('are found by their name in another composition of letters', async () => {
    const { view } = await repository();
    expect(text(await view('cafe\u0301'))).toEqual(['text coffee']);
  });

  it.each(['../secret', '../../secret.txt', 'inv-2/a', '.hidden', '', 'inv', '/etc/passwd', 'inv-1.txt'])(
    'are entries of the dataset and nothing else: %j',
    async (id) => {
      const { view } = await repository();
      expect(text(await view(id))).toEqual(['note the dataset of this run has no document of this name']);
    },
  );

  it('are read and drawn once', async () => {
    const { view, opened } = await repository();
    await view('inv-1');
    await view('inv-1');
    expect(opened()).toBe(1);
  });

  it('become a note where the repository cannot be read, which says nothing of this machine', async () => {
    const views = createDocumentViews({
      mirrors: { open: () => Promise.reject(new MirrorError('cannot write /var/lib/docops', false)) },
      datasets: { fetch: () => Promise.reject(new Error('not asked')) },
      log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
      workerUrl,
    });
    const address = { repository: SHOP, commit: 'a'.repeat(40), dataset: 'data', documentId: 'inv-1' };
    expect(text(await views.view(address, signal))).toEqual([
      'note the dataset of this run cannot be read now',
    ]);
    const gone = AbortSignal.abort();
    expect(text(await views.view(address, gone))).toEqual(['note left out, the document took too long']);
  });
});

describe('documents of a dataset elsewhere', () => {
  function elsewhere(files: Readonly<Record<string, string | Buffer>>) {
    const there = folderWith(files);
    const [cache, got] = [folderWith(), [] as string[]];
    const blobs = createFilesystemBlobs(there);
    const datasets = createRemoteDatasets({
      registry: null,
      openBlobs: () =>
        Promise.resolve({ ...blobs, get: (key, file) => (got.push(key), blobs.get(key, file)) }),
      cache: { blobs: createFilesystemBlobs(cache), trim: () => Promise.resolve() },
    });
    const views: DocumentViews = createDocumentViews({
      mirrors: { open: () => Promise.reject(new Error('not asked')) },
      datasets,
      log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
      workerUrl,
    });
    const view = (documentId: string, dataset = 's3://bucket/dataset') =>
      views.view({ repository: SHOP, commit: '', dataset, documentId }, signal);
    return { view, got, there };
  }

  it('are fetched alone, and drawn to bytes', async () => {
    const canvas = createCanvas(40, 30);
    const { view, got } = elsewhere({
      'labels.jsonl': '{"id":"a","fields":{}}\n',
      'documents/a.png': canvas.toBuffer('image/png'),
      'documents/b.txt': 'other',
    });
    const items = await view('a');
    expect(got).toEqual(['documents/a.png']);
    const [note, image] = items;
    expect(note).toMatchObject({ kind: 'note', text: expect.stringContaining('now') as string });
    expect(image).toMatchObject({ kind: 'image', type: 'image/webp', width: 40, height: 30 });
    expect(image?.kind === 'image' && image.bytes.subarray(8, 12).toString()).toBe('WEBP');
    expect(await view('a')).toBe(items);
  });

  it('say what a person has to mend', async () => {
    const { view, there } = elsewhere({ 'labels.jsonl': '', 'documents/a.txt': 'x' });
    expect(text(await view('a', 'receipts@0123456789ab'))[0]).toContain('none is configured');
    writeFileSync(join(there, 'documents', 'large.pdf'), Buffer.alloc(33 * 1024 * 1024));
    expect(text(await view('large'))).toEqual(['note left out, the file is too large']);
    expect(text(await view('../labels'))).toEqual([
      'note the dataset of this run has no document of this name',
    ]);
  });
});
