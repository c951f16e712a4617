/** What there is to see of a document: its text and its pages, drawn apart from everything that has a secret. */
import type { RepositoryRef } from '../core/app-words.js';

export type DocumentItem =
  | { readonly kind: 'text'; readonly name: string; readonly text: string; readonly truncated: boolean }
  | {
      readonly kind: 'image';
      readonly name: string;
      readonly type: 'image/png' | 'image/webp' | 'image/jpeg';
      readonly bytes: Buffer;
      readonly width: number;
      readonly height: number;
    }
  /** Why something is not shown. */
  | { readonly kind: 'note'; readonly name: string; readonly text: string };

export interface DocumentAddress {
  readonly repository: RepositoryRef;
  /** Where the run read its dataset: a commit of the repository, and the folder or address of the dataset. */
  readonly commit: string;
  readonly dataset: string;
  readonly documentId: string;
}

export interface DocumentViews {
  /** Never throws for what a document is; a dataset that cannot be read becomes a note. */
  view(address: DocumentAddress, signal: AbortSignal): Promise<readonly DocumentItem[]>;
}
