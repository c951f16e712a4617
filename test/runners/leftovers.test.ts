import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLocalRunner } from '../../src/runners/local/index.js';
import { RunnerError } from '../../src/ports/runner.js';
import { extractSpec } from '../contract/runner.contract.js';
import { processesGone, processesWith, uniqueSeconds, until } from '../support/processes.js';

const built = fileURLToPath(new URL('../../dist/src/runners/local/index.js', import.meta.url));

describe('what is left behind', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'docops-leftovers-'));
    mkdirSync(join(root, 'code'));
    mkdirSync(join(root, 'work'));
    writeFileSync(join(root, 'a.txt'), 'a');
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const startOwner = (command: string) => {
    const script = join(root, 'owner.mjs');
    writeFileSync(
      script,
      `import { createLocalRunner } from ${JSON.stringify(built)};
await createLocalRunner({ workDirectory: ${JSON.stringify(join(root, 'work'))} }).run({
  key: 'key',
  label: 'head',
  codeDirectory: ${JSON.stringify(join(root, 'code'))},
  documents: [{ id: 'a', path: ${JSON.stringify(join(root, 'a.txt'))} }],
  extract: ${JSON.stringify(extractSpec(command))},
  limits: { jobs: 1, memoryBytes: 5e8 }, sandbox: 'none', onPrediction: () => {} });`,
    );
    return spawn(process.execPath, [script], { stdio: 'ignore' });
  };

  it.each(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)(
    'no process, when whoever started the run is ended by %s',
    async (signal) => {
      const seconds = uniqueSeconds();
      const owner = startOwner(`setsid sleep ${seconds} & sleep ${seconds}`);
      await until(
        () => processesWith(`sleep ${seconds}`).length,
        (count) => count >= 3,
        15_000,
      );
      owner.kill(signal);
      expect(await processesGone(seconds)).toEqual([]);
      expect(await processesGone(join(root, 'work'))).toEqual([]);
    },
  );

  it('no process and a clear error, when the evaluation runner is killed', async () => {
    const seconds = uniqueSeconds();
    const runner = createLocalRunner({ workDirectory: join(root, 'work') });
    const running = runner.run({
      key: 'key',
      label: 'head',
      codeDirectory: join(root, 'code'),
      documents: [{ id: 'a', path: join(root, 'a.txt'), contentHash: '00' }],
      extract: extractSpec(`setsid sleep ${seconds} & sleep ${seconds}`),
      limits: { jobs: 1, memoryBytes: 5e8 },
      sandbox: 'none',
      onPrediction: () => undefined,
    });
    const ended = expect(running).rejects.toThrow(RunnerError);
    await until(
      () => processesWith(`sleep ${seconds}`).length,
      (count) => count >= 3,
      15_000,
    );
    for (const pid of processesWith(join(root, 'work'))) process.kill(pid, 'SIGKILL');
    await ended;
    expect(await processesGone(seconds)).toEqual([]);
    await runner.close();
  });

  it('no folder, after close', async () => {
    const runner = createLocalRunner({ workDirectory: join(root, 'work') });
    await runner.run({
      key: 'key',
      label: 'head',
      codeDirectory: join(root, 'code'),
      documents: [{ id: 'a', path: join(root, 'a.txt'), contentHash: '00' }],
      extract: extractSpec(
        'mkdir -p "$HOME/a/b"; touch "$HOME/a/b/c"; chmod 500 "$HOME/a/b" "$HOME/a"; echo "{}"',
      ),
      limits: { jobs: 1, memoryBytes: 5e8 },
      sandbox: 'none',
      onPrediction: () => undefined,
    });
    expect(readdirSync(join(root, 'work'))).toHaveLength(1);
    await runner.close();
    expect(readdirSync(join(root, 'work'))).toEqual([]);
  });

  it('no folder of an earlier program that was killed, once it is old', async () => {
    const dead = spawn('true');
    await new Promise((resolve) => dead.on('exit', resolve));
    const [old, fresh, living] = [
      `docops-run-${dead.pid}-old`,
      `docops-run-${dead.pid}-new`,
      `docops-run-${process.pid}-old`,
    ];
    for (const name of [old, fresh, living])
      mkdirSync(join(root, 'work', name, 'inner'), { recursive: true });
    const yesterday = new Date(Date.now() - 24 * 60 * 60 * 1000);
    for (const name of [old, living]) utimesSync(join(root, 'work', name), yesterday, yesterday);
    const runner = createLocalRunner({ workDirectory: join(root, 'work') });
    const setup = { setup: 'true' };
    await runner.setup({
      key: 'key',
      label: 'head',
      codeDirectory: join(root, 'code'),
      extract: extractSpec('true', setup),
      limits: { jobs: 1, memoryBytes: 5e8 },
      sandbox: 'none',
    });
    expect([old, fresh, living].map((name) => existsSync(join(root, 'work', name)))).toEqual([
      false,
      true,
      true,
    ]);
    await runner.close();
  });
});

describe('infrastructure', () => {
  it('that fails throws and is no result: the checkout is gone', async () => {
    const runner = createLocalRunner();
    await expect(
      runner.run({
        key: 'key',
        label: 'head',
        codeDirectory: '/no/such/folder',
        documents: [{ id: 'a', path: '/dev/null', contentHash: '00' }],
        extract: extractSpec('echo "{}"'),
        limits: { jobs: 1, memoryBytes: 1e9 },
        sandbox: 'none',
        onPrediction: () => expect.unreachable('a result'),
      }),
    ).rejects.toThrow(/\/no\/such\/folder is gone/);
    await runner.close();
  });

  it('ends a setup that takes too long', async () => {
    const runner = createLocalRunner({ setupTimeoutMs: 300 });
    const seconds = uniqueSeconds();
    expect(
      await runner.setup({
        key: 'key',
        label: 'head',
        codeDirectory: tmpdir(),
        extract: extractSpec('true', { setup: `echo started; sleep ${seconds}` }),
        limits: { jobs: 1, memoryBytes: 1e9 },
        sandbox: 'none',
      }),
    ).toMatchObject({
      ok: false,
      problem: 'extract.setup took longer than 300 ms and was killed',
      outputTail: 'started\n',
    });
    expect(await processesGone(seconds)).toEqual([]);
    await runner.close();
  });
});
