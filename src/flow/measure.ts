/**
 * One side of a comparison, measured: predictions of one fingerprint for the documents asked for. What the store already
 * has is not run again; the checkout and `setup` happen once, and only when something has to run.
 */
import { createHash } from 'node:crypto';
import { measurementKey } from '../core/plan/keys.js';
import { opaqueId } from '../core/plan/opaque.js';
import type { DatasetDocument, ExtractSpec, Prediction } from '../core/words.js';
import type { MeasurementLog, MeasurementStore } from '../ports/measurements.js';
import type { RunLimits, Runner, SetupResult } from '../ports/runner.js';
import type { DocumentCost } from '../ports/spending.js';
import type { Clock, Progress } from '../ports/surroundings.js';

export interface MeasurePorts {
  readonly runner: Runner;
  readonly store: MeasurementStore;
  readonly progress: Progress;
  readonly clock: Clock;
  /** Both sides may run at the same time; default: one after the other, so that neither slows the other down. */
  readonly sidesAtOnce?: boolean;
  /** What the store has of both sides was timed in one evaluation, so that its times can be compared. */
  readonly storedTogether?: boolean;
}

export interface MeasureOptions {
  readonly side: 'base' | 'head';
  readonly fingerprint: string;
  readonly extract: ExtractSpec;
  /** What the predictions depend on beside the code: machine, interpreter, variables. */
  readonly environment: string;
  readonly limits: RunLimits;
  readonly sandbox: 'none' | 'bwrap';
  readonly signal?: AbortSignal;
  /** From earlier measurements, by content hash; what is not there is not known. */
  readonly expected?: ReadonlyMap<string, DocumentCost>;
  /** Writes the code into a fresh folder, without labels, and says where. */
  readonly checkout: () => Promise<string>;
}

export type SetupFailure = Extract<SetupResult, { ok: false }>;

export class MeasuredSide {
  readonly #ports: MeasurePorts;
  readonly #options: MeasureOptions;
  readonly #logs = new Map<string, Promise<MeasurementLog>>();
  /** Failures of this evaluation, by run and content; the store keeps successes only. */
  readonly #failures = new Map<string, Prediction>();
  /** Run and content of what was measured in this evaluation; the rest of what is known came from the store. */
  readonly #measured = new Set<string>();
  #prepared: Promise<{ code: string; setup: SetupResult }> | undefined;
  #setupFailure: SetupFailure | undefined;
  /** What the documents that ran here took, by content hash. */
  readonly took = new Map<string, DocumentCost>();
  /** US dollars that the extractor says it spent here; null when it says nothing. */
  reportedUsd: number | null = null;
  documentsRun = 0;
  documentsCached = 0;
  damaged = 0;

  constructor(ports: MeasurePorts, options: MeasureOptions) {
    this.#ports = ports;
    this.#options = options;
  }

  get sidesAtOnce(): boolean {
    return this.#ports.sidesAtOnce === true;
  }

  get storedTogether(): boolean {
    return this.#ports.storedTogether === true;
  }

  /** Set once `setup` has failed; then no document was run. */
  get setupFailure(): SetupFailure | undefined {
    return this.#setupFailure;
  }

  /** What `ensure` would run. */
  async missing(run: number, documents: readonly DatasetDocument[]): Promise<readonly DatasetDocument[]> {
    const log = await this.#log(run, documents);
    const distinct = distinctContent(documents);
    const missing = distinct.filter(
      ({ contentHash }) =>
        log.get(contentHash) === undefined && !this.#failures.has(measuredKey(run, contentHash)),
    );
    // A batch may carry state from one document to the next, so it is only comparable as a whole.
    return this.#options.extract.mode === 'batch' && missing.length > 0 ? distinct : missing;
  }

  /** Measures the documents that run number `run` does not have yet. Throws RunnerError for infrastructure. */
  async ensure(run: number, documents: readonly DatasetDocument[]): Promise<void> {
    const log = await this.#log(run, documents);
    const distinct = distinctContent(documents);
    const toRun = await this.missing(run, documents);
    const running = new Set(toRun);
    for (const document of distinct)
      if (!running.has(document) && !this.#measured.has(measuredKey(run, document.contentHash)))
        this.documentsCached += 1;
    if (toRun.length === 0) return;
    const label = run === 1 ? this.#options.side : `${this.#options.side}, run ${run}`;
    await this.#run(label, this.#runKey(run, distinct), toRun, async (document, prediction) => {
      if (prediction.status === 'ok') await log.append(document.contentHash, prediction);
      else this.#failures.set(measuredKey(run, document.contentHash), prediction);
      this.#measured.add(measuredKey(run, document.contentHash));
    });
  }

  /** The prediction of run `run`; `ensure` was called for it before. */
  prediction(run: number, document: DatasetDocument, all: readonly DatasetDocument[]): Promise<Prediction> {
    return this.#log(run, all).then((log) => {
      const found =
        this.#failures.get(measuredKey(run, document.contentHash)) ?? log.get(document.contentHash);
      return { ...(found ?? this.#notRun()), id: document.id };
    });
  }

  async close(): Promise<void> {
    for (const log of this.#logs.values()) await (await log).close();
    this.#logs.clear();
  }

  #notRun(): Prediction {
    const problem = this.#setupFailure?.problem ?? 'the run ended before this document was measured';
    return { id: '', status: 'not-run', seconds: 0, problem };
  }

  #log(run: number, documents: readonly DatasetDocument[]): Promise<MeasurementLog> {
    const { extract, fingerprint } = this.#options;
    const batch = extract.mode === 'batch' ? batchIdentity(documents) : '';
    const group = `${run}:${batch}`;
    let log = this.#logs.get(group);
    if (log === undefined) {
      const key = measurementKey({
        fingerprint,
        extract,
        environment: this.#options.environment + batch,
        run,
      });
      log = this.#ports.store.open(key).then((opened) => {
        this.damaged += opened.damaged;
        return opened;
      });
      this.#logs.set(group, log);
    }
    return log;
  }

  /**
   * Runs documents only to see how long they take: nothing is read from the store or kept. Seconds by content hash, of
   * those that gave a prediction.
   */
  async time(documents: readonly DatasetDocument[]): Promise<ReadonlyMap<string, number>> {
    const seconds = new Map<string, number>();
    await this.#run(
      `${this.#options.side}, timing`,
      this.#runKey('timing', documents),
      documents,
      (document, prediction) => {
        if (prediction.status === 'ok') seconds.set(document.contentHash, prediction.seconds);
      },
    );
    return seconds;
  }

  /**
   * Of one run over these documents. Failures are taken up again too, and those depend on the limits of time, which two
   * pipelines with the same code may set differently; what a batch gives depends on all of it.
   */
  #runKey(run: number | string, documents: readonly DatasetDocument[]): string {
    const { mode, timeoutMs, documentTimeoutMs } = this.#options.extract;
    const limits = `${timeoutMs}/${documentTimeoutMs}`;
    return this.#key(mode === 'batch' ? `${run} ${limits} ${batchIdentity(documents)}` : `${run} ${limits}`);
  }

  /** What a runner may take up again under. */
  #key(what: string): string {
    const { fingerprint, extract, environment } = this.#options;
    return `${measurementKey({ fingerprint, extract, environment, run: 0 })} ${what}`;
  }

  async #run(
    label: string,
    key: string,
    documents: readonly DatasetDocument[],
    record: (document: DatasetDocument, prediction: Prediction) => void | Promise<void>,
  ): Promise<void> {
    const { extract, limits, sandbox, signal } = this.#options;
    const { code, setup } = await this.#prepare();
    if (!setup.ok) return;
    const pen = this.#ports.progress.measuring(label, documents.length);
    const byOpaque = new Map(documents.map((document) => [opaqueId(document.contentHash), document]));
    try {
      await this.#ports.runner.run({
        key,
        label,
        codeDirectory: code,
        documents: [...byOpaque].map(([id, { path, contentHash }]) => {
          const expected = this.#options.expected?.get(contentHash);
          return { id, path, contentHash, ...(expected && { expectedSeconds: expected.seconds }) };
        }),
        extract,
        limits,
        sandbox,
        ...(signal === undefined ? {} : { signal }),
        onPrediction: async (prediction) => {
          const document = byOpaque.get(prediction.id);
          if (document === undefined) return;
          await record(document, prediction);
          this.#count(document, prediction);
          this.documentsRun += 1;
          pen.tick(prediction.status !== 'ok');
        },
      });
    } finally {
      pen.end();
    }
  }

  #count({ contentHash }: DatasetDocument, { status, seconds, usage }: Prediction): void {
    const usd = usage?.usd ?? null;
    if (usd !== null) this.reportedUsd = (this.reportedUsd ?? 0) + usd;
    if (status === 'ok') this.took.set(contentHash, { seconds, usd });
  }

  #prepare(): Promise<{ code: string; setup: SetupResult }> {
    this.#prepared ??= this.#checkoutAndSetUp();
    return this.#prepared;
  }

  async #checkoutAndSetUp(): Promise<{ code: string; setup: SetupResult }> {
    const { side, extract, limits, sandbox, signal } = this.#options;
    const code = await this.#options.checkout();
    if (extract.setup === undefined) return { code, setup: { ok: true, seconds: 0 } };
    this.#ports.progress.stage(`${side}: ${extract.setup}`);
    const setup = await this.#ports.runner.setup({
      key: this.#key('setup'),
      label: `${side}, setup`,
      codeDirectory: code,
      extract,
      limits,
      sandbox,
      ...(signal === undefined ? {} : { signal }),
    });
    if (!setup.ok) this.#setupFailure = setup;
    return { code, setup };
  }
}

function distinctContent(documents: readonly DatasetDocument[]): DatasetDocument[] {
  return [...new Map(documents.map((document) => [document.contentHash, document])).values()];
}

function measuredKey(run: number, contentHash: string): string {
  return `${run}:${contentHash}`;
}

/** Asked once for each prediction, so it is worked out once for each list. */
const batchIdentities = new WeakMap<readonly DatasetDocument[], string>();

function batchIdentity(documents: readonly DatasetDocument[]): string {
  const known = batchIdentities.get(documents);
  if (known !== undefined) return known;
  const hashes = documents.map(({ contentHash }) => contentHash).sort();
  const identity = createHash('sha256').update(hashes.join('\n')).digest('hex');
  batchIdentities.set(documents, identity);
  return identity;
}
