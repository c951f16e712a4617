/** Step 1 of a task: code and documents onto the volumes, and what the extract container needs to start. */
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { copyFile, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Job } from '../contract.js';
import type { FetchManifest, TaskDocument } from './contract.js';
import { OUT, type Layout } from './layout.js';
import { shellEnvironment, shellSettings } from './settings.js';
import { StepError } from './step-error.js';
import { download } from './transfer.js';
import { unpack } from './unpack.js';

const DOWNLOADS_AT_ONCE = 16;
/** As everywhere: an extractor that reads the date answers the same each time. */
const DOCUMENT_DATE = new Date('2000-01-01T00:00:00Z');

/**
 * The extract container has another user. It may read `input`, and write `code`, `home`, `tmp` and the folders of its
 * results, but not rename those: no name that deliver follows can become a link.
 */
const OURS = 0o755;
const THEIRS = 0o777;
const readable = (executable: boolean) => ({ file: executable ? 0o555 : 0o444, folder: 0o755 });
const writable = (executable: boolean) => ({ file: executable ? 0o777 : 0o666, folder: THEIRS });

export async function fetchStep(manifest: FetchManifest, places: Layout, stop: AbortSignal): Promise<void> {
  // Modes are meant as they are written.
  process.umask(0);
  // Of a try that was cut short; the volumes themselves are mounts and stay.
  for (const folder of [places.input, places.work]) {
    mkdirSync(folder, { recursive: true, mode: OURS });
    for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true, force: true });
  }
  openTmp();
  makeFolders(manifest, places);
  const archives = join(places.input, 'archives');
  mkdirSync(archives, { mode: 0o700 });

  const work = [
    async () => {
      const archive = join(archives, 'code');
      await download('the code', manifest.code, archive, stop);
      await unpack(
        'the archive of the code',
        archive,
        places.work,
        { gzip: true, tops: ['code', 'home'], links: true, foreignLinksAfter: 'home' },
        writable,
        stop,
      );
      await rm(archive);
    },
    ...manifest.documents.map((document) => () => bring(document, archives, places, stop)),
  ];
  await inParallel(work, DOWNLOADS_AT_ONCE);
  await rm(archives, { recursive: true });
  await writeDriver(manifest, places);
}

/** A volume at /tmp that is ours is meant for the extract container. */
function openTmp(): void {
  const stats = statSync('/tmp', { throwIfNoEntry: false });
  if (stats?.uid === process.getuid?.() && ((stats?.mode ?? 0) & 0o1777) !== 0o1777)
    chmodSync('/tmp', 0o1777);
}

function makeFolders(manifest: FetchManifest, places: Layout): void {
  for (const folder of [places.driver, places.documents, places.out]) mkdirSync(folder, { mode: OURS });
  for (const folder of [places.code, places.home, places.temporary]) mkdirSync(folder, { mode: THEIRS });
  if (manifest.driver === 'runner') {
    for (const file of [OUT.results, OUT.begun]) writeFileSync(join(places.out, file), '', { mode: 0o666 });
    return;
  }
  mkdirSync(join(places.out, OUT.command), { mode: THEIRS });
  mkdirSync(join(places.out, OUT.documents), { mode: OURS });
  if (manifest.mode === 'batch') return;
  for (const { id } of manifest.documents) {
    mkdirSync(join(places.out, OUT.documents, id), { mode: THEIRS });
    mkdirSync(join(places.temporary, id), { mode: THEIRS });
  }
}

async function bring(
  document: TaskDocument,
  archives: string,
  places: Layout,
  stop: AbortSignal,
): Promise<void> {
  const what = `document ${document.id}`;
  // Its own file, so that one that is half there is never taken for a document.
  const arrived = join(archives, `document-${document.id}`);
  await download(what, document, arrived, stop);
  const target = join(places.documents, document.id + document.extension);
  if (document.kind === 'file') {
    await rename(arrived, target);
    chmodSync(target, readable(false).file);
  } else {
    mkdirSync(target, { mode: OURS });
    const rules = { gzip: false, tops: undefined, links: false };
    await unpack(what, arrived, target, rules, readable, stop);
    await rm(arrived);
  }
  utimesSync(target, DOCUMENT_DATE, DOCUMENT_DATE);
}

async function writeDriver(manifest: FetchManifest, places: Layout): Promise<void> {
  const driver = join(places.driver, 'driver.sh');
  await copyFile(ours('driver.sh'), driver);
  chmodSync(driver, 0o555);
  writeFileSync(join(places.driver, 'step'), `${manifest.step}\n`, { mode: 0o444 });
  const shown = manifest.documents.map(({ id, extension }) => ({ id, file: id + extension }));
  if (manifest.driver === 'runner') {
    const folder = join(places.driver, 'runner');
    mkdirSync(folder, { mode: OURS });
    await copyFile(ours('runner.js'), join(folder, 'main.js'));
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}\n', { mode: 0o444 });
    const scratch = join(places.temporary, 'runner');
    mkdirSync(scratch, { mode: THEIRS });
    const job = runnerJob(manifest, places, scratch);
    writeFileSync(join(places.driver, 'job.json'), JSON.stringify(job), { mode: 0o444 });
    return;
  }
  if (manifest.mode === 'batch') {
    const lines = shown.map(({ id, file }) => JSON.stringify({ id, path: join(places.documents, file) }));
    writeFileSync(join(places.documents, 'manifest.jsonl'), lines.map((line) => line + '\n').join(''), {
      mode: 0o444,
    });
  }
  const folder = join(places.driver, 'job');
  mkdirSync(folder, { mode: OURS });
  writeFileSync(join(folder, 'settings.sh'), shellSettings(manifest), { mode: 0o444 });
  writeFileSync(join(folder, 'environment.sh'), shellEnvironment(manifest), { mode: 0o444 });
  writeFileSync(join(folder, 'documents'), shown.map(({ id, file }) => `${id} ${file}\n`).join(''), {
    mode: 0o444,
  });
}

function runnerJob(manifest: FetchManifest, places: Layout, scratchDirectory: string): Job {
  const base = {
    version: 1,
    codeDirectory: places.code,
    scratchDirectory,
    homeDirectory: places.home,
    env: manifest.env,
    limits: manifest.limits,
    // The container is the wall; one within it would need rights that it has not.
    sandbox: 'none',
    hidden: [],
    mark: randomBytes(16).toString('hex'),
    output: join(places.out, OUT.results),
    watchStdin: false,
    inherit: ['PATH', ...(manifest.inherit ?? [])],
    begun: join(places.out, OUT.begun),
  } as const;
  const { run, mode, timeoutMs, documentTimeoutMs } = manifest;
  if (manifest.step === 'setup') return { ...base, step: 'setup', setup: { run, timeoutMs } };
  return {
    ...base,
    step: 'extract',
    documents: manifest.documents.map(({ id, extension }) => ({
      id,
      path: join(places.documents, id + extension),
    })),
    extract: { run, mode, timeoutMs, documentTimeoutMs },
  };
}

/** A file that lies beside this program in its image. */
function ours(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}

/** The first failure ends it; what is under way is waited for, so that nothing is written afterwards. */
async function inParallel(work: readonly (() => Promise<void>)[], atOnce: number): Promise<void> {
  let next = 0;
  let failed = false;
  const line = async (): Promise<void> => {
    for (let task = work[next++]; task !== undefined && !failed; task = work[next++]) {
      await task().catch((error: unknown) => {
        failed = true;
        throw error;
      });
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: Math.min(atOnce, work.length) }, line));
  const errors = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as Error] : []));
  // What tells most: that a link is refused, and not that others were then stopped.
  const telling = errors.find((error) => error instanceof StepError) ?? errors[0];
  if (telling !== undefined) throw telling;
}
