import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { cp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BlobError } from '../../src/ports/blobs.js';
import { createFilesystemBlobs } from '../../src/storage/filesystem/blobs.js';
import { blobsContract, listed, sha256 } from '../contract/blobs.contract.js';
import { folderWith } from '../support/folder.js';

blobsContract('in a folder', () => {
  const folder = mkdtempSync(join(tmpdir(), 'docops-blobs-'));
  return Promise.resolve({
    blobs: createFilesystemBlobs(folder),
    again: () => createFilesystemBlobs(folder),
    damage: (key, bytes) => writeFile(join(folder, key), bytes),
    close: () => rm(folder, { recursive: true, force: true }),
  });
});

describe('blobs in a folder', () => {
  const text = (content: string): { bytes: Buffer } => ({ bytes: Buffer.from(content) });

  it('are files under their names that nobody else may read', async () => {
    const folder = join(folderWith(), 'new', 'folder');
    const blobs = createFilesystemBlobs(folder);
    expect(await listed(blobs, '')).toEqual([]);
    expect(existsSync(folder)).toBe(false);
    await blobs.put('a/b.txt', text('x'));
    expect(readFileSync(join(folder, 'a/b.txt'), 'utf8')).toBe('x');
    expect(statSync(join(folder, 'a/b.txt')).mode & 0o077).toBe(0);
    expect(statSync(join(folder, 'a')).mode & 0o077).toBe(0);
    expect(blobs.shown).toBe(folder);
  });

  it('keep a file private whose source everybody may read', async () => {
    const source = folderWith({ open: 'x' });
    chmodSync(join(source, 'open'), 0o644);
    const folder = folderWith();
    await createFilesystemBlobs(folder).put('a', { file: join(source, 'open') });
    expect(statSync(join(folder, 'a')).mode & 0o077).toBe(0);
  });

  it('that somebody put there by hand are read, without a checksum', async () => {
    const blobs = createFilesystemBlobs(folderWith({ 'a/by-hand.txt': 'x' }));
    expect(await blobs.stat('a/by-hand.txt')).toMatchObject({ bytes: 1, sha256: null });
    expect((await blobs.read('a/by-hand.txt', 10))?.toString()).toBe('x');
    expect((await listed(blobs, '')).map(({ key }) => key)).toEqual(['a/by-hand.txt']);
  });

  it('that were copied with their folder still know their checksums', async () => {
    const [from, to] = [folderWith(), join(folderWith(), 'copy')];
    await createFilesystemBlobs(from).put('a', text('x'));
    await cp(from, to, { recursive: true });
    const copy = createFilesystemBlobs(to);
    expect((await copy.stat('a'))?.sha256).toBe(sha256('x'));
    writeFileSync(join(to, 'a'), 'y');
    await expect(copy.read('a', 10)).rejects.toThrow(/is damaged/);
  });

  it('are not written or read through a symbolic link', async () => {
    const outside = folderWith({ secret: 'secret', 'folder/secret': 'secret' });
    const folder = folderWith({ 'real/x': 'x' });
    symlinkSync(join(outside, 'secret'), join(folder, 'file-link'));
    symlinkSync(join(outside, 'folder'), join(folder, 'folder-link'));
    symlinkSync(join(folder, 'real'), join(folder, 'inner-link'));
    const blobs = createFilesystemBlobs(folder);
    await expect(blobs.read('file-link', 100)).rejects.toThrow(/symbolic link/);
    for (const key of ['folder-link/secret', 'inner-link/x']) {
      await expect(blobs.read(key, 100)).rejects.toThrow(BlobError);
      await expect(blobs.put(key, text('mine'))).rejects.toThrow(/symbolic link/);
      await expect(blobs.remove(key)).rejects.toThrow(/symbolic link/);
    }
    // Put replaces the link itself and not what it leads to.
    await blobs.put('file-link', text('mine'));
    expect(readFileSync(join(outside, 'secret'), 'utf8')).toBe('secret');
    expect(readFileSync(join(outside, 'folder/secret'), 'utf8')).toBe('secret');
    expect((await listed(blobs, '')).map(({ key }) => key)).toEqual(['file-link', 'real/x']);
  });

  it('may lie in a folder that is a symbolic link itself', async () => {
    const folder = folderWith();
    mkdirSync(join(folder, 'real'));
    symlinkSync(join(folder, 'real'), join(folder, 'link'));
    const blobs = createFilesystemBlobs(join(folder, 'link'));
    await blobs.put('a/b', text('x'));
    expect((await blobs.read('a/b', 10))?.toString()).toBe('x');
  });

  it('say that a name and the beginning of another cannot both be files', async () => {
    const blobs = createFilesystemBlobs(folderWith());
    await blobs.put('a', text('x'));
    await expect(blobs.put('a/b', text('y'))).rejects.toThrow(/a part of the path is a file/);
    await blobs.put('c/d', text('x'));
    await expect(blobs.put('c', text('y'))).rejects.toThrow(/other names begin with it/);
    expect((await listed(blobs, '')).map(({ key }) => key)).toEqual(['a', 'c/d']);
  });

  it('leave nothing unfinished, and clear away what a process that died left a day ago', async () => {
    const folder = folderWith({ '.docops/unfinished/old': 'x', '.docops/unfinished/new': 'x' });
    const old = new Date(Date.now() - 25 * 60 * 60 * 1000);
    utimesSync(join(folder, '.docops/unfinished/old'), old, old);
    await createFilesystemBlobs(folder).put('a', text('x'));
    expect(readdirSync(join(folder, '.docops/unfinished'))).toEqual(['new']);
  });

  it('take the checksum of another line when a crash has cut one off', async () => {
    const folder = folderWith();
    const blobs = createFilesystemBlobs(folder);
    await blobs.put('a', text('x'));
    writeFileSync(join(folder, '.docops/sums/a'), '123-1-99 abcdef', { flag: 'a' });
    expect((await blobs.stat('a'))?.sha256).toBe(sha256('x'));
    await blobs.put('a', text('y'));
    expect((await blobs.stat('a'))?.sha256).toBe(sha256('y'));
  });
});
