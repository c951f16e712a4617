/**
 * A task outside of this machine: three containers over two volumes, one after the other.
 *
 *     fetch    our image        manifest (URL in DOCOPS_MANIFEST_URL) → code and documents on the volumes
 *     extract  the team's image `sh /docops/input/driver/driver.sh`: the code of the pull request; no network, no rights
 *     deliver  our image        what extract left → checked results, to one URL
 *
 * `input` belongs to fetch and is read-only for extract; `work` is extract's and is read-only for deliver. URLs are in the
 * manifests only, which never touch a volume. What extract left is hostile: links, pipes, huge files.
 *
 *     input/driver/driver.sh     starts the runner where there is one, else runs the commands itself
 *     input/driver/runner/       the evaluation runner (main.js), with driver `runner`
 *     input/driver/step          `setup` or `extract`
 *     input/driver/job.json      the runner's job, with driver `runner`
 *     input/driver/job/          the same for a shell, with driver `shell`: settings.sh, environment.sh, documents
 *     input/documents/           ID.ext or ID/; manifest.jsonl for a batch with driver `shell`
 *     work/code  work/home  work/tmp
 *     work/out/results.jsonl     with driver `runner`: result lines as in ../contract.ts
 *     work/out/begun             with driver `runner`: ids of documents whose command was started
 *     work/out/…                 with driver `shell`: see driver.sh and layout.ts
 *
 * `src` imports this file. schema/eval-runner.schema.json has both manifests and the result, and a test on each side.
 */
import type { JobLimits } from '../contract.js';

/** Where the volumes are mounted; the variables move them, for tests. */
export const VOLUMES = {
  input: { variable: 'DOCOPS_INPUT', path: '/docops/input' },
  work: { variable: 'DOCOPS_WORK', path: '/docops/work' },
} as const;

export const MANIFEST_VARIABLE = 'DOCOPS_MANIFEST_URL';

export interface Download {
  readonly url: string;
  /** Hex, of the bytes that the URL gives. */
  readonly sha256: string;
  readonly bytes: number;
}

export interface TaskDocument extends Download {
  readonly id: string;
  /** `file`: the bytes are the document. `folder`: they are a tar archive of what is in it. */
  readonly kind: 'file' | 'folder';
  /** `.pdf`, or empty. */
  readonly extension: string;
}

interface TaskCommon {
  readonly version: 1;
  readonly step: 'setup' | 'extract';
  /** `runner`: the extract container's image has Node, and the evaluation runner does the work. `shell`: it has a shell. */
  readonly driver: 'runner' | 'shell';
  readonly mode: 'document' | 'batch';
  /** For all documents of the task together, or for setup. */
  readonly timeoutMs: number;
  readonly documentTimeoutMs: number;
  readonly limits: JobLimits;
}

export interface FetchManifest extends TaskCommon {
  /** tar.gz with `code/` at its top, and `home/` where setup has run. */
  readonly code: Download;
  /** The command: `extract.run`, or `extract.setup`. */
  readonly run: string;
  /** With driver `runner` all of the command's environment but PATH; with `shell` beside the image's own. */
  readonly env: Readonly<Record<string, string>>;
  /** Variables of the container that the command may have too; with driver `shell` it has them anyway. */
  readonly inherit?: readonly string[];
  /** Empty for setup. */
  readonly documents: readonly TaskDocument[];
}

export interface DeliverManifest extends TaskCommon {
  /** Of the documents; each one has exactly one result. Empty for setup. */
  readonly ids: readonly string[];
  readonly results: Upload;
  /** Setup: where the code goes with what setup made of it (tar.gz with `code/` and `home/`). */
  readonly prepared: Upload | null;
}

export interface Upload {
  readonly url: string;
  /** More than this is not sent; the step has failed then. */
  readonly maxBytes: number;
}

/**
 * First line of the results, which are gzipped JSON lines; the others are `DocumentResult`s, or the one `SetupLine`.
 * Documents that were being measured when the container ended are `crashed` with `RUNNING_PROBLEM`; those that nobody
 * began are `not-run` with `UNBEGUN_PROBLEM`.
 */
export interface ResultsHeader {
  readonly docops: 'task-results/1';
  readonly step: 'setup' | 'extract';
  /** Lines that follow. */
  readonly lines: number;
  /** Hex, of all bytes after this line. */
  readonly sha256: string;
  /** Setup: of the archive; null where there is none. */
  readonly prepared: { readonly sha256: string; readonly bytes: number } | null;
}

export const RUNNING_PROBLEM = 'was being measured when its container ended';
export const UNBEGUN_PROBLEM = 'was not begun when the container ended';

/** How fetch and deliver end; the same numbers for both. */
export const TASK_EXIT = {
  done: 0,
  /** Disk full, or a defect of ours. */
  failed: 1,
  /** The manifest cannot be read, or this image is too old for it. */
  badManifest: 2,
  /** A link gave an error again and again: the storage is away. */
  network: 3,
  /** A link gave 403: it has ended, or the storage refuses. */
  refused: 4,
  /** What came is not what was promised. */
  checksum: 5,
  /** SIGTERM. */
  stopped: 6,
} as const;
