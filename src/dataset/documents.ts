import type { Dirent } from 'node:fs';
import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import { extname, isAbsolute, join, relative, sep } from 'node:path';
import pLimit from 'p-limit';
import { idProblem, normalizeId } from '../core/dataset/id.js';
import { quote } from '../core/dataset/quote.js';
import { fileContentHash, folderContentHash } from '../core/dataset/version.js';
import { DATASET_DOCUMENTS, DOCUMENT_FILES, HASHES_AT_ONCE } from '../core/limits.js';
import type { DatasetDocument, Problem } from '../core/words.js';
import { hashFile, type HashedFile } from './hash.js';

export interface ReadDocuments {
  /** Sorted by id. */
  readonly documents: DatasetDocument[];
  readonly problems: Problem[];
  /** Ids of documents that are there but could not be read; `problems` says why. */
  readonly refused: ReadonlySet<string>;
}

/** Files that operating systems and editors leave behind; names with a leading dot are skipped as well. */
const LITTER = new Set(['thumbs.db', 'desktop.ini', '__macosx']);

/**
 * Reads `documents/`: each file `ID.ext` and each folder `ID/` is one document. Nothing outside `root` is read, neither
 * through a symbolic link nor through a name, and only regular files are opened (a pipe would wait for ever).
 * @param root real path of the dataset's folder
 * @param shown how the folder is called in messages
 */
export async function readDocuments(root: string, shown: string): Promise<ReadDocuments> {
  const problems: Problem[] = [];
  const reader = new Reader(root, problems);
  const folder = join(root, 'documents');
  let entries: Dirent[];
  try {
    const real = await realpath(folder);
    if (!isInside(root, real)) {
      reader.say(
        'link_outside',
        `${shown}/documents leads outside of the dataset. Put the documents into the folder itself.`,
      );
      return { documents: [], problems, refused: reader.refused };
    }
    entries = await readdir(folder, { withFileTypes: true });
  } catch (error) {
    reader.say(
      'no_documents',
      codeOf(error) === 'ENOENT'
        ? `There is no folder ${shown}/documents. Put the documents there, as ID.ext or as folders ID/.`
        : `The folder ${shown}/documents cannot be read (${codeOf(error)}).`,
    );
    return { documents: [], problems, refused: reader.refused };
  }

  entries = entries.filter(({ name }) => !isLitter(name)).sort((a, b) => (a.name < b.name ? -1 : 1));
  if (entries.length > DATASET_DOCUMENTS) {
    reader.say(
      'too_many_documents',
      `${shown}/documents has ${entries.length} entries; at most ${DATASET_DOCUMENTS} are read.`,
    );
    return { documents: [], problems, refused: reader.refused };
  }
  const limit = pLimit(HASHES_AT_ONCE);
  const read = await Promise.all(entries.map(({ name }) => limit(() => reader.document(folder, name))));

  const byId = new Map<string, { name: string; document: DatasetDocument }>();
  for (const entry of read) {
    if (!entry) continue;
    const { id } = entry.document;
    const other = byId.get(id);
    if (other) {
      const message = `${quote(other.name)} and ${quote(entry.name)} are both the document ${quote(id)}. If they belong together, put them into a folder documents/${id}/; if not, rename one.`;
      reader.say('duplicate_document', message);
    } else {
      byId.set(id, entry);
    }
  }
  if (byId.size === 0 && problems.length === 0) {
    reader.say(
      'no_documents',
      `The folder ${shown}/documents is empty. Put the documents there, as ID.ext or as folders ID/.`,
    );
  }
  const documents = [...byId.values()].map(({ document }) => document);
  return { documents: documents.sort((a, b) => (a.id < b.id ? -1 : 1)), problems, refused: reader.refused };
}

type Kind = { readonly is: 'file'; readonly size: number } | { readonly is: 'folder' };

class Reader {
  readonly refused = new Set<string>();
  readonly #root: string;
  readonly #problems: Problem[];

  constructor(root: string, problems: Problem[]) {
    this.#root = root;
    this.#problems = problems;
  }

  say(code: string, message: string): void {
    this.#problems.push({ severity: 'error', code, message });
  }

  async document(
    folder: string,
    name: string,
  ): Promise<{ name: string; document: DatasetDocument } | undefined> {
    const path = join(folder, name);
    const kind = await this.#kind(path, name);
    if (kind === undefined) {
      this.refused.add(normalizeId(name)).add(normalizeId(name.slice(0, name.length - extname(name).length)));
      return undefined;
    }
    const extension = kind.is === 'file' ? extname(name) : '';
    const id = normalizeId(name.slice(0, name.length - extension.length));
    const problem = idProblem(id);
    if (problem !== undefined) {
      this.say('bad_id', `The id ${quote(id)} of ${quote(name)} ${problem}.`);
      return undefined;
    }
    if (kind.is === 'file') {
      const hashed = await this.#hash(path, name, kind.size);
      if (!hashed) {
        this.refused.add(id);
        return undefined;
      }
      const contentHash = fileContentHash(extension, hashed.sha256);
      return { name, document: { id, path, contentHash, bytes: hashed.bytes } };
    }
    const files = await this.#folder(path, name);
    if (!files) {
      this.refused.add(id);
      return undefined;
    }
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    return { name, document: { id, path, contentHash: folderContentHash(files), bytes } };
  }

  /** Every file below a document's folder, one after the other: many documents are read at once already. */
  async #folder(path: string, name: string): Promise<({ name: string } & HashedFile)[] | undefined> {
    const found: ({ name: string } & HashedFile)[] = [];
    const pending = [''];
    // A link to a folder above would lead round in circles; each real folder is entered once.
    const entered = new Set<string>();
    while (pending.length > 0) {
      const below = pending.pop() ?? '';
      const here = join(path, below);
      const real = await realpath(here);
      if (entered.has(real)) continue;
      entered.add(real);
      let names: string[];
      try {
        names = await readdir(here);
      } catch (error) {
        this.say('unreadable', `The folder ${quote(join(name, below))} cannot be read (${codeOf(error)}).`);
        return undefined;
      }
      for (const inner of names.sort()) {
        if (isLitter(inner)) continue;
        const innerName = below === '' ? inner : `${below}/${inner}`;
        const shown = `${name}/${innerName}`;
        const kind = await this.#kind(join(path, innerName), shown);
        if (kind === undefined) return undefined;
        if (kind.is === 'folder') {
          pending.push(innerName);
          continue;
        }
        const hashed = await this.#hash(join(path, innerName), shown, kind.size);
        if (!hashed) return undefined;
        found.push({ name: innerName, ...hashed });
        if (found.length > DOCUMENT_FILES) {
          this.say(
            'too_many_files',
            `The document ${quote(name)} has more than ${DOCUMENT_FILES} files. Each folder in documents/ is one document.`,
          );
          return undefined;
        }
      }
    }
    if (found.length === 0) {
      this.say(
        'empty_folder',
        `The folder ${quote(name)} has no file in it. Put the document there or remove the folder.`,
      );
      return undefined;
    }
    return found;
  }

  async #kind(path: string, shown: string): Promise<Kind | undefined> {
    try {
      const link = await lstat(path);
      const stats = link.isSymbolicLink() ? await stat(path) : link;
      if (link.isSymbolicLink() && !isInside(this.#root, await realpath(path))) {
        this.say(
          'link_outside',
          `${quote(shown)} is a link out of the dataset. Copy the file instead: what is outside is not versioned.`,
        );
        return undefined;
      }
      if (stats.isFile()) return { is: 'file', size: stats.size };
      if (stats.isDirectory()) return { is: 'folder' };
      this.say('not_a_file', `${quote(shown)} is neither a file nor a folder. Remove it.`);
    } catch (error) {
      const why = codeOf(error) === 'ENOENT' ? 'is a link to nothing' : `cannot be read (${codeOf(error)})`;
      this.say('unreadable', `${quote(shown)} ${why}.`);
    }
    return undefined;
  }

  async #hash(path: string, shown: string, size: number): Promise<HashedFile | undefined> {
    try {
      const hashed = await hashFile(path, size);
      if (!hashed.lfsPointer) return hashed;
      this.say(
        'lfs_pointer',
        `${quote(shown)} is a pointer of Git LFS, not the document. Fetch the documents: git lfs pull.`,
      );
    } catch (error) {
      this.say('unreadable', `${quote(shown)} cannot be read (${codeOf(error)}).`);
    }
    return undefined;
  }
}

/** Every file of a document that is a folder, as `readDocuments` has read and found good. */
export async function documentFiles(path: string): Promise<string[]> {
  const found: string[] = [];
  const entered = new Set<string>();
  const walk = async (folder: string): Promise<void> => {
    const real = await realpath(folder);
    if (entered.has(real)) return;
    entered.add(real);
    for (const name of (await readdir(folder)).sort()) {
      if (isLitter(name)) continue;
      const inner = join(folder, name);
      if ((await stat(inner)).isDirectory()) await walk(inner);
      else found.push(inner);
    }
  };
  await walk(path);
  return found;
}

export function isLitter(name: string): boolean {
  return name.startsWith('.') || LITTER.has(name.toLowerCase());
}

/** Whether a real path lies below a real folder, or is it. */
export function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}

/** `ENOENT`, `EACCES` …, or the whole message of an error that has no code. */
export function codeOf(error: unknown): string {
  if (error instanceof Error)
    return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
  return String(error);
}
