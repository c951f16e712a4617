import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/core/errors.js';
import { pushDataset } from '../../src/dataset/push.js';
import { readDataset } from '../../src/dataset/read.js';
import { createRemoteDatasets, type RemoteDatasets } from '../../src/dataset/remote.js';
import { BlobError, type Blobs } from '../../src/ports/blobs.js';
import { createFilesystemBlobs } from '../../src/storage/filesystem/blobs.js';
import { trimBlobs } from '../../src/storage/filesystem/trim.js';
import { folderWith } from '../support/folder.js';

const LABELS = '{"id":"a","fields":{"total":"9.00"}}\n{"id":"b","fields":{"total":"8.00"}}\n';
const FILES = {
  'dataset.yml': 'name: receipts\n',
  'labels.jsonl': LABELS,
  'documents/a.txt': 'Total 9.00',
  'documents/b/scan.txt': 'Total 8.00',
  'documents/b/ocr/1.json': '{}',
};

/** A storage that writes down what is asked of it. */
function watched(blobs: Blobs): { blobs: Blobs; got: string[] } {
  const got: string[] = [];
  return {
    got,
    blobs: {
      ...blobs,
      get: (key, file) => {
        got.push(key);
        return blobs.get(key, file);
      },
    },
  };
}

interface World {
  readonly remote: RemoteDatasets;
  readonly registry: Blobs;
  /** What lies at s3://bucket/dataset. */
  readonly there: string;
  readonly registryFolder: string;
  readonly cacheFolder: string;
  /** Names of files that were downloaded. */
  readonly got: string[];
}

function world(options: { files?: Record<string, string>; registry?: boolean; blobs?: Blobs } = {}): World {
  const there = folderWith(options.files ?? FILES);
  const [registryFolder, cacheFolder] = [folderWith(), folderWith()];
  const got: string[] = [];
  const remote = createRemoteDatasets({
    registry: options.registry === false ? null : registryFolder,
    openBlobs: (address) => {
      const folder = address === 's3://bucket/dataset' ? there : address;
      const storage = watched(options.blobs ?? createFilesystemBlobs(folder));
      return Promise.resolve({
        ...storage.blobs,
        get: (key, file) => (got.push(key), storage.blobs.get(key, file)),
      });
    },
    cache: {
      blobs: createFilesystemBlobs(cacheFolder),
      trim: () => trimBlobs(cacheFolder, 1_000_000),
    },
  });
  return { remote, registry: createFilesystemBlobs(registryFolder), there, registryFolder, cacheFolder, got };
}

const ADDRESS = 's3://bucket/dataset';

describe('a dataset at an address', () => {
  it('is read as its folder would be', async () => {
    const { remote, there } = world();
    const { dataset, problems } = await remote.openRemote(ADDRESS, folderWith());
    const folder = await readDataset(there);
    expect(problems).toEqual([]);
    expect(dataset).toMatchObject({ name: 'receipts', version: folder.dataset.version });
    expect(dataset.documents.map(({ id, contentHash }) => [id, contentHash])).toEqual(
      folder.dataset.documents.map(({ id, contentHash }) => [id, contentHash]),
    );
  });

  it('is looked for again where its storage could not be opened once', async () => {
    let opened = 0;
    const remote = createRemoteDatasets({
      registry: null,
      openBlobs: () =>
        (opened += 1) === 1
          ? Promise.reject(new Error('away'))
          : Promise.resolve(createFilesystemBlobs(folderWith(FILES))),
      cache: { blobs: createFilesystemBlobs(folderWith()), trim: () => Promise.resolve() },
    });
    await expect(remote.identity(ADDRESS)).rejects.toThrow('away');
    expect(await remote.identity(ADDRESS)).toMatch(/^[0-9a-f]{64}$/);
    await remote.identity(ADDRESS);
    expect(opened).toBe(2);
  });

  it('calls its files by their address when something is wrong', async () => {
    const { remote } = world({ files: { ...FILES, 'labels.jsonl': '{"id":"a"' } });
    const { problems } = await remote.openRemote(ADDRESS, folderWith());
    expect(problems[0]).toMatchObject({ place: { file: `${ADDRESS}/labels.jsonl`, line: 1 } });
  });

  it('comes without what is no part of it', async () => {
    const { remote } = world({
      files: { ...FILES, 'train/labels.jsonl': 'x', 'notes.txt': 'x', 'documents/.DS_Store': 'x' },
    });
    const folder = folderWith();
    await remote.fetch(ADDRESS, folder);
    expect(readdirSync(folder).sort()).toEqual(['dataset.yml', 'documents', 'labels.jsonl']);
    expect(readdirSync(join(folder, 'documents')).sort()).toEqual(['a.txt', 'b']);
  });

  it('has an identity that changes with every file of it, and with nothing else', async () => {
    const { remote, there } = world();
    const before = await remote.identity(ADDRESS);
    expect(before).toMatch(/^[0-9a-f]{64}$/);
    writeFileSync(join(there, 'notes.txt'), 'x');
    expect(await remote.identity(ADDRESS)).toBe(before);
    const seen = new Set([before]);
    for (const name of Object.keys(FILES)) {
      writeFileSync(join(there, name), 'changed');
      seen.add(await remote.identity(ADDRESS));
    }
    expect(seen.size).toBe(1 + Object.keys(FILES).length);
  });

  it('is not downloaded again while it is the same; what changed is', async () => {
    const { remote, there, got } = world();
    await remote.fetch(ADDRESS, folderWith());
    expect([...got].sort()).toEqual(Object.keys(FILES).sort());
    got.length = 0;
    const again = folderWith();
    await remote.fetch(ADDRESS, again);
    expect(got).toEqual([]);
    expect(readFileSync(join(again, 'documents/a.txt'), 'utf8')).toBe('Total 9.00');
    writeFileSync(join(there, 'documents/a.txt'), 'Total 9.50');
    const changed = folderWith();
    await remote.fetch(ADDRESS, changed);
    expect(got).toEqual(['documents/a.txt']);
    expect(readFileSync(join(changed, 'documents/a.txt'), 'utf8')).toBe('Total 9.50');
  });

  it('is downloaded again where the cache is damaged or gone', async () => {
    const { remote, cacheFolder, got } = world();
    await remote.fetch(ADDRESS, folderWith());
    for (const entry of readdirSync(cacheFolder, { recursive: true, withFileTypes: true }))
      if (entry.isFile() && !entry.parentPath.includes('.docops'))
        writeFileSync(join(entry.parentPath, entry.name), 'spoilt');
    got.length = 0;
    const folder = folderWith();
    await remote.fetch(ADDRESS, folder);
    expect(got.length).toBe(Object.keys(FILES).length);
    expect(readFileSync(join(folder, 'labels.jsonl'), 'utf8')).toBe(LABELS);
    got.length = 0;
    await remote.fetch(ADDRESS, folderWith());
    expect(got).toEqual([]);
    rmSync(cacheFolder, { recursive: true });
    await remote.fetch(ADDRESS, folderWith());
    expect(got.length).toBe(Object.keys(FILES).length);
  });

  it('that is changed while it is read is an error of the storage, to be tried again', async () => {
    const there = folderWith(FILES);
    const inner = createFilesystemBlobs(there);
    const { remote } = world({
      blobs: {
        ...inner,
        get(key, file) {
          if (key === 'documents/a.txt') writeFileSync(join(there, key), 'changed just now');
          return inner.get(key, file);
        },
      },
    });
    const read = remote.fetch(ADDRESS, folderWith());
    await expect(read).rejects.toBeInstanceOf(BlobError);
    await expect(read).rejects.toThrow(/documents\/a\.txt changed while/);
  });

  it('where there is none is an error of the user, and so is a right that is missing', async () => {
    const { remote } = world({ files: { 'documents/a.txt': 'x' } });
    for (const asked of [() => remote.identity(ADDRESS), () => remote.fetch(ADDRESS, folderWith())]) {
      await expect(asked()).rejects.toThrow(`there is no dataset at ${ADDRESS}: it has no labels.jsonl`);
      await expect(asked()).rejects.toBeInstanceOf(UsageError);
    }
    const failing = (permanent: boolean): RemoteDatasets => {
      const blobs = createFilesystemBlobs(folderWith());
      const list = (): never => {
        throw new BlobError('s3://bucket/dataset: access denied', { permanent });
      };
      return world({ blobs: { ...blobs, list } }).remote;
    };
    await expect(failing(true).identity(ADDRESS)).rejects.toBeInstanceOf(UsageError);
    await expect(failing(true).identity(ADDRESS)).rejects.toThrow(/cannot be read: .*access denied/);
    await expect(failing(false).identity(ADDRESS)).rejects.toBeInstanceOf(BlobError);
  });

  it('refuses names that no disk can hold, before anything is written', async () => {
    const entry = (key: string): { key: string; bytes: number; version: string } => ({
      key,
      bytes: 1,
      version: '1',
    });
    const listing = (keys: readonly string[]): RemoteDatasets => {
      const blobs = createFilesystemBlobs(folderWith());
      return world({
        blobs: {
          ...blobs,
          async *list(prefix) {
            await Promise.resolve();
            yield* keys.filter((key) => key.startsWith(prefix)).map(entry);
          },
        },
      }).remote;
    };
    const folder = folderWith();
    for (const [keys, message] of [
      [['labels.jsonl', 'documents/../../../etc/passwd'], /has a part "\." or "\.\."/],
      [['labels.jsonl', 'documents//a'], /has an empty part/],
      [['labels.jsonl', 'documents/a\nb'], /control character/],
      [['labels.jsonl', 'documents/a', 'documents/a/b'], /"documents\/a" is a file and a folder at once/],
    ] as const) {
      await expect(listing(keys).fetch(ADDRESS, folder)).rejects.toThrow(message);
      expect(readdirSync(folder)).toEqual([]);
    }
  });

  it('keeps its cache within its room', async () => {
    const { remote, cacheFolder } = world();
    await remote.fetch(ADDRESS, folderWith());
    await trimBlobs(cacheFolder, 0);
    const left = readdirSync(cacheFolder, { recursive: true, withFileTypes: true });
    expect(left.filter((found) => found.isFile())).toEqual([]);
    await remote.fetch(ADDRESS, folderWith());
  });
});

describe('the registry', () => {
  const push = async (registry: Blobs, files: Record<string, string> = FILES): Promise<string> => {
    const { dataset, problems } = await readDataset(folderWith(files));
    expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
    return (await pushDataset(registry, dataset, 'receipts')).version;
  };

  it('gives a version back by its whole name and by its beginning', async () => {
    const { remote, registry } = world();
    const version = await push(registry);
    for (const asked of [version, version.slice(0, 12)]) {
      expect(await remote.identity(`receipts@${asked}`)).toBe(version);
      const { dataset, problems } = await remote.openRemote(`receipts@${asked}`, folderWith());
      expect(problems).toEqual([]);
      expect(dataset.version).toBe(version);
    }
  });

  it('keeps several versions of a dataset, each as it was', async () => {
    const { remote, registry } = world();
    const first = await push(registry);
    const second = await push(registry, { ...FILES, 'labels.jsonl': LABELS.replace('9.00', '9.50') });
    expect(second).not.toBe(first);
    for (const version of [first, second])
      expect((await remote.openRemote(`receipts@${version}`, folderWith())).dataset.version).toBe(version);
  });

  it('says what is missing: the registry, the dataset, the version', async () => {
    const { remote, registry } = world();
    const version = await push(registry);
    const without = world({ registry: false }).remote;
    await expect(without.identity(`receipts@${version}`)).rejects.toMatchObject({
      name: 'UsageError',
      message: `the dataset receipts@${version} is in a registry, and none is configured`,
      mend: expect.stringContaining('DOCOPS_DATASETS') as unknown,
    });
    const other = version.startsWith('0') ? '1'.repeat(12) : '0'.repeat(12);
    await expect(remote.identity(`receipts@${other}`)).rejects.toThrow(
      `has no version ${other} of "receipts"`,
    );
    await expect(remote.identity(`invoices@${version}`)).rejects.toThrow(/has no dataset "invoices"/);
    await expect(remote.identity('receipts@latest')).rejects.toThrow(/names no version of a dataset/);
    await expect(remote.identity(`receipts@${version}`)).resolves.toBe(version);
  });

  it('does not guess when a beginning fits two versions', async () => {
    const { remote, registry } = world();
    const beginning = 'abcdef012345';
    const [one, other] = ['1', '2'].map((digit) => beginning + digit.repeat(52));
    for (const version of [one, other])
      for (const name of ['documents/a.txt', 'labels.jsonl'])
        await registry.put(`receipts/${version}/${name}`, { bytes: Buffer.from('x') });
    const asked = remote.identity(`receipts@${beginning}`);
    await expect(asked).rejects.toBeInstanceOf(UsageError);
    await expect(asked).rejects.toThrow(
      `receipts@${beginning} begins more than one version: ${beginning}1111, ${beginning}2222`,
    );
    expect(await remote.identity(`receipts@${beginning}1`)).toBe(one);
  });

  it('does not take a push that has not ended for a version', async () => {
    const { remote, registry } = world();
    const version = await push(registry);
    await registry.remove(`receipts/${version}/labels.jsonl`);
    await expect(remote.identity(`receipts@${version}`)).rejects.toThrow(/has no version/);
    await expect(remote.identity(`receipts@${version.slice(0, 12)}`)).rejects.toThrow(/has no version/);
  });

  it('notices files that were changed behind its back', async () => {
    const { remote, registry } = world();
    const version = await push(registry);
    await registry.put(`receipts/${version}/labels.jsonl`, {
      bytes: Buffer.from(LABELS.replace('9.00', '1.00')),
    });
    const { problems } = await remote.openRemote(`receipts@${version}`, folderWith());
    expect(problems).toMatchObject([{ severity: 'error', code: 'wrong_version' }]);
  });
});
