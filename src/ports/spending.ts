/** What documents took and cost when they were last measured: for sharding, estimates and budgets. */
export interface DocumentCost {
  /** Wall seconds of one extraction. */
  readonly seconds: number;
  /** As the extractor reported it (`usage.usd`); null when it did not. */
  readonly usd: number | null;
}

export interface DocumentCosts {
  /** By content hash; those never measured are missing. */
  read(
    repositoryId: number,
    pipeline: string,
    contentHashes: readonly string[],
  ): Promise<ReadonlyMap<string, DocumentCost>>;
  write(repositoryId: number, pipeline: string, costs: ReadonlyMap<string, DocumentCost>): Promise<void>;
}

export interface Spending {
  /** US dollars that a repository's evaluations cost in the calendar month (UTC) of now, in all. */
  spentThisMonth(repositoryId: number): Promise<number>;
  /** Adds to an evaluation's bill; the same `what` of an evaluation is written once. */
  charge(evaluationId: string, repositoryId: number, what: string, usd: number): Promise<void>;
  /** Who allowed this commit to cost more than the budget; undefined: nobody. */
  costApproval(repositoryId: number, headSha: string): Promise<{ readonly by: string } | undefined>;
  approveCost(
    repositoryId: number,
    approval: { readonly headSha: string; readonly by: string; readonly role: string },
  ): Promise<void>;
}
