/** Clock, scratch space and progress: the small things outside that the steps need. */
export interface Clock {
  /** Monotonic milliseconds. */
  now(): number;
  /** A new unique id for a run. */
  newId(): string;
}

export interface Scratch {
  /** A new empty folder that belongs to this run and goes with it. `name` is a hint for people. */
  folder(name: string): Promise<string>;
}

/** What a person who waits wants to know. Never fails a run. */
export interface Progress {
  stage(text: string): void;
  /** `total` documents are about to be measured for `label`; returns the pen that ticks them off. */
  measuring(label: string, total: number): { tick(failed: boolean): void; end(): void };
}
