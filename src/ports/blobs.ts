/**
 * Files by name, outside of the database: code, documents and predictions on their way to and from tasks, and datasets.
 * Names are relative, `/` between their parts, without `.`, `..` or an empty part. Writing a name again replaces it whole;
 * nobody ever sees half a file.
 */
export interface BlobStat {
  readonly bytes: number;
  /** Hex; null where whoever wrote it left none. */
  readonly sha256: string | null;
  /** Changes when the content does: an ETag, or size and time of a file. */
  readonly version: string;
}

export interface BlobEntry {
  readonly key: string;
  readonly bytes: number;
  readonly version: string;
}

export type BlobSource = { readonly file: string } | { readonly bytes: Uint8Array };

export interface Blobs {
  /** For messages: `s3://bucket/prefix`, or a folder. */
  readonly shown: string;
  /** Large ones go in parts. The checksum is computed, sent with it and kept beside it. */
  put(key: string, source: BlobSource): Promise<BlobStat>;
  /** Writes it to a file that does not exist yet and checks it against its checksum. Undefined: there is none. */
  get(key: string, file: string): Promise<BlobStat | undefined>;
  /** For small ones. Undefined: there is none. Throws BlobError beyond `maxBytes`. */
  read(key: string, maxBytes: number): Promise<Buffer | undefined>;
  stat(key: string): Promise<BlobStat | undefined>;
  /** Everything whose name begins with the prefix, in the order of names (UTF-8 bytes); with `after`, what comes after it. */
  list(prefix: string, after?: string): AsyncIterable<BlobEntry>;
  /** Nothing to do where there is none. */
  remove(key: string): Promise<void>;
}

/** Blobs that somebody without any right can be let at, one at a time and for a while. */
export interface LinkedBlobs extends Blobs {
  /** A URL that stands for one GET or PUT of this name alone. It may end before `seconds` when what signs it ends. */
  link(key: string, method: 'GET' | 'PUT', seconds: number): Promise<string>;
}

/** The storage failed, or what it gave is not what was written. The message says where. */
export class BlobError extends Error {
  override readonly name = 'BlobError';
  /** Another try will fail as well: no such bucket, no right, a wrong region. */
  readonly permanent: boolean;
  constructor(message: string, options: { readonly cause?: unknown; readonly permanent?: boolean } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.permanent = options.permanent ?? false;
  }
}
