/** The image of fetch and deliver as its Dockerfile has it; there is no Docker in the tests, so its lines are read. */
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { VOLUMES } from '../../../eval-runner/task/contract.js';
import { image, run, statuses, Task } from './support.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const lines = readFileSync(join(root, 'eval-runner/Dockerfile'), 'utf8')
  .replaceAll(/^#.*\n/gm, '')
  .replaceAll('\\\n', ' ')
  .split('\n')
  .filter((line) => line.trim() !== '');
const all = (word: string): string[] =>
  lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1).trim());
const last = (word: string): string => all(word).at(-1) ?? '';

describe('the image of fetch and deliver', () => {
  it('is built on bases named by their full version, the same as of the App', () => {
    const base = /^node:\d+\.\d+\.\d+-bookworm-slim( AS \w+)?$/;
    for (const from of all('FROM')) expect(from).toMatch(base);
    const app = /^FROM (node:\S+)/m.exec(readFileSync(join(root, 'Dockerfile'), 'utf8'))?.[1];
    expect(all('FROM').every((from) => from.startsWith(app!))).toBe(true);
  });

  it('copies only what is there', async () => {
    const made = readdirSync(await image()).sort();
    expect(made).toEqual(['driver.sh', 'package.json', 'runner.js', 'task.js']);
    for (const copy of all('COPY')) {
      const words = copy.split(/\s+/).filter((word) => !word.startsWith('--'));
      if (copy.includes('--from=build')) expect(words).toEqual(['/image', '/app']);
      else for (const source of words.slice(0, -1)) expect(existsSync(join(root, source)), source).toBe(true);
    }
    expect(all('RUN').join('\n')).toContain('node eval-runner/build-image.mjs /image');
  });

  it('runs as a user that is neither root nor the extract container\u2019s, with volumes that are its own', () => {
    expect(last('USER')).toBe('10001:10001');
    const volumes = JSON.parse(last('VOLUME')) as string[];
    expect(volumes).toEqual([VOLUMES.input.path, VOLUMES.work.path, '/tmp']);
    expect(all('RUN').join('\n')).toContain(
      `install -d -o 10001 -g 10001 -m 0755 ${VOLUMES.input.path} ${VOLUMES.work.path}`,
    );
  });

  it('starts with its one file and nothing beside it but what it hands on', async () => {
    const [program, file] = JSON.parse(last('ENTRYPOINT')) as string[];
    expect(program).toBe('node');
    const app = mkdtempSync(join(tmpdir(), 'docops-app-'));
    for (const name of readdirSync(await image())) copyFileSync(join(await image(), name), join(app, name));
    const end = await run(process.execPath, [join(app, file!.replace('/app/', '')), 'fetch'], { env: {} });
    expect(end).toMatchObject({ code: 2 });
    expect(end.stderr).toMatch(/^fetch: usage: DOCOPS_MANIFEST_URL=URL/);
    expect(statSync(join(app, 'task.js')).size).toBeLessThan(1_000_000);
  });

  it('asks for no package when it runs', async () => {
    for (const file of ['task.js', 'runner.js']) {
      const text = readFileSync(join(await image(), file), 'utf8');
      const wanted = ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName);
      expect(wanted.length).toBeGreaterThan(3);
      expect(wanted.filter((name) => !isBuiltin(name))).toEqual([]);
    }
  });

  it('measures as a bundle what it measures as sources', async () => {
    const task = await Task.make({ driver: 'runner', run: `echo '{"a":1}'`, documents: { a: '' } });
    expect(statuses((await task.whole()).lines)).toEqual(['a ok']);
  });
});
