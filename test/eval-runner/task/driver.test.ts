/** driver.sh in the shells that images have, without the evaluation runner. */
import { existsSync, readdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DocumentResult } from '../../../eval-runner/contract.js';
import { processesGone, processesWith, uniqueSeconds, until } from '../../support/processes.js';
import { requireTool } from '../../support/tools.js';
import { folder, run, statuses, Task, type Delivered, type Shell } from './support.js';

const SHELLS: readonly Shell[] = ['dash', 'bash', 'busybox'];
const byId = (delivered: Delivered): Record<string, DocumentResult> =>
  Object.fromEntries(delivered.lines.map((line) => [line.id, line]));
const good = `echo '{"a":1}'`;
/** Other documents than `a` are good ones. */
const onlyA = (command: string): string => `if [ $DOCOPS_DOCUMENT_ID = a ]; then ${command}; fi; ${good}`;
const documents = (...ids: string[]) => Object.fromEntries(ids.map((id) => [id, id]));

describe.each(SHELLS)('driver.sh in %s', (shell) => {
  const has = requireTool(shell);
  const whole = async (plan: Partial<Parameters<typeof Task.make>[0]> & { run: string }) => {
    const task = await Task.make({ driver: 'shell', documentTimeoutMs: 2_000, ...plan });
    return byId(await task.whole({ shell }));
  };

  it.skipIf(!has)('says how each document ended, and goes on to the next one', async () => {
    const command = `case $DOCOPS_DOCUMENT_ID in
ok) echo '{"fields":{"a":1},"usage":{"ocr_pages":2}}';; crash) echo trouble >&2; exit 3;; bad) echo no;;
killed) kill -9 $$;; gone) nosuchprogram;; silent) ;; flood) while :; do echo 0123456789012345678901234567890123456789; done;; esac`;
    const results = await whole({
      run: command,
      documents: documents('ok', 'crash', 'bad', 'killed', 'gone', 'silent', 'flood', 'last'),
      limits: { outputBytes: 20_000 },
    });
    expect(statuses(Object.values(results))).toEqual([
      'bad invalid-output',
      'crash crashed',
      'flood output-limit',
      'gone crashed',
      'killed crashed',
      'last invalid-output',
      'ok ok',
      'silent invalid-output',
    ]);
    expect(results['ok']).toMatchObject({ exitCode: 0, fields: { a: 1 }, usage: { ocrPages: 2 } });
    expect(results['crash']).toMatchObject({ exitCode: 3, stderrTail: 'trouble\n', problem: 'exit code 3' });
    expect(results['gone']?.problem).toMatch(/^exit code 127: a program in extract\.run was not found/);
    expect(results['killed']).toMatchObject({ exitCode: 137 });
    expect(results['flood']?.problem).toMatch(/more than 19\.5 KiB/);
    for (const result of Object.values(results)) expect(result.seconds).toBeLessThan(60);
  });

  it.skipIf(!has)(
    'ends a command that is over its time with all that it started, also one that does not listen',
    async () => {
      const seconds = uniqueSeconds();
      const results = await whole({
        run: `case $DOCOPS_DOCUMENT_ID in
hang) sleep ${seconds} & sleep ${seconds};;
deaf) trap '' TERM; sleep ${seconds} & echo deaf >&2; while :; do sleep ${seconds}; done;;
polite) trap 'echo "saved" >&2; exit 4' TERM; sleep ${seconds} & wait;;
*) ${good};; esac`,
        documents: documents('hang', 'deaf', 'polite', 'z'),
        documentTimeoutMs: 1_000,
      });
      expect(statuses(Object.values(results))).toEqual([
        'deaf timeout',
        'hang timeout',
        'polite timeout',
        'z ok',
      ]);
      expect(results['hang']?.problem).toBe('took longer than extract.document_timeout (1 s) and was killed');
      expect(results['deaf']?.stderrTail).toBe('deaf\n');
      expect(results['polite']).toMatchObject({ exitCode: 4, stderrTail: 'saved\n' });
      expect(await processesGone(seconds, 1_500)).toEqual([]);
    },
  );

  it.skipIf(!has)('does not wait for what a command leaves behind', async () => {
    const seconds = uniqueSeconds();
    const results = await whole({ run: onlyA(`sleep ${seconds} & true`), documentTimeoutMs: 20_000 });
    expect(statuses(Object.values(results))).toEqual(['a ok', 'b ok']);
    expect(await processesGone(seconds, 1_500)).toEqual([]);
  });

  it.skipIf(!has)('begins no document when all together have had their time', async () => {
    const results = await whole({
      run: 'sleep 60',
      documents: documents('a', 'b', 'c'),
      documentTimeoutMs: 3_000,
      timeoutMs: 5_000,
    });
    expect(statuses(Object.values(results))).toEqual(['a timeout', 'b timeout', 'c not-run']);
    expect(results['b']?.problem).toContain('all documents together had taken extract.timeout (5 s)');
    expect(results['c']?.problem).toContain('was not started: all documents together had taken');
  });

  it.skipIf(!has)('limits what a command prints and not the files that it writes', async () => {
    const results = await whole({
      run: `head -c 3000000 /dev/zero >"$TMPDIR/big" && head -c 600000 /dev/zero | tr '\\0' x >&2; ${good}; echo end >&2`,
      documents: documents('a'),
      limits: { outputBytes: 2_000 },
    });
    expect(results['a']).toMatchObject({ status: 'ok', exitCode: 0 });
    expect(results['a']?.stderrTail).toMatch(/^x{996}end\n$/);
  });

  it.skipIf(!has)(
    'gives a command the surroundings that it has on a worker, and the image\u2019s own',
    async () => {
      const task = await Task.make({
        driver: 'shell',
        run: `printf '{"env":"%s"}' "$(export | sed 's/[\\\\"]/ /g' | tr '\\n' ' ') pwd=$(pwd) $(cat "$DOCOPS_DOCUMENT")" `,
        env: { QUOTED: `it's "$HOME" \`x\`\n*`, EUID: '5' },
        documents: { a: 'text' },
      });
      const secrets = {
        AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/v2/c',
        ECS_CONTAINER_METADATA_URI_V4: 'http://169.254.170.2/v4/x',
        AWS_REGION: 'eu-central-1',
      };
      const delivered = await task.whole({ shell, env: { ...secrets, IMAGES_OWN: 'kept' } });
      const env = delivered.lines[0]?.fields?.['env'] as string;
      for (const part of ['IMAGES_OWN= kept', 'TZ= UTC', 'LC_ALL= C.UTF-8', `HOME= ${task.work}/home`])
        expect(env.replaceAll(/='|=/g, '= ').replaceAll(/ +/g, ' ')).toContain(part);
      expect(env).toContain(`pwd=${task.work}/code text`);
      expect(env).toContain(`${task.input}/documents/a.txt`);
      expect(env).toContain(`${task.work}/tmp/a`);
      expect(env).not.toMatch(/AWS_|ECS_|DOCOPS_(INPUT|WORK|DRIVER|MANIFEST)/);
    },
  );

  it.skipIf(!has)('keeps a value of the environment as it is', async () => {
    const odd = `it's "$HOME" \`id\` \\n\n * ü`;
    const task = await Task.make({
      driver: 'shell',
      run: `printf '{"same":%s}' "$([ "$ODD" = "$(cat odd)" ] && echo true || echo false)"`,
      env: { ODD: odd },
      code: { odd },
      documents: { a: '' },
    });
    expect((await task.whole({ shell })).lines[0]?.fields).toEqual({ same: true });
  });

  it.skipIf(!has)('runs a batch once for all documents', async () => {
    const results = await whole({
      mode: 'batch',
      run: `echo talk; cat "$DOCOPS_DOCUMENTS/manifest.jsonl" >&2
sed 's/"path":"[^"]*"/"fields":{"n":1}/' "$DOCOPS_DOCUMENTS/manifest.jsonl" >"$DOCOPS_PREDICTIONS"`,
      documents: documents('a', 'b'),
    });
    expect(statuses(Object.values(results))).toEqual(['a ok', 'b ok']);
    expect(results['a']).toMatchObject({ exitCode: 0, fields: { n: 1 } });
    expect(results['a']?.stderrTail).toMatch(/^talk\n\{"id":"a","path":"\/.*\/documents\/a\.txt"\}\n/);
  });

  it.skipIf(!has)(
    'lets no prediction of a batch count that crashed, was too slow or wrote too much',
    async () => {
      const one = `echo '{"id":"a","fields":{}}' >"$DOCOPS_PREDICTIONS"`;
      const plan = { mode: 'batch', documents: documents('a') } as const;
      expect(await whole({ ...plan, run: `${one}; exit 1` })).toMatchObject({ a: { status: 'crashed' } });
      expect(await whole({ ...plan, run: `${one}; sleep 60`, timeoutMs: 1_000 })).toMatchObject({
        a: { status: 'timeout', problem: 'the batch took longer than extract.timeout (1 s) and was killed' },
      });
      const flood = `${one}; head -c 300000 /dev/zero >>"$DOCOPS_PREDICTIONS"`;
      expect(await whole({ ...plan, run: flood })).toMatchObject({ a: { status: 'output-limit' } });
    },
  );

  it.skipIf(!has)('stops when it is told to, whatever the command does', async () => {
    const seconds = uniqueSeconds();
    const task = await Task.make({
      driver: 'shell',
      run: onlyA(`sleep ${seconds}`),
      documents: documents('z', 'a', 'b'),
    });
    await task.fetch();
    const end = await task.extract({
      shell,
      during: async (pid) => {
        await until(
          () => processesWith(`sleep ${seconds}`).length,
          (count) => count > 0,
          15_000,
        );
        process.kill(pid, 'SIGTERM');
        // Long before the command would end by itself.
        expect(await processesGone(seconds, 20_000)).toEqual([]);
      },
    });
    expect(end.code).toBe(143);
    await task.deliver();
    const results = byId(task.delivered());
    expect(results).toMatchObject({
      z: { status: 'ok' },
      a: { status: 'crashed', problem: 'was being measured when its container ended' },
      b: { status: 'not-run', problem: 'was not begun when the container ended' },
    });
  });
});

const inNamespaces = requireTool('bwrap');
describe.each(SHELLS)('driver.sh in %s as process 1 of a container', (shell) => {
  /** An image with a shell and `more` programs, nothing else: no /usr. */
  async function contained(task: Task, more: readonly string[]) {
    const bin = folder();
    const programs = [shell, ...more].map((name) => `/usr/bin/${name}`).filter((path) => existsSync(path));
    symlinkSync(`/image/${shell}`, join(bin, 'sh'));
    return run(
      'bwrap',
      [
        ...['--unshare-pid', '--unshare-net', '--as-pid-1', '--proc', '/proc', '--dev', '/dev'],
        ...['/lib', '/lib64', '/usr/lib', '/usr/lib64'].flatMap((path) => ['--ro-bind-try', path, path]),
        ...programs.flatMap((path) => ['--ro-bind', path, `/image/${path.slice('/usr/bin/'.length)}`]),
        ...['--ro-bind', bin, '/bin', '--ro-bind', task.input, task.input, '--bind', task.work, task.work],
        ...['--tmpfs', '/tmp2', '--clearenv', '--setenv', 'PATH', '/bin:/image'],
        ...['--setenv', 'DOCOPS_INPUT', task.input, '--setenv', 'DOCOPS_WORK', task.work],
        ...['--', 'sh', join(task.input, 'driver', 'driver.sh')],
      ],
      { env: { PATH: process.env['PATH'] ?? '' } },
    );
  }

  it.skipIf(!requireTool(shell) || !inNamespaces)('ends also those who left their group', async () => {
    const seconds = uniqueSeconds();
    const task = await Task.make({
      driver: 'shell',
      run: onlyA(`setsid sleep ${seconds} >/dev/null 2>&1 & sleep 0.3`),
      documents: { a: '', b: '' },
    });
    await task.fetch();
    const running: number[] = [];
    const end = await contained(task, ['sleep', 'cat', 'tail', 'setsid', 'rm']);
    running.push(...processesWith(`sleep ${seconds}`));
    expect(end).toMatchObject({ code: 0, stderr: '' });
    await task.deliver();
    expect(statuses(task.delivered().lines)).toEqual(['a ok', 'b ok']);
    expect(running).toEqual([]);
  });

  it.skipIf(!requireTool(shell) || !inNamespaces)('needs nothing but itself and sleep', async () => {
    const task = await Task.make({
      driver: 'shell',
      run: `case $DOCOPS_DOCUMENT_ID in hang) while :; do :; done;; flood) while :; do echo 0123456789; done;; *) ${good};; esac`,
      documents: documents('a', 'hang', 'flood', 'z'),
      documentTimeoutMs: 1_000,
    });
    await task.fetch();
    const end = await contained(task, ['sleep']);
    expect(end.code).toBe(0);
    await task.deliver();
    expect(statuses(task.delivered().lines)).toEqual(['a ok', 'flood output-limit', 'hang timeout', 'z ok']);
  });
});

describe('driver.sh', () => {
  it.skipIf(!requireTool('dash') || !inNamespaces)('says what an image needs that has no sleep', async () => {
    const bin = folder();
    symlinkSync('/usr/bin/dash', join(bin, 'sh'));
    const task = await Task.make({ driver: 'shell', run: good });
    await task.fetch();
    const end = await run('/usr/bin/dash', [join(task.input, 'driver', 'driver.sh')], {
      env: { ...task.places, PATH: bin },
    });
    expect(end.code).toBe(0);
    await task.deliver();
    expect(task.delivered().lines[0]).toMatchObject({ status: 'not-run' });
    expect(task.delivered().lines[0]?.problem).toMatch(
      /no `sleep` command.*put coreutils or busybox into it/,
    );
  });

  it('says that the runner needs Node', async () => {
    const bin = folder();
    symlinkSync('/usr/bin/dash', join(bin, 'sh'));
    const task = await Task.make({ driver: 'runner', run: good });
    await task.fetch();
    const end = await run('/usr/bin/dash', [join(task.input, 'driver', 'driver.sh')], {
      env: { ...task.places, PATH: bin },
    });
    expect(end).toMatchObject({ code: 127 });
    expect(end.stderr).toContain('no `node`');
    await task.deliver();
    expect(statuses(task.delivered().lines)).toEqual(['a not-run', 'b not-run']);
  });

  it.skipIf(!requireTool('shellcheck'))('has no finding of shellcheck', async () => {
    const script = join(dirname(new URL(import.meta.url).pathname), '../../../eval-runner/task/driver.sh');
    const end = await run('shellcheck', ['-s', 'sh', script], { env: { PATH: process.env['PATH'] ?? '' } });
    expect(end).toMatchObject({ code: 0, stdout: '' });
    expect(readdirSync(dirname(script))).toContain('driver.sh');
  });
});
