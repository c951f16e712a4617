/**
 * What a report shows of its documents: their text and pages. Only reads. A document is hostile until shown otherwise, so
 * PDFs and pictures are opened in a process of their own, with a time limit each, and nothing that goes wrong there is
 * more than a note on the page.
 */
import { lstat, open, readdir } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { detailedDocuments, type Evidence, type EvidenceItem } from '../core/report/html/index.js';
import type { Report } from '../core/report/schema.js';
import {
  EVIDENCE_DOCUMENT_MS,
  EVIDENCE_DOCUMENTS,
  EVIDENCE_FILE_BYTES,
  EVIDENCE_FILES,
  EVIDENCE_TEXT_CHARACTERS,
  EVIDENCE_TOTAL_MS,
  HTML_EVIDENCE_BYTES,
} from '../core/limits.js';
import type { DocumentItem } from '../ports/document-views.js';
import { PageDrawer } from './page-drawer.js';

export interface EvidenceOptions {
  /** Documents shown at most. */
  readonly documents?: number;
  /** Of all items together, as they are embedded. */
  readonly bytes?: number;
  readonly documentMs?: number;
  readonly totalMs?: number;
  /** The drawing process's module; only tests that run from sources have another one. */
  readonly workerUrl?: URL;
}

const PICTURES = new Set(['.png', '.jpg', '.jpeg', '.gif', '.webp', '.bmp', '.avif']);

/**
 * Collects text and pictures of the documents that the page tells (`detailedDocuments`), in its order, until a limit is
 * reached. `documentPath` gives a document's file or folder, or undefined when it is unknown. Never throws for a file.
 */
export async function collectEvidence(
  report: Report,
  documentPath: (id: string) => string | undefined,
  options: EvidenceOptions = {},
): Promise<Evidence> {
  if (report.masked.length > 0)
    return {
      documents: new Map(),
      notes: ['Documents are not shown: they hold values that the configuration masks.'],
    };
  const wanted = detailedDocuments(report);
  const chosen = wanted.slice(0, options.documents ?? EVIDENCE_DOCUMENTS);
  const until = Date.now() + (options.totalMs ?? EVIDENCE_TOTAL_MS);
  let bytesLeft = options.bytes ?? HTML_EVIDENCE_BYTES;
  const documents = new Map<string, readonly EvidenceItem[]>();
  const notes: string[] = [];
  let skipped = wanted.length - chosen.length;
  const drawer = new PageDrawer(options.workerUrl);
  try {
    for (const [i, { id }] of chosen.entries()) {
      if (Date.now() >= until || bytesLeft <= 0) {
        skipped += chosen.length - i;
        break;
      }
      const path = documentPath(id);
      if (path === undefined) continue;
      const limitMs = Math.min(options.documentMs ?? EVIDENCE_DOCUMENT_MS, until - Date.now());
      const items = (await drawDocument(path, drawer, Date.now() + limitMs)).map(embedded);
      const fitting: EvidenceItem[] = [];
      for (const item of items) {
        const size = sizeOf(item);
        if (size <= bytesLeft) {
          bytesLeft -= size;
          fitting.push(item);
        } else
          fitting.push({ kind: 'note', name: item.name, text: 'left out, the page would become too large' });
      }
      documents.set(id, fitting);
    }
  } finally {
    drawer.close();
  }
  if (skipped > 0)
    notes.push(
      `The text or pages of ${skipped} more documents are left out: the page stays small and is made in seconds.`,
    );
  if (drawer.problem !== undefined) notes.push(drawer.problem);
  return { documents, notes };
}

/** Bytes that an item takes in the page, about. */
function sizeOf(item: EvidenceItem): number {
  if (item.kind === 'image') return item.dataUri.length;
  return Buffer.byteLength(item.text) + item.name.length;
}

function embedded(item: DocumentItem): EvidenceItem {
  if (item.kind !== 'image') return item;
  const { kind, name, type, bytes, width, height } = item;
  return { kind, name, dataUri: `data:${type};base64,${bytes.toString('base64')}`, width, height };
}

const note = (name: string, text: string): DocumentItem => ({ kind: 'note', name, text });

/** Text and pictures of one document, a file or a folder of files. `until`: epoch milliseconds. Never throws. */
export async function drawDocument(path: string, drawer: PageDrawer, until: number): Promise<DocumentItem[]> {
  try {
    const info = await lstat(path);
    if (!info.isDirectory()) return await itemsOfFile(path, basename(path), info, drawer, until);
    const names = (await readdir(path)).filter((name) => !name.startsWith('.')).sort();
    const items: DocumentItem[] = [];
    for (const name of names.slice(0, EVIDENCE_FILES)) {
      const file = join(path, name);
      items.push(...(await itemsOfFile(file, name, await lstat(file), drawer, until)));
    }
    if (names.length > EVIDENCE_FILES)
      items.push(note(basename(path), `${names.length - EVIDENCE_FILES} more files`));
    return items;
  } catch (error) {
    return [note(basename(path), `cannot be read (${code(error)})`)];
  }
}

/** A system error's code; never its message, which holds paths of this machine. */
function code(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : 'unknown error';
}

async function itemsOfFile(
  path: string,
  name: string,
  info: { isFile(): boolean; readonly size: number },
  drawer: PageDrawer,
  until: number,
): Promise<DocumentItem[]> {
  // A link could point at anything on the machine that makes the report; a pipe never ends.
  if (!info.isFile()) return [note(name, 'not a regular file')];
  if (Date.now() >= until) return [note(name, 'left out, the document took too long')];
  const kind = extname(name).toLowerCase();
  const drawn = kind === '.pdf' || PICTURES.has(kind);
  if (drawn && info.size > EVIDENCE_FILE_BYTES) return [note(name, 'left out, the file is too large')];
  try {
    return drawn
      ? await drawer.draw(path, name, kind === '.pdf' ? 'pdf' : 'picture', until - Date.now())
      : [await textItem(path, name, info.size)];
  } catch (error) {
    return [note(name, `cannot be shown (${code(error)})`)];
  }
}

async function textItem(path: string, name: string, size: number): Promise<DocumentItem> {
  const handle = await open(path, 'r');
  try {
    // UTF-8 takes up to four bytes a character; the last one may be cut and is dropped.
    const buffer = Buffer.alloc(Math.min(size, EVIDENCE_TEXT_CHARACTERS * 4));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
    const bytes = buffer.subarray(0, bytesRead);
    if (bytes.subarray(0, 4_096).includes(0)) return note(name, 'neither text, picture nor PDF');
    const text = new TextDecoder('utf-8').decode(bytes, { stream: true });
    return {
      kind: 'text',
      name,
      text: text.slice(0, EVIDENCE_TEXT_CHARACTERS),
      truncated: text.length > EVIDENCE_TEXT_CHARACTERS || bytesRead < size,
    };
  } finally {
    await handle.close();
  }
}
