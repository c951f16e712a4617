import type { Dataset, Problem } from '../core/words.js';

export interface OpenedDataset {
  readonly dataset: Dataset;
  readonly problems: readonly Problem[];
}

/** Dataset folders on disk, and datasets elsewhere: `s3://bucket/prefix`, or `NAME@VERSION` of the registry. */
export interface Datasets {
  exists(root: string): Promise<boolean>;
  /** Problems carry file and line; with an error among them the dataset is not fit for a verdict. `shown`: how messages call the folder. */
  open(root: string, shown: string): Promise<OpenedDataset>;
  /**
   * Stands for the content of a dataset elsewhere, without fetching it. Throws UsageError for what a person has to mend
   * (there is none, no registry, no right), BlobError when the storage fails.
   */
  identity(address: string): Promise<string>;
  /** Fetches it into an empty folder and opens it there. Throws as `identity` does. */
  openRemote(address: string, directory: string): Promise<OpenedDataset>;
}
