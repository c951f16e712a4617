/** What one benchmark found: figures by name, in the unit that the name says, and what a reader must know about them. */
export interface BenchResult {
  readonly name: string;
  readonly figures: Readonly<Record<string, number | string>>;
  readonly notes: readonly string[];
}
