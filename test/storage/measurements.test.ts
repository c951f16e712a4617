import { fork } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UsageError } from '../../src/core/errors.js';
import { createMeasurementStore, defaultCacheDirectory } from '../../src/storage/filesystem/measurements.js';
import { hashOf, KEY, measurementStoreContract, prediction } from '../contract/measurements.contract.js';

measurementStoreContract('in a folder', () => {
  const directory = mkdtempSync(join(tmpdir(), 'docops-store-'));
  return {
    open: () => createMeasurementStore(directory),
    close: async () => {
      await rm(directory, { recursive: true, force: true });
    },
  };
});

describe('measurements in a folder', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'docops-store-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const fileOf = (key = KEY): string =>
    join(directory, 'measurements', 'v1', key.slice(0, 2), `${key}.jsonl`);
  const fill = async (count: number, key = KEY): Promise<void> => {
    const log = await createMeasurementStore(directory).open(key);
    for (let i = 0; i < count; i++) await log.append(hashOf(i), prediction(i));
    await log.close();
  };
  const survivors = async (count: number): Promise<{ damaged: number; found: number[] }> => {
    const log = await createMeasurementStore(directory).open(KEY);
    const found = Array.from({ length: count }, (_, i) => i).filter((i) => {
      const got = log.get(hashOf(i));
      if (got !== undefined) expect(got).toEqual(prediction(i));
      return got !== undefined;
    });
    const { damaged } = log;
    await log.close();
    return { damaged, found };
  };

  it('notices a record that was cut off, at every length, and keeps the others', async () => {
    await fill(2);
    const whole = readFileSync(fileOf());
    const second = whole.indexOf('\n\n') + 2;
    for (let length = second + 1; length < whole.length - 1; length++) {
      writeFileSync(fileOf(), whole.subarray(0, length));
      expect(await survivors(2)).toEqual({ damaged: 1, found: [0] });
    }
  });

  it('lets a record that was cut off spoil itself only, when the next one is appended', async () => {
    await fill(2);
    truncateSync(fileOf(), statSync(fileOf()).size - 20);
    const log = await createMeasurementStore(directory).open(KEY);
    await log.append(hashOf(2), prediction(2));
    await log.close();
    expect(await survivors(3)).toEqual({ damaged: 1, found: [0, 2] });
  });

  it('notices a flipped bit anywhere in a record', async () => {
    await fill(3);
    const whole = readFileSync(fileOf());
    const start = whole.indexOf('\n\n') + 2;
    const end = whole.indexOf('\n\n', start);
    for (let at = start; at < end; at += 7) {
      const spoiled = Buffer.from(whole);
      spoiled[at] = spoiled[at]! ^ 1;
      writeFileSync(fileOf(), spoiled);
      const { damaged, found } = await survivors(3);
      expect(damaged).toBeGreaterThan(0);
      expect(found).toEqual([0, 2]);
    }
  });

  it('reads past garbage, empty lines and zeros that a crash of the machine left', async () => {
    await fill(1);
    appendFileSync(fileOf(), Buffer.concat([Buffer.alloc(5_000), Buffer.from('\n\n{"id": 1}\nnonsense\n')]));
    const log = await createMeasurementStore(directory).open(KEY);
    await log.append(hashOf(1), prediction(1));
    await log.close();
    expect(await survivors(2)).toEqual({ damaged: 3, found: [0, 1] });
  });

  it('measures again what was spoiled after the log was opened', async () => {
    await fill(1);
    const log = await createMeasurementStore(directory).open(KEY);
    const spoiled = readFileSync(fileOf());
    spoiled[40] = spoiled[40]! ^ 1;
    writeFileSync(fileOf(), spoiled);
    expect(log.get(hashOf(0))).toBeUndefined();
    await log.close();
  });

  it('takes records from several processes at once without loss', async () => {
    const built = fileURLToPath(
      new URL('../../dist/src/storage/filesystem/measurements.js', import.meta.url),
    );
    const script = join(directory, 'writer.mjs');
    writeFileSync(
      script,
      `import { createMeasurementStore } from ${JSON.stringify(built)};
const [, , directory, key, from] = process.argv;
const log = await createMeasurementStore(directory).open(key);
for (let i = Number(from); i < Number(from) + 200; i++) {
  const text = String.fromCharCode(97 + (i % 26)).repeat((i * 997) % 60_000);
  await log.append(i.toString(16).padStart(64, '0'), { id: 'doc' + i, status: 'ok', fields: { text }, seconds: i });
}
await log.close();`,
    );
    await Promise.all(
      [0, 200, 400, 600].map(
        (from) =>
          new Promise<void>((resolve, reject) => {
            fork(script, [directory, KEY, String(from)]).on('exit', (code) =>
              code === 0 ? resolve() : reject(new Error(`writer ended with ${code}`)),
            );
          }),
      ),
    );
    const log = await createMeasurementStore(directory).open(KEY);
    expect(log.damaged).toBe(0);
    for (let i = 0; i < 800; i++) expect(log.get(hashOf(i))?.seconds).toBe(i);
    await log.close();
  });

  it('keeps predictions on disk and not in memory', async () => {
    const big = { text: 'y'.repeat(1_000_000) };
    const log = await createMeasurementStore(directory).open(KEY);
    for (let i = 0; i < 150; i++) await log.append(hashOf(i), prediction(i, { fields: big }));
    await log.close();
    const again = await createMeasurementStore(directory).open(KEY);
    const before = process.memoryUsage();
    for (let i = 0; i < 150; i++)
      expect((again.get(hashOf(i))!.fields!['text'] as string).length).toBe(1_000_000);
    const after = process.memoryUsage();
    await again.close();
    expect(after.heapUsed + after.external - before.heapUsed - before.external).toBeLessThan(120_000_000);
  });

  it('is for its owner only', async () => {
    rmSync(directory, { recursive: true });
    const old = process.umask(0);
    try {
      await fill(1);
    } finally {
      process.umask(old);
    }
    for (const path of [directory, join(directory, 'measurements'), join(directory, 'measurements', 'v1')])
      expect(statSync(path).mode & 0o777).toBe(0o700);
    expect(statSync(fileOf()).mode & 0o777).toBe(0o600);
  });

  it('removes the logs that were used longest ago, and none that is open', async () => {
    const keys = ['aa', 'bb', 'cc', 'dd'].map((digits) => digits.repeat(32));
    for (const [i, key] of keys.entries()) {
      await fill(10, key);
      const used = new Date(Date.now() - (100 - i) * 60_000);
      utimesSync(fileOf(key), used, used);
    }
    const one = statSync(fileOf(keys[0])).size;
    const store = createMeasurementStore(directory);
    const used = await store.open(keys[0]!);
    expect(await store.prune(2 * one)).toEqual({ removed: 2, bytes: 2 * one });
    expect(
      keys.map((key) => readdirSync(join(directory, 'measurements', 'v1', key.slice(0, 2))).length),
    ).toEqual([1, 0, 0, 1]);
    expect(await store.prune(0)).toEqual({ removed: 1, bytes: one });
    await used.close();
    expect(await store.prune(0)).toEqual({ removed: 1, bytes: 0 });
    expect(await createMeasurementStore(join(directory, 'nothing')).prune(0)).toEqual({
      removed: 0,
      bytes: 0,
    });
  });

  it('says what to do where it cannot write', async () => {
    const file = join(directory, 'file');
    writeFileSync(file, '');
    const error = await createMeasurementStore(join(file, 'cache'))
      .open(KEY)
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UsageError);
    expect((error as UsageError).message).toContain(join(file, 'cache'));
    expect((error as UsageError).mend).toContain('DOCOPS_CACHE_DIR');
  });

  it.skipIf(process.getuid?.() === 0)(
    'says so for a folder that belongs to somebody else (needs an ordinary user)',
    async () => {
      chmodSync(directory, 0o500);
      await expect(createMeasurementStore(directory).open(KEY)).rejects.toThrow(/you may not write there/);
      chmodSync(directory, 0o700);
    },
  );

  it('does not write through a link in the place of a log', async () => {
    mkdirSync(join(directory, 'measurements', 'v1', 'ab'), { recursive: true });
    symlinkSync('/dev/null', fileOf());
    await expect(createMeasurementStore(directory).open(KEY)).rejects.toThrow(UsageError);
  });

  it('stands where DOCOPS_CACHE_DIR says, else where the system keeps caches', () => {
    expect(defaultCacheDirectory({ DOCOPS_CACHE_DIR: '/somewhere/else' })).toBe('/somewhere/else');
    expect(defaultCacheDirectory({ DOCOPS_CACHE_DIR: 'here' })).toBe(join(process.cwd(), 'here'));
    expect(defaultCacheDirectory({})).toMatch(/docops/);
  });
});
