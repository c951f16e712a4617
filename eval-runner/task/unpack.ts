/**
 * Unpacks an archive that a stranger may have made. It is read twice: first everything in it is looked at, and one thing
 * that does not belong there refuses it whole; then it is unpacked. Links are made last, so that nothing is written through one.
 */
import { createReadStream } from 'node:fs';
import { mkdir, symlink } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { Parser, Unpack, type ReadEntry } from 'tar';
import { StepError } from './step-error.js';

export interface ArchiveRules {
  readonly gzip: boolean;
  /** First parts of the names: `code`. Undefined: any. */
  readonly tops: readonly string[] | undefined;
  readonly links: boolean;
  /** Absolute ones too, from the side of an archive that begins with this folder: what a setup made links to its image. */
  readonly foreignLinksAfter?: string;
}

/** Unpacked; a virtual environment with a model's libraries is 5 GB. */
export const UNPACKED_BYTES = 32 * 1024 ** 3;
const ENTRIES = 2_000_000;

const FILE_TYPES = new Set(['File', 'OldFile', 'ContiguousFile']);

/** `folder` exists. Modes come from `modeOf`; owners are ours. */
export async function unpack(
  what: string,
  archive: string,
  folder: string,
  rules: ArchiveRules,
  modeOf: (executable: boolean) => { readonly file: number; readonly folder: number },
  stop: AbortSignal,
): Promise<void> {
  let links: ReadonlyMap<string, string>;
  try {
    links = await inspect(archive, rules, stop);
  } catch (error) {
    if (stop.aborted) throw new StepError('stopped', 'was told to stop');
    throw new StepError('checksum', `${what} is refused: ${(error as Error).message}`);
  }
  const target = new Unpack({
    cwd: folder,
    strict: true,
    preserveOwner: false,
    dmode: modeOf(true).folder,
    filter: (_path, entry) => {
      if (!('type' in entry) || entry.type === 'SymbolicLink') return false;
      const modes = modeOf(((entry.mode ?? 0) & 0o111) !== 0);
      entry.mode = entry.type === 'Directory' ? modes.folder : modes.file;
      return true;
    },
  });
  try {
    await flow(archive, rules.gzip, target, stop);
    for (const [path, to] of links) {
      await mkdir(join(folder, dirname(path)), { recursive: true, mode: modeOf(true).folder });
      await symlink(to, join(folder, path));
    }
  } catch (error) {
    if (stop.aborted) throw new StepError('stopped', 'was told to stop');
    throw new StepError('failed', `${what} could not be unpacked: ${(error as Error).message}`);
  }
}

/** The symbolic links in it; throws when something does not belong. */
async function inspect(
  archive: string,
  rules: ArchiveRules,
  stop: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const links = new Map<string, string>();
  const seen = new Map<string, 'folder' | 'other'>();
  let first: string | undefined;
  const look = (entry: ReadEntry): void => {
    // `./` is how many programs write the folder itself and what is in it.
    const name = entry.path.replace(/^(?:\.\/+)+/, '').replace(/\/+$/, '');
    if (name === '' && entry.path !== '' && entry.type === 'Directory' && !entry.path.startsWith('/')) return;
    const parts = name.split('/');
    const shown = JSON.stringify(name.slice(0, 200));
    if (name === '' || name.startsWith('/') || name.includes('\0'))
      throw new Error(`the name ${shown} is not allowed`);
    if (parts.some((part) => part === '' || part === '.' || part === '..'))
      throw new Error(`the name ${shown} leads somewhere else`);
    first ??= parts[0];
    if (rules.tops !== undefined && !rules.tops.includes(parts[0] ?? ''))
      throw new Error(`${shown} is not below ${rules.tops.join('/ or ')}/`);
    const isFolder = entry.type === 'Directory';
    const known = seen.get(name);
    if (known !== undefined && !(known === 'folder' && isFolder)) throw new Error(`${shown} stands twice`);
    seen.set(name, isFolder ? 'folder' : 'other');
    if (seen.size > ENTRIES) throw new Error(`it has more than ${ENTRIES} entries`);
    if (isFolder || FILE_TYPES.has(entry.type)) return;
    if (entry.type !== 'SymbolicLink' || !rules.links || parts.length < 2)
      throw new Error(`${shown} is a ${entry.type}, which is not allowed`);
    const to = entry.linkpath ?? '';
    const foreign = rules.foreignLinksAfter !== undefined && first === rules.foreignLinksAfter;
    const leads = posix.normalize(posix.join(posix.dirname(name), to));
    const inside = !to.startsWith('/') && leads.split('/')[0] === parts[0];
    if (to === '' || to.includes('\0') || !(inside || foreign))
      throw new Error(`the link ${shown} leads out of its folder, to ${JSON.stringify(to.slice(0, 200))}`);
    links.set(name, to);
  };
  const parser = new Parser({ strict: true });
  parser.on('entry', (entry: ReadEntry) => {
    try {
      look(entry);
      entry.resume();
    } catch (error) {
      parser.abort(error as Error);
    }
  });
  await flow(archive, rules.gzip, parser, stop);
  for (const name of seen.keys()) {
    for (let above = posix.dirname(name); above !== '.'; above = posix.dirname(above)) {
      if (seen.get(above) === 'other') throw new Error(`${JSON.stringify(name)} lies below a file or a link`);
    }
  }
  return links;
}

/** Through a counter: a small archive can unpack to anything. */
async function flow(archive: string, gzip: boolean, parser: Parser, stop: AbortSignal): Promise<void> {
  let bytes = 0;
  const counter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > UNPACKED_BYTES) done(new Error(`it unpacks to more than ${UNPACKED_BYTES} bytes`));
      else done(null, chunk);
    },
  });
  const source = createReadStream(archive);
  const sink = parser as unknown as NodeJS.WritableStream;
  if (gzip) await pipeline(source, createGunzip(), counter, sink, { signal: stop });
  else await pipeline(source, counter, sink, { signal: stop });
}
