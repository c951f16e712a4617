import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { CONFIG, EXTRACTOR, Project, twelveInvoices } from '../support/project.js';

let project: Project;
afterEach(() => project.remove());

const CHANGED = { 'extract/main.awk': `# changed\n${EXTRACTOR}` };

/** Every regular file below the cache. */
function cacheFiles(): string[] {
  return readdirSync(project.cache, { recursive: true, encoding: 'utf8' })
    .map((name) => join(project.cache, name))
    .filter((path) => statSync(path).isFile());
}

describe('what was measured is not measured again', () => {
  it('an unchanged base costs nothing the second time', async () => {
    project = new Project();
    project.branch('change', CHANGED);
    const first = (await project.eval()).report;
    expect(first.run.cached).toEqual([]);
    project.write('extract/main.awk', `# changed again\n${EXTRACTOR}`);
    const second = (await project.eval()).report;
    expect(second.run.cached).toEqual(['base']);
    expect(second.run.documents_run).toBe(first.run.documents_run / 2);
    const third = (await project.eval()).report;
    expect(third.run).toMatchObject({ cached: ['base', 'head'], documents_run: 0 });
    expect(third.overall).toEqual(second.overall);
    expect((await project.eval('--no-cache')).report.run.documents_cached).toBe(0);
  });

  it('a corrected label measures nothing again', async () => {
    project = new Project();
    project.branch('change', CHANGED);
    await project.eval();
    project.git('checkout', '-q', 'main');
    project.label(
      twelveInvoices().map((document) => ({ ...document, label: { ...document.lines, vendor: 'Acme' } })),
    );
    project.commit('labels');
    const { report } = await project.eval('--head', 'change');
    expect(report.run.documents_run).toBe(0);
    expect(report.overall.head).toBeLessThan(1);
  });

  it.each<[string, (bytes: Buffer) => Buffer]>([
    ['cut in half', (bytes) => bytes.subarray(0, Math.floor(bytes.length / 2))],
    ['with a changed value', (bytes) => Buffer.from(bytes.toString('utf8').replaceAll('INV-00', 'INV-99'))],
    ['empty', () => Buffer.alloc(0)],
    ['full of noise', () => Buffer.from('\0\0{"nonsense"')],
  ])('an entry that is %s is noticed and measured again', async (name, spoil) => {
    project = new Project();
    project.branch('change', CHANGED);
    const first = (await project.eval()).report;
    const files = cacheFiles().filter((path) => readFileSync(path).includes('INV-00'));
    expect(files.length).toBeGreaterThan(0);
    for (const path of files) writeFileSync(path, spoil(readFileSync(path)));
    const second = (await project.eval()).report;
    expect(second.run.documents_run).toBeGreaterThan(0);
    const warned = second.warnings.some((text) => text.includes('records of the cache were damaged'));
    expect({ name, warned }).toEqual({ name, warned: name !== 'empty' });
    expect(second.overall).toEqual(first.overall);
    expect((await project.eval()).report.run.documents_run).toBe(0);
  });

  it('an evaluation that is stopped with Ctrl-C goes on where it was, and leaves no process behind', async () => {
    project = new Project();
    // A name of its own: other runs of this test on the machine are not its children.
    const slow = `extract/slow-${process.pid}.sh`;
    project.write(
      '.docops.yml',
      CONFIG.replace(/run: .*/, `run: sh ${slow} "$DOCOPS_DOCUMENT"`).replace(
        '    fields:',
        '      deterministic: true\n    fields:',
      ),
    );
    project.write(slow, 'sleep 0.4\nawk -f extract/main.awk "$1"\n');
    project.commit('slow');
    project.branch('change', CHANGED);
    const running = project.start(['eval', '--jobs', '1']);
    await sleep(3_500);
    running.kill('SIGINT');
    const [code] = (await once(running, 'exit')) as [number];
    expect(code).toBe(3);
    const left = execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' });
    expect(left).not.toContain(slow);
    const { report, code: second } = await project.eval();
    expect(second).toBe(0);
    expect(report.run.documents_cached).toBeGreaterThan(0);
    expect(report.run.documents_run).toBeLessThan(24);
    expect(report.run.documents_cached + report.run.documents_run).toBe(24);
  });
});
