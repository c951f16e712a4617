/**
 * Measurements in the database, so that all workers share them. A log is read whole when it is opened and kept in memory,
 * deflated; what other processes append is seen at our next append. One that is not seen in time is measured again and
 * overwritten: the same prediction twice does no harm.
 */
import { deflateSync, inflateSync } from 'node:zlib';
import type pg from 'pg';
import type { Prediction } from '../core/words.js';
import { isKeptPrediction, type MeasurementLog, type MeasurementStore } from '../ports/measurements.js';
import { change, select } from './query.js';
import { inTransaction } from './transaction.js';

const KEY = /^[0-9a-f]{8,128}$/;
const HASH = /^[0-9a-f]{16,128}$/;
/** A record inflated; the extractor's output is limited far below it. */
const RECORD_BYTES = 256 * 1024 * 1024;
/** Rows in one answer. */
const PAGE = 500;

interface Row {
  readonly content_hash: string;
  readonly sequence: string;
  readonly prediction: Buffer;
}

/** The open logs of one database: views of the same key in this process are one and see each other's records at once. */
const shared = new WeakMap<pg.Pool, Map<string, SharedLog>>();

interface SharedLog {
  readonly records: Map<string, Buffer>;
  damaged: number;
  /** Rows up to this were read. */
  upTo: string;
  views: number;
  readonly loaded: Promise<void>;
}

/** The schema has to be there (`migrate`). */
export function createPostgresMeasurementStore(pool: pg.Pool): MeasurementStore {
  const logs = shared.get(pool) ?? new Map<string, SharedLog>();
  shared.set(pool, logs);

  return {
    async open(key): Promise<MeasurementLog> {
      if (!KEY.test(key)) throw new TypeError('a measurement key is lower-case hex');
      let log = logs.get(key);
      if (log === undefined) {
        log = openShared(pool, key);
        logs.set(key, log);
      }
      log.views += 1;
      const opened = log;
      let closed = false;
      const close = (): void => {
        if (closed) return;
        closed = true;
        opened.views -= 1;
        if (opened.views === 0 && logs.get(key) === opened) logs.delete(key);
      };
      try {
        await opened.loaded;
      } catch (error) {
        // The next one who opens it asks again.
        if (logs.get(key) === opened) logs.delete(key);
        close();
        throw error;
      }
      return {
        get damaged() {
          return opened.damaged;
        },
        get: (contentHash) => read(opened, contentHash),
        append: (contentHash, prediction) => append(pool, key, opened, contentHash, prediction),
        close: () => {
          close();
          return Promise.resolve();
        },
      };
    },
  };
}

/** Removes the logs that nobody opened for so many days; returns how many. */
export async function pruneMeasurements(
  pool: pg.Pool,
  { olderThanDays }: { readonly olderThanDays: number },
): Promise<{ readonly removed: number }> {
  for (let removed = 0; ;) {
    const count = await change(
      pool,
      `delete from docops.measurement_keys where key in (
        select key from docops.measurement_keys where used_at < now() - $1 * interval '1 day'
          order by used_at limit $2)`,
      [olderThanDays, PAGE],
    );
    removed += count;
    if (count < PAGE) return { removed };
  }
}

function openShared(pool: pg.Pool, key: string): SharedLog {
  const log: SharedLog = {
    records: new Map(),
    damaged: 0,
    upTo: '0',
    views: 0,
    loaded: Promise.resolve().then(async () => {
      // When it was used is what `pruneMeasurements` goes by.
      await change(
        pool,
        `insert into docops.measurement_keys (key) values ($1)
          on conflict (key) do update set used_at = now()`,
        [key],
      );
      await readNew(pool, key, log);
    }),
  };
  return log;
}

/** Reads what was written since. A smaller number that is committed later is not seen before the log is opened anew. */
async function readNew(pool: pg.Pool, key: string, log: SharedLog): Promise<void> {
  for (;;) {
    const rows = await select<Row>(
      pool,
      `select content_hash, sequence, prediction from docops.measurements
        where key = $1 and sequence > $2 order by sequence limit $3`,
      [key, log.upTo, PAGE],
    );
    for (const { content_hash, sequence, prediction } of rows) {
      log.upTo = sequence;
      if (parse(prediction) === undefined) log.damaged += 1;
      else log.records.set(content_hash, prediction);
    }
    if (rows.length < PAGE) return;
  }
}

async function append(
  pool: pg.Pool,
  key: string,
  log: SharedLog,
  contentHash: string,
  prediction: Prediction,
): Promise<void> {
  if (!HASH.test(contentHash)) throw new TypeError('a content hash is lower-case hex');
  if (prediction.status !== 'ok') return;
  const packed = deflateSync(JSON.stringify(prediction));
  await inTransaction(pool, async (client) => {
    // It may have been pruned while we had it open.
    await change(client, 'insert into docops.measurement_keys (key) values ($1) on conflict do nothing', [
      key,
    ]);
    await change(
      client,
      `insert into docops.measurements (key, content_hash, prediction) values ($1, $2, $3)
        on conflict (key, content_hash) do update
          set prediction = excluded.prediction, sequence = nextval('docops.measurement_sequence')`,
      [key, contentHash, packed],
    );
  });
  await readNew(pool, key, log);
}

function read(log: SharedLog, contentHash: string): Prediction | undefined {
  const packed = log.records.get(contentHash);
  return packed === undefined ? undefined : parse(packed);
}

function parse(packed: Buffer): Prediction | undefined {
  let value: unknown;
  try {
    value = JSON.parse(inflateSync(packed, { maxOutputLength: RECORD_BYTES }).toString('utf8'));
  } catch {
    return undefined;
  }
  return isKeptPrediction(value) ? value : undefined;
}
