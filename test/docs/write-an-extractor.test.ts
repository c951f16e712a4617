import { execFile } from 'node:child_process';
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { commitTree, git } from '../../examples/materialize.mjs';
import { readConfig } from '../../src/core/config/index.js';
import * as limits from '../../src/core/limits.js';
import { extractorEnvironment } from '../../src/runners/local/environment.js';
import { temporaryFolder } from '../support/git.js';
import { requireTool } from '../support/tools.js';
import { evaluate } from '../support/verdict.js';

const run = promisify(execFile);
const text = readFileSync(new URL('../../docs/write-an-extractor.md', import.meta.url), 'utf8');
/** Blocks that carry a file name, by name; and those that do not, by language. */
const blocks = [...text.matchAll(/^```(\w+)(?: (\S+))?\n([\s\S]*?)^```$/gm)];
const files = new Map(
  blocks.flatMap(([, , name, body]) => (name === undefined ? [] : [[name, body!] as const])),
);
const loose = blocks
  .filter(([, , name]) => name === undefined)
  .map(([, language, , body]) => ({ language, body: body! }));

const LABEL = { invoice_number: 'A-17', issue_date: '2025-03-05', total: 1234.5 };

/** The page's configuration with another command. */
function configuration(command: string, mode: string): string {
  return files.get('.docops.yml')!.replace(/run: .*/, `run: ${command}\n      mode: ${mode}`);
}

async function repository(config: string, extractor: string): Promise<string> {
  const folder = join(temporaryFolder(), 'repository');
  const write = (name: string, body: string) => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), body);
  };
  write('.docops.yml', config);
  write(extractor, files.get(extractor)!);
  write('eval/invoices/documents/a17.txt', files.get('documents/a17.txt')!);
  write('eval/invoices/labels.jsonl', JSON.stringify({ id: 'a17', fields: LABEL }) + '\n');
  await commitTree(folder, 'An extractor from the page');
  return folder;
}

describe('docs/write-an-extractor.md', () => {
  const examples = [
    { extractor: 'extract/main.py', command: 'python3 extract/main.py', mode: 'document' },
    { extractor: 'extract/main.mjs', command: 'node extract/main.mjs', mode: 'document' },
    { extractor: 'extract/main.sh', command: 'sh extract/main.sh', mode: 'document' },
    { extractor: 'extract/batch.py', command: 'python3 extract/batch.py', mode: 'batch' },
  ];
  for (const { extractor, command, mode } of examples) {
    const program = command.split(' ')[0]!;
    it.skipIf(!requireTool(program))(
      `the extractor ${extractor} reads the example document; needs ${program}`,
      async () => {
        expect(text).toContain(`run: ${command}`);
        const folder = await repository(configuration(command, mode), extractor);
        // Something has to differ, or there is nothing to measure.
        await git(folder, ['checkout', '--quiet', '-b', 'change']);
        appendFileSync(join(folder, extractor), extractor.endsWith('.mjs') ? '// changed\n' : '# changed\n');
        await git(folder, ['commit', '--quiet', '--all', '-m', 'A comment']);
        const { report, out } = await evaluate(folder, 'main', 'change', join(folder, '../cache'));
        expect(report, out).toMatchObject({
          overall: { base: 1, head: 1 },
          documents_exact: { head: 1, of: 1 },
        });
        if (extractor.endsWith('.mjs')) expect(report.cost.head_usd).toBeCloseTo(0.0015);
      },
      60_000,
    );
  }

  it.skipIf(!requireTool('python3'))(
    'the command to try by hand prints the fields; needs python3',
    async () => {
      const folder = await repository(files.get('.docops.yml')!, 'extract/main.py');
      const byHand = loose.filter(({ language }) => language === 'sh').map(({ body }) => body);
      expect(byHand).toHaveLength(1);
      const { stdout } = await run('sh', ['-c', byHand[0]!], { cwd: folder });
      expect(JSON.parse(stdout)).toEqual({
        invoice_number: 'A-17',
        issue_date: '2025-03-05',
        seller: { name: null },
        total: '1,234.50',
      });
    },
  );

  it('every piece of configuration is accepted', () => {
    const pieces = loose.filter(({ language }) => language === 'yaml').map(({ body }) => body);
    expect(pieces.length).toBeGreaterThanOrEqual(2);
    const frame = files.get('.docops.yml')!;
    const whole = pieces.map((piece) =>
      frame.replace(/ {4}extract:\n.*\n/, piece.replace(/^/gm, '    ').trimEnd() + '\n'),
    );
    for (const config of [frame, ...whole])
      expect(readConfig(config, '.docops.yml').problems, config).toEqual([]);
  });

  it('says the limits that hold', () => {
    const { config } = readConfig(files.get('.docops.yml')!, '.docops.yml');
    const { documentTimeoutMs, timeoutMs } = config!.pipelines[0]!.extract;
    const row = (start: string) =>
      text
        .split('\n')
        .find((line) => line.startsWith(`| ${start}`))
        ?.split(' | ')[1];
    expect(row('time for one document')).toBe(`${documentTimeoutMs / 1000}s`);
    expect(row('time for all documents')).toBe(`${timeoutMs / 60_000}m`);
    expect(row('resident memory')).toBe(`${config!.runner.memoryBytes / 2 ** 30}GiB`);
    expect(row('standard output')).toBe(`${limits.DOCUMENT_OUTPUT_BYTES / 2 ** 20} MiB`);
    expect(row('predictions file')).toBe(
      `${limits.BATCH_OUTPUT_BYTES_PER_DOCUMENT / 2 ** 20} MiB for each document`,
    );
    expect(row('nesting')).toBe(`${limits.JSON_DEPTH} levels`);
    expect(row('standard error')).toBe(`the last ${limits.STDERR_TAIL_BYTES / 1024} KiB`);
    expect(text).toContain(`at most ${limits.SETUP_TIMEOUT_MS / 60_000} minutes`);
    expect(text).toContain(`up to ${limits.NOISE_SAMPLE_DOCUMENTS} documents`);
    expect(limits.KILL_GRACE_MS).toBe(1_000);
  });

  it('names every variable that the extractor is given', () => {
    for (const [name, value] of Object.entries(extractorEnvironment([], { PATH: '/bin' }))) {
      expect(text).toContain(`\`${name}\``);
      if (name !== 'PATH') expect(text).toContain(`\`${value}\``);
    }
    for (const name of ['HOME', 'TMPDIR', 'DOCOPS_DOCUMENT_ID']) expect(text).toContain(`\`${name}\``);
  });
});
