/** What every adapter of the Blobs port must do. */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BlobError, type BlobEntry, type Blobs } from '../../src/ports/blobs.js';
import { folderWith } from '../support/folder.js';

export interface BlobsUnderTest {
  readonly blobs: Blobs;
  /** A further view of the same data, as another process would have. */
  again(): Blobs;
  /** Changes the stored bytes behind the storage's back and leaves the checksum. */
  damage(key: string, bytes: Buffer): Promise<void>;
  close(): Promise<void>;
}

export const sha256 = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex');

export async function listed(blobs: Blobs, prefix: string): Promise<BlobEntry[]> {
  const found: BlobEntry[] = [];
  for await (const entry of blobs.list(prefix)) found.push(entry);
  return found;
}

const text = (content: string): { bytes: Buffer } => ({ bytes: Buffer.from(content) });

/** What is whole may still have a name that storages, shells and URLs treat as something else. */
const AWKWARD = [
  'a b/c d.txt',
  'ü/日本語/😀.pdf',
  'plus+and&equals=.txt',
  'percent%2Fencoded%00.txt',
  'quote\'"`$(id).txt',
  '-rf',
  'hash#query?x=1',
  '...',
  'dot./.hidden',
  'colon:semi;comma,star*.txt',
  'e\u0301',
];

const IMPOSSIBLE = [
  '',
  '/a',
  'a/',
  'a//b',
  '.',
  '..',
  'a/../b',
  '../a',
  'a/./b',
  'a\0b',
  'a\nb',
  'a\u007f',
  'a\\b',
  'a\ud800',
  '.docops/sums/a',
  'x'.repeat(1_025),
];

export function blobsContract(name: string, make: () => Promise<BlobsUnderTest>): void {
  describe(`the Blobs port, ${name}`, () => {
    let under: BlobsUnderTest;
    let blobs: Blobs;
    beforeEach(async () => {
      under = await make();
      ({ blobs } = under);
    });
    afterEach(() => under.close());

    it('gives back what was put, as bytes and as a file, here and in another process', async () => {
      const folder = folderWith({ 'in.txt': 'from a file' });
      const put = await blobs.put('one', text('from memory'));
      expect(put).toMatchObject({ bytes: 11, sha256: sha256('from memory') });
      await blobs.put('folder/two', { file: join(folder, 'in.txt') });
      for (const view of [blobs, under.again()]) {
        expect((await view.read('one', 100))?.toString()).toBe('from memory');
        const out = join(folder, `out-${view === blobs ? 'here' : 'there'}`);
        expect(await view.get('folder/two', out)).toMatchObject({ bytes: 11, sha256: sha256('from a file') });
        expect(readFileSync(out, 'utf8')).toBe('from a file');
        expect(await view.stat('one')).toEqual(put);
      }
    });

    it('says undefined for what is not there, and has nothing to remove then', async () => {
      const folder = folderWith();
      await blobs.put('there/deep', text('x'));
      for (const key of ['missing', 'there', 'there/deep/er', 'there/de']) {
        expect(await blobs.get(key, join(folder, 'out'))).toBeUndefined();
        expect(await blobs.read(key, 10)).toBeUndefined();
        expect(await blobs.stat(key)).toBeUndefined();
        await blobs.remove(key);
      }
      expect(readdirSync(folder)).toEqual([]);
      expect((await blobs.read('there/deep', 10))?.toString()).toBe('x');
    });

    it('replaces a blob whole, and its version changes with it', async () => {
      const before = await blobs.put('key', text('a long first content'));
      const after = await blobs.put('key', text('second'));
      expect(after.version).not.toBe(before.version);
      expect((await blobs.read('key', 100))?.toString()).toBe('second');
      expect(await blobs.stat('key')).toEqual(after);
    });

    it('removes', async () => {
      await blobs.put('a/b', text('x'));
      await blobs.put('a/c', text('y'));
      await blobs.remove('a/b');
      expect(await blobs.stat('a/b')).toBeUndefined();
      expect((await listed(blobs, '')).map(({ key }) => key)).toEqual(['a/c']);
    });

    it('keeps an empty blob', async () => {
      const folder = folderWith({ empty: '' });
      await blobs.put('bytes', { bytes: Buffer.alloc(0) });
      await blobs.put('file', { file: join(folder, 'empty') });
      for (const key of ['bytes', 'file']) {
        expect(await blobs.stat(key)).toMatchObject({ bytes: 0, sha256: sha256('') });
        expect(await blobs.read(key, 0)).toEqual(Buffer.alloc(0));
        await blobs.get(key, join(folder, key));
        expect(readFileSync(join(folder, key)).length).toBe(0);
      }
    });

    it('keeps a large blob, from a file and from memory', async () => {
      const folder = folderWith();
      const content = randomBytes(17 * 1024 * 1024 + 3);
      writeFileSync(join(folder, 'in'), content);
      await blobs.put('file', { file: join(folder, 'in') });
      await blobs.put('bytes', { bytes: content });
      for (const key of ['file', 'bytes']) {
        expect(await blobs.stat(key)).toMatchObject({ bytes: content.length, sha256: sha256(content) });
        await blobs.get(key, join(folder, key));
        expect(readFileSync(join(folder, key)).equals(content)).toBe(true);
      }
    });

    it('lists by the beginning of the name, in the order of names', async () => {
      const keys = ['b', 'a/2', 'a/10', 'a-b', 'a/x/1', 'ab', 'ﬀ', '😀'];
      for (const key of keys) await blobs.put(key, text(key));
      const names = async (prefix: string): Promise<string[]> =>
        (await listed(blobs, prefix)).map(({ key }) => key);
      expect(await names('')).toEqual(['a-b', 'a/10', 'a/2', 'a/x/1', 'ab', 'b', 'ﬀ', '😀']);
      expect(await names('a/')).toEqual(['a/10', 'a/2', 'a/x/1']);
      expect(await names('a/1')).toEqual(['a/10']);
      expect(await names('a/x')).toEqual(['a/x/1']);
      expect(await names('nothing')).toEqual([]);
      expect(await names('a/../b')).toEqual([]);
      const later = async (prefix: string, after: string): Promise<string[]> => {
        const found: string[] = [];
        for await (const { key } of blobs.list(prefix, after)) found.push(key);
        return found;
      };
      expect(await later('a', 'a/10')).toEqual(['a/2', 'a/x/1', 'ab']);
      expect(await later('a', 'a/3')).toEqual(['a/x/1', 'ab']);
      expect(await later('a', 'b')).toEqual([]);
      const [entry] = await listed(blobs, 'a-b');
      expect(entry).toEqual({ key: 'a-b', bytes: 3, version: (await blobs.stat('a-b'))?.version });
    });

    it('lists more names than one page has', async () => {
      const keys = Array.from({ length: 1_005 }, (_, i) => `many/${String(i).padStart(5, '0')}`);
      for (let i = 0; i < keys.length; i += 50)
        await Promise.all(keys.slice(i, i + 50).map((key) => blobs.put(key, text('x'))));
      expect((await listed(blobs, 'many/')).map(({ key }) => key)).toEqual(keys);
    });

    it.each(AWKWARD)('keeps the awkward name %j apart from others', async (key) => {
      const folder = folderWith();
      await blobs.put(key, text(`content of ${key}`));
      await blobs.put('other', text('other'));
      expect((await blobs.read(key, 1_000))?.toString()).toBe(`content of ${key}`);
      await blobs.get(key, join(folder, 'out'));
      expect(readFileSync(join(folder, 'out'), 'utf8')).toBe(`content of ${key}`);
      expect((await listed(blobs, '')).map((entry) => entry.key).sort()).toEqual([key, 'other'].sort());
      await blobs.remove(key);
      expect(await blobs.stat(key)).toBeUndefined();
      expect(await blobs.stat('other')).toBeDefined();
    });

    it.each(IMPOSSIBLE)('refuses the impossible name %j for everything', async (key) => {
      const folder = folderWith();
      await expect(blobs.put(key, text('x'))).rejects.toThrow(/blob name/);
      await expect(blobs.get(key, join(folder, 'out'))).rejects.toThrow(/blob name/);
      await expect(blobs.read(key, 1)).rejects.toThrow(/blob name/);
      await expect(blobs.stat(key)).rejects.toThrow(/blob name/);
      await expect(blobs.remove(key)).rejects.toThrow(/blob name/);
    });

    it('notices damage, names the place, and leaves no file', async () => {
      const folder = folderWith();
      await blobs.put('sub/damaged', text('what was written'));
      await under.damage('sub/damaged', Buffer.from('what was wrotten'));
      const about = /sub\/damaged is damaged.*[Ww]rite it again/;
      const got = blobs.get('sub/damaged', join(folder, 'out'));
      await expect(got).rejects.toThrow(about);
      await expect(got).rejects.toBeInstanceOf(BlobError);
      await expect(blobs.read('sub/damaged', 100)).rejects.toThrow(about);
      expect(readdirSync(folder)).toEqual([]);
      await blobs.put('sub/damaged', text('what was written'));
      expect((await blobs.read('sub/damaged', 100))?.toString()).toBe('what was written');
    });

    it('notices that bytes are missing', async () => {
      await blobs.put('short', text('what was written'));
      await under.damage('short', Buffer.from('what was'));
      await expect(blobs.read('short', 100)).rejects.toThrow(/short is damaged/);
    });

    it('does not write over a file that exists', async () => {
      const folder = folderWith({ out: 'mine' });
      await blobs.put('key', text('other'));
      await expect(blobs.get('key', join(folder, 'out'))).rejects.toThrow(/is there already/);
      expect(readFileSync(join(folder, 'out'), 'utf8')).toBe('mine');
      expect(readdirSync(folder)).toEqual(['out']);
    });

    it('reads up to the limit and refuses what is larger', async () => {
      await blobs.put('key', text('0123456789'));
      expect((await blobs.read('key', 10))?.length).toBe(10);
      const refused = blobs.read('key', 9);
      await expect(refused).rejects.toThrow(/key has 10 bytes; at most 9 are read/);
      await expect(refused).rejects.toBeInstanceOf(BlobError);
    });

    it('says that a source is missing, and puts nothing', async () => {
      const folder = folderWith();
      await expect(blobs.put('key', { file: join(folder, 'none') })).rejects.toThrow(/ENOENT|no such file/);
      expect(await blobs.stat('key')).toBeUndefined();
      expect(await listed(blobs, '')).toEqual([]);
    });

    it('never shows a mix of what several write at once', async () => {
      const folder = folderWith();
      const contents = Array.from({ length: 6 }, (_, i) =>
        Buffer.alloc(300_000, String.fromCharCode(65 + i)),
      );
      const hashes = new Set(contents.map((content) => sha256(content)));
      await blobs.put('key', { bytes: contents[0]! });
      const writing = { on: true };
      const reading = (async (): Promise<number> => {
        let reads = 0;
        for (; writing.on || reads < 5; reads++) {
          const file = join(folder, `read-${reads}`);
          const stats = await under.again().get('key', file);
          expect(stats).toBeDefined();
          const content = sha256(readFileSync(file));
          expect(hashes).toContain(content);
          expect(stats?.sha256).toBe(content);
        }
        return reads;
      })();
      for (let round = 0; round < 4; round++)
        await Promise.all(
          contents.map((bytes, i) => (i % 2 === 0 ? blobs : under.again()).put('key', { bytes })),
        );
      writing.on = false;
      expect(await reading).toBeGreaterThanOrEqual(5);
      const end = await blobs.read('key', 300_000);
      expect(sha256(end!)).toBe((await blobs.stat('key'))?.sha256);
      expect(existsSync(join(folder, 'read-0'))).toBe(true);
    });
  });
}
