/**
 * What tasks read: the code of one side as an archive, and documents. Both are named by their content, so that they are
 * sent once, and are made the same way every time.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, constants, mkdtemp, readdir, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import pLimit from 'p-limit';
import { create } from 'tar';
import { DocumentProblem, extension, removeTree, showDocument } from '../../../eval-runner/documents.js';
import { BlobError, type Blobs } from '../../ports/blobs.js';
import { RunnerError, type RunDocument } from '../../ports/runner.js';
import { BLOBS } from './names.js';

/** A blob that a task may read. */
export interface Stored {
  readonly key: string;
  /** Hex, of its bytes. */
  readonly sha256: string;
  readonly bytes: number;
}

export interface StoredDocument extends Stored {
  readonly id: string;
  readonly kind: 'file' | 'folder';
  /** `.pdf`, or empty. */
  readonly extension: string;
}

/** Why a document cannot be shown, in a sentence. */
export interface BrokenDocument {
  readonly id: string;
  readonly problem: string;
}

/** Open connections to the storage, for each process. */
const UPLOADS_AT_ONCE = 8;
const uploads = pLimit(UPLOADS_AT_ONCE);
/** Every entry of every archive bears it: the same content is the same archive. */
const ARCHIVE_DATE = new Date('2000-01-01T00:00:00Z');

/** Of each storage, the documents that are there: so many are remembered, which is 20 MB. */
const DOCUMENTS_REMEMBERED = 100_000;
const there = new WeakMap<Blobs, Map<string, Promise<Stored>>>();

/** Sends what is not there yet. In the order given. */
export function storeDocuments(
  blobs: Blobs,
  documents: readonly RunDocument[],
  signal: AbortSignal,
): Promise<readonly (StoredDocument | BrokenDocument)[]> {
  return Promise.all(
    documents.map((document) =>
      uploads(() => {
        signal.throwIfAborted();
        return storeDocument(blobs, document);
      }),
    ),
  );
}

/** A task did not find what it was promised: ask again whether it is there. */
export function forgetDocuments(blobs: Blobs, documents: readonly Pick<RunDocument, 'contentHash'>[]): void {
  for (const { contentHash } of documents) there.get(blobs)?.delete(contentHash);
}

async function storeDocument(blobs: Blobs, document: RunDocument): Promise<StoredDocument | BrokenDocument> {
  try {
    const stats = await stat(document.path);
    const kind = stats.isDirectory() ? 'folder' : 'file';
    await access(document.path, constants.R_OK);
    let known = there.get(blobs);
    if (known === undefined) {
      known = new Map<string, Promise<Stored>>();
      there.set(blobs, known);
    }
    let stored = known.get(document.contentHash);
    if (stored === undefined) {
      if (known.size >= DOCUMENTS_REMEMBERED) known.clear();
      stored = findOrSend(blobs, document, kind);
      known.set(document.contentHash, stored);
      const remembered = known;
      stored.catch(() => remembered.delete(document.contentHash));
    }
    return {
      ...(await stored),
      id: document.id,
      kind,
      extension: kind === 'folder' ? '' : extension(document.path),
    };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (error instanceof DocumentProblem) return { id: document.id, problem: error.message };
    if (code === 'ENOENT' || code === 'EACCES' || code === 'ELOOP' || code === 'ENOTDIR')
      return { id: document.id, problem: `the document could not be read (${code})` };
    throw storageFailed(error, 'a document could not be sent to the storage');
  }
}

async function findOrSend(blobs: Blobs, document: RunDocument, kind: 'file' | 'folder'): Promise<Stored> {
  const key = BLOBS.document(document.contentHash);
  const found = await blobs.stat(key);
  // Without a checksum nobody could tell whether a task got what was meant.
  if (found !== undefined && found.sha256 !== null) return { key, sha256: found.sha256, bytes: found.bytes };
  if (kind === 'file') return put(blobs, key, document.path);
  return inTemporaryFolder(async (folder) => {
    const shown = await showDocument({ id: 'document', path: document.path }, folder);
    const archive = join(folder, 'document.tar');
    await pack(shown, archive, { gzip: false });
    return put(blobs, key, archive);
  });
}

/** The code of one side, as tar.gz with `code/` at its top. */
export async function storeCode(blobs: Blobs, codeDirectory: string): Promise<Stored> {
  try {
    return await inTemporaryFolder(async (folder) => {
      const archive = join(folder, 'code.tar.gz');
      await pack(codeDirectory, archive, { gzip: true, prefix: 'code' }).catch((error: unknown) => {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT')
          throw new RunnerError(`the checkout ${codeDirectory} is gone`, { cause: error });
        throw error;
      });
      const sha256 = await sha256Of(archive);
      const key = BLOBS.code(sha256);
      const found = await blobs.stat(key);
      if (found?.sha256 === sha256) return { key, sha256, bytes: found.bytes };
      return put(blobs, key, archive);
    });
  } catch (error) {
    throw storageFailed(error, 'the code could not be sent to the storage');
  }
}

/** An archive of everything in a folder: the same bytes for the same content, wherever and whenever it is made. */
export async function pack(
  folder: string,
  archive: string,
  { gzip, prefix }: { readonly gzip: boolean; readonly prefix?: string },
): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile() || entry.isDirectory() || entry.isSymbolicLink())
    // `./`, because node-tar takes `@name` for an archive to read from.
    .map((entry) => `.${join(entry.parentPath, entry.name).slice(folder.replace(/\/+$/, '').length)}`)
    .sort();
  await create(
    {
      cwd: folder,
      file: archive,
      gzip,
      portable: true,
      mtime: ARCHIVE_DATE,
      noDirRecurse: true,
      ...(prefix !== undefined && { prefix }),
    },
    ['./', ...paths],
  );
}

async function put(blobs: Blobs, key: string, file: string): Promise<Stored> {
  const { bytes, sha256 } = await blobs.put(key, { file });
  return { key, bytes, sha256: sha256 ?? (await sha256Of(file)) };
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

async function inTemporaryFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'docops-ecs-'));
  try {
    return await work(folder);
  } finally {
    await removeTree(folder);
  }
}

export function storageFailed(error: unknown, what: string): Error {
  if (error instanceof Error && !(error instanceof BlobError)) return error;
  return new RunnerError(`${what}: ${error instanceof Error ? error.message : String(error)}`, {
    cause: error,
    permanent: error instanceof BlobError && error.permanent,
    mend: "check the bucket of DOCOPS_BLOBS, and that the App's role may read and write it",
  });
}
