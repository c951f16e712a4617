/** The three containers of a task, one after the other, with both drivers. */
import { describe, expect, it } from 'vitest';
import { processesGone, processesWith, uniqueSeconds, until } from '../../support/processes.js';
import { requireTool } from '../../support/tools.js';
import { statuses, Task, type Shell } from './support.js';

const SHELLS: readonly Shell[] = ['dash', 'bash', 'busybox'];
const total = `printf '{"total": "%s"}' "$(sed -n 's/^Total: //p' "$DOCOPS_DOCUMENT")"`;

describe.each(['runner', 'shell'] as const)('a task with the driver %s', (driver) => {
  it.each(SHELLS.filter(requireTool))(
    'measures each document and delivers one line for each, started by %s',
    async (shell) => {
      const task = await Task.make({ driver, run: total });
      const { header, lines } = await task.whole({ shell });
      expect(header).toMatchObject({ docops: 'task-results/1', step: 'extract', lines: 2, prepared: null });
      expect(statuses(lines)).toEqual(['a ok', 'b ok']);
      expect(Object.fromEntries(lines.map(({ id, fields }) => [id, fields]))).toEqual({
        a: { total: '1' },
        b: { total: '2' },
      });
      for (const { seconds } of lines) expect(seconds).toBeLessThan(60);
    },
  );

  it('shows a document of several files as a folder', async () => {
    const task = await Task.make({
      driver,
      run: `printf '{"files":"%s"}' "$(cd "$DOCOPS_DOCUMENT" && cat page-1.txt sub/page-2.txt | tr '\\n' ' ')"`,
      documents: { f: { 'page-1.txt': 'one\n', 'sub/page-2.txt': 'two\n' } },
    });
    expect((await task.whole()).lines).toMatchObject([{ id: 'f', fields: { files: 'one two ' } }]);
  });

  it('runs a batch, and names the documents that it forgot', async () => {
    const task = await Task.make({
      driver,
      mode: 'batch',
      run: `grep '"a"' "$DOCOPS_DOCUMENTS/manifest.jsonl" | sed 's/"path":"[^"]*"/"fields":{"n":1}/' >"$DOCOPS_PREDICTIONS"`,
    });
    const { lines } = await task.whole();
    expect(statuses(lines)).toEqual(['a ok', 'b invalid-output']);
    expect(lines.find(({ id }) => id === 'b')?.problem).toContain('has no valid line for it');
  });

  it('has the variables that the manifest gives, those of the container that it names, and PATH', async () => {
    const task = await Task.make({
      driver,
      run: `printf '{"v":"%s %s %s"}' "$GIVEN" "$OCR_KEY" "$(command -v sed)"`,
      env: { GIVEN: 'given' },
      documents: { a: '' },
    });
    task.publish({ ...task.fetchManifest, inherit: ['OCR_KEY', 'NOT_THERE'] }, task.deliverManifest);
    const { lines } = await task.whole({ env: { OCR_KEY: 'key' } });
    expect(lines[0]?.fields).toEqual({ v: 'given key /usr/bin/sed' });
  });

  it('tells after a kill whom it hit', async () => {
    const seconds = uniqueSeconds();
    const task = await Task.make({
      driver,
      run: `case $DOCOPS_DOCUMENT_ID in hit) sleep ${seconds};; *) echo '{}';; esac`,
      documents: { first: '', hit: '', later: '' },
      limits: { jobs: 1 },
    });
    await task.fetch();
    const end = await task.extract({
      during: async (pid) => {
        await until(
          () => processesWith(`sleep ${seconds}`).length,
          (count) => count > 0,
          15_000,
        );
        process.kill(pid, 'SIGTERM');
        expect(await processesGone(seconds, 3_000)).toEqual([]);
      },
    });
    expect(end.code).toBe(143);
    await task.deliver();
    expect(task.delivered().lines.map(({ id, status }) => `${id} ${status}`)).toEqual([
      'first ok',
      'hit crashed',
      'later not-run',
    ]);
  });

  it('may write into its checkout and its home', async () => {
    const task = await Task.make({
      driver,
      run: `echo x >made && echo y >"$HOME/made" && mkdir -p lib && printf '{"ok":"%s"}' "$(cat made "$HOME/made" | tr -d '\\n')"`,
      code: { 'lib/a.txt': 'a' },
      documents: { a: '' },
    });
    expect((await task.whole()).lines[0]?.fields).toEqual({ ok: 'xy' });
  });
});
