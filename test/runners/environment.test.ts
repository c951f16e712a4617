import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { environmentIdentity, extractorEnvironment } from '../../src/runners/local/index.js';
import { extractSpec } from '../contract/runner.contract.js';

describe('the identity of an environment', () => {
  let root: string;
  let tool: string;
  const env = (more: Record<string, string> = {}) => ({ PATH: `${root}/bin:${root}/py/shims`, ...more });
  const identity = (run: string, environment = env(), more = {}) =>
    environmentIdentity(extractSpec(run, more), { environment });

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'docops-identity-'));
    mkdirSync(join(root, 'bin'));
    mkdirSync(join(root, 'py', 'shims'), { recursive: true });
    tool = join(root, 'bin', 'tool');
    for (const path of [tool, join(root, 'py', 'shims', 'python3')]) {
      writeFileSync(path, '#!/bin/sh\n');
      chmodSync(path, 0o755);
    }
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('is the same twice', async () => {
    expect(await identity('tool x')).toBe(await identity('tool x'));
    expect(await identity('tool x')).toMatch(/^[0-9a-f]{64}$/);
  });

  it('differs when a program of the command was replaced, wherever it stands in the command', async () => {
    const before = await identity('A=1 cat "$DOCOPS_DOCUMENT" | tool x');
    writeFileSync(tool, '#!/bin/sh\n# new\n');
    expect(await identity('A=1 cat "$DOCOPS_DOCUMENT" | tool x')).not.toBe(before);
  });

  it('differs when a link leads to another program', async () => {
    rmSync(tool);
    for (const name of ['one', 'two']) {
      writeFileSync(join(root, name), '#!/bin/sh\n', { mode: 0o755 });
      utimesSync(join(root, name), 1, 1);
    }
    symlinkSync(join(root, 'one'), tool);
    const before = await identity('tool');
    rmSync(tool);
    symlinkSync(join(root, 'two'), tool);
    expect(await identity('tool')).not.toBe(before);
  });

  it('differs when a version manager starts another version', async () => {
    writeFileSync(join(root, 'py', 'version'), '3.11.1\n');
    const before = await identity('python3 main.py');
    writeFileSync(join(root, 'py', 'version'), '3.12.0\n');
    expect(await identity('python3 main.py')).not.toBe(before);
  });

  it.each([
    ['a variable that extract.env names', { environment: { MODEL: 'b' } }, true],
    ['a variable that it does not name', { environment: { OTHER: 'b' } }, false],
  ])('looks at %s', async (_, { environment }, differs) => {
    const extract = { env: ['MODEL'] };
    const before = await identity('tool', env({ MODEL: 'a', OTHER: 'a' }), extract);
    const after = await identity('tool', env({ MODEL: 'a', OTHER: 'a', ...environment }), extract);
    expect(after !== before).toBe(differs);
  });

  it('differs by image and by sandbox, and does not reveal the values of variables', async () => {
    const extract = extractSpec('tool');
    const all = await Promise.all([
      environmentIdentity(extract, { environment: env() }),
      environmentIdentity({ ...extract, image: 'a:1' }, { environment: env() }),
      environmentIdentity(extract, { environment: env(), sandbox: 'bwrap' }),
    ]);
    expect(new Set(all).size).toBe(3);
  });
});

describe('the environment of an extractor', () => {
  it('has what is named and nothing that steers the runner', () => {
    expect(
      extractorEnvironment(['A', 'DOCOPS_DOCUMENT', 'B-C', 'GONE'], {
        PATH: '/p',
        A: '1',
        B: '2',
        DOCOPS_DOCUMENT: 'x',
      }),
    ).toEqual({ PATH: '/p', LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8', TZ: 'UTC', A: '1' });
  });
});
