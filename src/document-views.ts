/**
 * What the pages show of a run's documents: the file is taken from where the run read its dataset, and drawn in a process
 * of its own. Documents are hostile, and so are their names in a report: an id only ever picks an entry that the dataset
 * has, it is never part of a path.
 */
import { extname, join } from 'node:path';
import { LRUCache } from 'lru-cache';
import pLimit from 'p-limit';
import { openScratch } from './cli/scratch.js';
import { isElsewhere } from './core/dataset/address.js';
import { normalizeId } from './core/dataset/id.js';
import { UsageError } from './core/errors.js';
import {
  DOCUMENT_VIEW_MS,
  DOCUMENT_VIEWS_AT_ONCE,
  DOCUMENT_VIEWS_BYTES,
  DOCUMENT_VIEWS_WAITING,
  EVIDENCE_FILE_BYTES,
  EVIDENCE_FILES,
} from './core/limits.js';
import { isLitter } from './dataset/documents.js';
import { DOCUMENTS } from './dataset/layout.js';
import type { RemoteDatasets } from './dataset/remote.js';
import { normalizeFolder } from './flow/sides.js';
import type { DocumentAddress, DocumentItem, DocumentViews } from './ports/document-views.js';
import type { Log } from './ports/log.js';
import type { Mirrors } from './ports/mirror.js';
import { drawDocument } from './report/evidence.js';
import { PageDrawer } from './report/page-drawer.js';

export interface DocumentViewsOptions {
  readonly mirrors: Mirrors;
  readonly datasets: Pick<RemoteDatasets, 'fetch'>;
  readonly log: Log;
  /** The drawing process's module; only tests that run from sources have another one. */
  readonly workerUrl?: URL;
}

/** A file below `documents/`: `name` is relative to that folder. */
interface Entry {
  readonly name: string;
}

export function createDocumentViews({
  mirrors,
  datasets,
  log,
  workerUrl,
}: DocumentViewsOptions): DocumentViews {
  const limit = pLimit(DOCUMENT_VIEWS_AT_ONCE);
  const kept = new LRUCache<string, readonly DocumentItem[]>({
    maxSize: DOCUMENT_VIEWS_BYTES,
    sizeCalculation: (items) => items.reduce((sum, item) => sum + sizeOf(item), 1),
  });

  const draw = async (address: DocumentAddress, signal: AbortSignal): Promise<readonly DocumentItem[]> => {
    const scratch = await openScratch();
    const drawer = new PageDrawer(workerUrl);
    const stop = (): void => drawer.close();
    signal.addEventListener('abort', stop, { once: true });
    try {
      const folder = await scratch.folder('document');
      const until = Date.now() + DOCUMENT_VIEW_MS;
      const taken = isElsewhere(address.dataset)
        ? await fromElsewhere(datasets, address, folder)
        : await fromRepository(mirrors, address, folder, signal);
      if (taken === undefined)
        return [note(address.documentId, 'the dataset of this run has no document of this name')];
      signal.throwIfAborted();
      return [...taken.notes, ...(await drawDocument(join(folder, ...taken.place), drawer, until))];
    } finally {
      signal.removeEventListener('abort', stop);
      drawer.close();
      await scratch.remove();
    }
  };

  return {
    async view(address, signal) {
      const key = JSON.stringify([
        address.repository.id,
        address.commit,
        address.dataset,
        normalizeId(address.documentId),
      ]);
      const known = kept.get(key);
      if (known !== undefined) return known;
      if (limit.pendingCount >= DOCUMENT_VIEWS_WAITING)
        return [note(address.documentId, 'not drawn now, too many documents are asked for; load it again')];
      const within = AbortSignal.any([signal, AbortSignal.timeout(DOCUMENT_VIEW_MS)]);
      try {
        const items = await limit(async () => {
          within.throwIfAborted();
          return kept.get(key) ?? (await draw(address, within));
        });
        // What a short moment was the reason for is not kept; a drawing process that was ended is one.
        if (!within.aborted) kept.set(key, items);
        return items;
      } catch (error) {
        if (within.aborted) return [note(address.documentId, 'left out, the document took too long')];
        // What a person wrote may be said; messages of the machinery hold paths and addresses of this server.
        if (!(error instanceof UsageError)) log.warn({ err: error }, 'a document could not be read');
        return [
          note(
            address.documentId,
            error instanceof UsageError ? error.message : 'the dataset of this run cannot be read now',
          ),
        ];
      }
    },
  };
}

const note = (name: string, text: string): DocumentItem => ({ kind: 'note', name, text });

function sizeOf(item: DocumentItem): number {
  return item.kind === 'image' ? item.bytes.length : 2 * (item.text.length + item.name.length);
}

interface Taken {
  /** Below the folder that was given. */
  readonly place: readonly string[];
  readonly notes: readonly DocumentItem[];
}

/** The document's files out of its commit, and no others. */
async function fromRepository(
  mirrors: Mirrors,
  { repository, commit, dataset, documentId }: DocumentAddress,
  folder: string,
  signal: AbortSignal,
): Promise<Taken | undefined> {
  const mirror = await mirrors.open(repository, { refs: [], commits: [commit], signal });
  try {
    const tree = await mirror.code.treeOf(commit);
    const root = normalizeFolder(dataset);
    const below = root === '' || root === '.' ? `${DOCUMENTS}/` : `${root}/${DOCUMENTS}/`;
    const entries = (await mirror.code.listTree(tree))
      .filter(({ path }) => path.startsWith(below))
      .map(({ path }) => ({ name: path.slice(below.length) }));
    const found = entryOf(entries, documentId);
    if (found === undefined) return undefined;
    const wanted = new Set(found.files.map(({ name }) => below + name));
    const result = await mirror.code.checkout(tree, folder, {
      only: below,
      exclude: (path) => path.startsWith(below) && !wanted.has(path) && !isAbove(path, wanted),
    });
    const pointers = result.lfsPointers.length > 0;
    return {
      place: [...below.split('/').filter((part) => part !== ''), found.top],
      notes: pointers ? [note(found.top, 'is kept in Git LFS; only its pointer is in the repository')] : [],
    };
  } finally {
    await mirror.close();
  }
}

function isAbove(path: string, wanted: ReadonlySet<string>): boolean {
  for (const file of wanted) if (file.startsWith(`${path}/`)) return true;
  return false;
}

/** The document's files out of a dataset at an address, which may have changed since, unless it is of a registry. */
async function fromElsewhere(
  datasets: Pick<RemoteDatasets, 'fetch'>,
  { dataset, documentId }: DocumentAddress,
  folder: string,
): Promise<Taken | undefined> {
  const below = `${DOCUMENTS}/`;
  const seen: { top: string | undefined; large: boolean } = { top: undefined, large: false };
  const { version } = await datasets.fetch(dataset, folder, (files) => {
    const found = entryOf(
      files
        .filter(({ name }) => name.startsWith(below))
        .map((file) => ({ name: file.name.slice(below.length), file })),
      documentId,
    );
    const chosen = (found?.files ?? []).filter(({ file }) => file.bytes <= EVIDENCE_FILE_BYTES);
    seen.top = found?.top;
    seen.large = found !== undefined && chosen.length === 0;
    return chosen.map(({ file }) => file);
  });
  const { top, large } = seen;
  if (top === undefined) return undefined;
  if (large) throw new UsageError('left out, the file is too large');
  return {
    place: [DOCUMENTS, top],
    notes: version === undefined ? [note(top, `as it is at ${dataset} now, not when the run read it`)] : [],
  };
}

/**
 * The entry of `documents/` that is this document, by the rule of `readDocuments`: a file `ID.ext` or a folder `ID/`. Of a
 * folder, so many files as are shown.
 */
function entryOf<T extends Entry>(
  entries: readonly T[],
  documentId: string,
): { readonly top: string; readonly files: readonly T[] } | undefined {
  const id = normalizeId(documentId);
  const mine = entries
    .filter(({ name }) => !name.split('/').some(isLitter))
    .flatMap((entry) => {
      const [top = ''] = entry.name.split('/', 1);
      const file = top === entry.name;
      return normalizeId(file ? withoutExtension(top) : top) === id ? [{ top, entry }] : [];
    });
  const [first] = mine;
  if (first === undefined) return undefined;
  const files = mine.filter(({ top }) => top === first.top).map(({ entry }) => entry);
  return { top: first.top, files: files.slice(0, EVIDENCE_FILES + 1) };
}

function withoutExtension(name: string): string {
  return name.slice(0, name.length - extname(name).length);
}
