import type { Dataset, Problem } from '../core/words.js';

/** Dataset folders on disk. */
export interface Datasets {
  exists(root: string): Promise<boolean>;
  /** Problems carry file and line; with an error among them the dataset is not fit for a verdict. `shown`: how messages call the folder. */
  open(
    root: string,
    shown: string,
  ): Promise<{ readonly dataset: Dataset; readonly problems: readonly Problem[] }>;
}
