import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { programFolders } from '../../eval-runner/sandbox.js';
import { RunnerError } from '../../src/ports/runner.js';
import { availableSandbox, createLocalRunner, type LocalRunner } from '../../src/runners/local/index.js';
import type { Prediction } from '../../src/core/words.js';
import { extractSpec } from '../contract/runner.contract.js';
import { processesGone, uniqueSeconds } from '../support/processes.js';
import { requireTool } from '../support/tools.js';

// Asked and not only looked for: a container may have bubblewrap and forbid what it needs.
const available = await availableSandbox();
if (available.kind === 'none' && process.env['CI'] === 'true') throw new Error(available.why);

describe.skipIf(available.kind === 'none')(
  'the sandbox (needs bubblewrap: apt-get install bubblewrap, and user namespaces)',
  () => {
    let root: string;
    let code: string;
    let runner: LocalRunner;
    let server: Server;
    let port: number;

    beforeEach(async () => {
      root = realpathSync(mkdtempSync(join(tmpdir(), 'docops-sandbox-')));
      code = join(root, 'code');
      mkdirSync(code);
      mkdirSync(join(root, 'dataset', 'documents'), { recursive: true });
      writeFileSync(join(root, 'dataset', 'documents', 'a.txt'), 'the document');
      writeFileSync(join(root, 'dataset', 'labels.jsonl'), 'the label');
      writeFileSync(join(root, 'id_rsa'), 'the key');
      server = createServer((socket) => socket.end('reached'));
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      port = (server.address() as { port: number }).port;
      runner = createLocalRunner({ hidden: [join(root, 'dataset')] });
    });
    afterEach(async () => {
      await runner.close();
      await new Promise((resolve) => server.close(resolve));
      rmSync(root, { recursive: true, force: true });
    });

    const run = async (
      command: string,
      more: Partial<Parameters<typeof extractSpec>[1]> = {},
    ): Promise<Prediction> => {
      const got: Prediction[] = [];
      await runner.run({
        key: 'key',
        label: 'head',
        codeDirectory: code,
        documents: [{ id: 'doc0', path: join(root, 'dataset', 'documents', 'a.txt'), contentHash: '00' }],
        extract: extractSpec(command, more),
        limits: { jobs: 1, memoryBytes: 512 * 1024 * 1024 },
        sandbox: 'bwrap',
        onPrediction: (prediction) => void got.push(prediction),
      });
      return got[0]!;
    };
    const node = (script: string): string => {
      writeFileSync(join(code, 'main.cjs'), script);
      return 'node main.cjs';
    };

    it('is available where bubblewrap works', async () => {
      expect(await availableSandbox()).toEqual({ kind: 'bwrap' });
    });

    it('lets an extractor do its work', async () => {
      const got = await run(
        'cat "$DOCOPS_DOCUMENT" >&2; echo x > "$TMPDIR/x"; echo x > "$HOME/x"; echo "{\\"a\\": 1}" > /dev/stdout',
      );
      expect(got).toMatchObject({ status: 'ok', fields: { a: 1 }, stderrTail: 'the document' });
    });

    it('has the programs on PATH, with their libraries', async () => {
      expect(await run(node('console.log(JSON.stringify({ v: process.version }))'))).toMatchObject({
        status: 'ok',
      });
      if (requireTool('python3'))
        expect(await run(`python3 -c 'import json, ssl, ctypes; print(json.dumps({"a": 1}))'`)).toMatchObject(
          {
            status: 'ok',
          },
        );
    });

    it('does not reach a server on this machine', async () => {
      const script = `require('net').connect(${port}, '127.0.0.1').on('data', () => console.log('{"reached": true}'))
      .on('error', (e) => console.log(JSON.stringify({ reached: false, code: e.code })));`;
      expect((await run(node(script))).fields).toEqual({ reached: false, code: 'ECONNREFUSED' });
    });

    it('does not see labels, keys, homes or the files of others', async () => {
      const paths = [
        join(root, 'id_rsa'),
        join(root, 'dataset'),
        join(root, 'dataset', 'labels.jsonl'),
        join(homedir(), '.bashrc'),
        join(homedir(), '.ssh'),
        '/etc/shadow',
        '/etc/ssh',
        '/var/log',
        '/run',
        '/home',
      ];
      const script = `console.log(JSON.stringify(${JSON.stringify(paths)}.filter((p) => require('fs').existsSync(p)).reduce((o, p) => ({ ...o, [p]: 1 }), {})))`;
      expect(await run(node(script))).toMatchObject({ status: 'ok', fields: {} });
      expect(
        (await run('ls -A /tmp >&2; echo "{}"')).stderrTail
          ?.split('\n')
          .filter((name) => !name.startsWith('docops-')),
      ).toEqual(['']);
    });

    it('does not see a dataset that lies in a folder that is shown', async () => {
      const prefix = join(root, 'tool');
      mkdirSync(join(prefix, 'bin'), { recursive: true });
      mkdirSync(join(prefix, 'lib', 'data'), { recursive: true });
      writeFileSync(join(prefix, 'lib', 'data', 'labels.jsonl'), 'the label');
      const other = createLocalRunner({
        environment: { ...process.env, PATH: `${join(prefix, 'bin')}:${process.env['PATH'] ?? ''}` },
        hidden: [join(prefix, 'lib', 'data')],
      });
      const own = runner;
      runner = other;
      const got = await run(`cat ${join(prefix, 'lib', 'data', 'labels.jsonl')} >&2; echo "{}"`);
      await own.close();
      expect(got.stderrTail).not.toContain('the label');
    });

    it('cannot write to the code, the document, the system or devices in memory', async () => {
      writeFileSync(join(code, 'own.txt'), 'as it was');
      const got = await run(
        `for f in own.txt new.txt "$DOCOPS_DOCUMENT" "$DOCOPS_DOCUMENT.new" /usr/x /x /dev/x /etc/x; do (echo changed > "$f") 2>/dev/null && echo "$f" >&2; done; echo "{}"`,
      );
      expect(got).toMatchObject({ status: 'ok' });
      expect(got.stderrTail).toBeUndefined();
      expect(readFileSync(join(code, 'own.txt'), 'utf8')).toBe('as it was');
    });

    it('does not see or signal processes outside', async () => {
      const got = await run(
        `kill -0 ${process.pid} 2>/dev/null && echo visible >&2; ls /proc | grep -c '^[0-9]*$' >&2; echo "{}"`,
      );
      expect(Number(got.stderrTail)).toBeLessThan(10);
    });

    it('has no capabilities', async () => {
      expect((await run("grep -E 'Cap(Eff|Prm|Bnd)' /proc/self/status >&2; echo '{}'")).stderrTail).toMatch(
        /^CapPrm:\t0+\nCapEff:\t0+\nCapBnd:\t0+\n$/,
      );
    });

    it('leaves nothing behind, however hard the code tries', async () => {
      const seconds = uniqueSeconds();
      const got = await run(`setsid env -i sleep ${seconds} >/dev/null 2>&1 & sleep ${seconds}`, {
        documentTimeoutMs: 500,
      });
      expect(got.status).toBe('timeout');
      expect(await processesGone(seconds)).toEqual([]);
    });

    it('keeps the limits', async () => {
      expect(await run('head -c 100000000 /dev/zero')).toMatchObject({ status: 'output-limit' });
      expect(await run('exit 3')).toMatchObject({ status: 'crashed', exitCode: 3 });
      const hog = `node -e 'const b = Buffer.alloc(700e6, 1); setTimeout(() => b.fill(2), 5000)'`;
      expect(await run(hog)).toMatchObject({ status: 'memory' });
    });

    it('lets setup write to the code and reach the network, and still hides the rest', async () => {
      const got = await runner.setup({
        key: 'key',
        label: 'head',
        codeDirectory: code,
        extract: extractSpec('true', {
          setup: `echo made > made.txt; cat ${join(root, 'id_rsa')}; node -e "require('net').connect(${port}, '127.0.0.1').on('data', (d) => console.log(String(d)))"; exit 5`,
        }),
        limits: { jobs: 1, memoryBytes: 512 * 1024 * 1024 },
        sandbox: 'bwrap',
      });
      expect(got).toMatchObject({
        ok: false,
        exitCode: 5,
        outputTail: expect.stringContaining('reached') as string,
      });
      expect(JSON.stringify(got)).not.toContain('the key');
      expect(readFileSync(join(code, 'made.txt'), 'utf8')).toBe('made\n');
      expect((await run('cat made.txt >&2; echo "{}"')).stderrTail).toBe('made\n');
    });

    it('runs a batch', async () => {
      const got = await run(
        node(`const fs = require('fs');
const [line] = fs.readFileSync(process.env.DOCOPS_DOCUMENTS + '/manifest.jsonl', 'utf8').split('\\n');
const { id, path } = JSON.parse(line);
fs.writeFileSync(process.env.DOCOPS_PREDICTIONS, JSON.stringify({ id, fields: { text: fs.readFileSync(path, 'utf8') } }));`),
        { mode: 'batch' },
      );
      expect(got).toMatchObject({ status: 'ok', fields: { text: 'the document' } });
    });
  },
);

describe('where the sandbox is missing', () => {
  it('refuses to run and says what to install', async () => {
    const runner = createLocalRunner({ environment: { PATH: '/nonexistent' } });
    const request = {
      key: 'key',
      label: 'head',
      codeDirectory: tmpdir(),
      documents: [{ id: 'a', path: '/dev/null', contentHash: '00' }],
      extract: extractSpec('echo "{}"', { setup: 'true' }),
      limits: { jobs: 1, memoryBytes: 1e9 },
      sandbox: 'bwrap' as const,
      onPrediction: () => expect.unreachable('it ran'),
    };
    for (const attempt of [runner.run(request), runner.setup(request)]) {
      const error = await attempt.catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(RunnerError);
      expect((error as Error).message).toMatch(/install bubblewrap|needs Linux/);
    }
    await runner.close();
  });
});

describe('folders of programs that a sandbox shows', () => {
  let root: string;
  beforeEach(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'docops-path-')));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));
  const folders = (...names: string[]): void => {
    for (const name of names) mkdirSync(join(root, name), { recursive: true });
  };
  const shown = (path: string[], hidden: string[] = []): string[] =>
    programFolders({
      path: path.map((name) => (name.startsWith('/') ? name : join(root, name))).join(':'),
      userHome: join(root, 'home'),
      hidden: hidden.map((name) => join(root, name)),
    }).map((folder) => folder.replace(`${root}/`, ''));

  it.each<[string, string[], string[], string[], string[]]>([
    ['an interpreter with its libraries', ['py/bin', 'py/lib'], ['py/bin'], [], ['py']],
    ['programs without libraries alone', ['home/.cargo/bin'], ['home/.cargo/bin'], [], ['home/.cargo/bin']],
    [
      'never all of ~/.local',
      ['home/.local/bin', 'home/.local/lib'],
      ['home/.local/bin'],
      [],
      ['home/.local/bin'],
    ],
    ['never the home itself', ['home/bin', 'home/lib'], ['home/bin'], [], ['home/bin']],
    [
      'never a folder above the dataset',
      ['app/bin', 'app/lib', 'app/data'],
      ['app/bin'],
      ['app/data'],
      ['app/bin'],
    ],
    ['nothing inside what is hidden', ['repo/bin'], ['repo/bin'], ['repo'], []],
    ['nothing of npm', ['repo/node_modules/.bin'], ['repo/node_modules/.bin'], [], []],
    ['nothing that does not exist', [], ['no/bin'], [], []],
    ['no folder twice', ['py/bin', 'py/lib', 'py/shims'], ['py/bin', 'py/shims'], [], ['py']],
    ['nothing of the system', [], ['/usr/bin', '/bin', '/tmp', '/'], [], []],
  ])('%s', (_, made, path, hidden, expected) => {
    folders('home', ...made);
    expect(shown(path, hidden)).toEqual(expected);
  });
});
