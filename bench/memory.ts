/**
 * Memory of a whole evaluation as the dataset grows ten times: `docops eval` in a process of its own on a generated
 * repository, extraction in one batch, so that what grows is the product and not the extractor.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BenchResult } from './types.js';

const CHILD = fileURLToPath(new URL('./memory-child.js', import.meta.url));
const FIELDS = 30;
const SIZES = [1_000, 10_000] as const;

/** Every tenth value is read wrongly, a different one on each side, so that the report has something to list. */
const extractor = (shift: number, count: number): string => `
import { readFileSync, writeFileSync } from 'node:fs';
const manifest = readFileSync(process.env.DOCOPS_DOCUMENTS + '/manifest.jsonl', 'utf8').trim().split('\\n');
const lines = manifest.map((line) => {
  const { id, path } = JSON.parse(line);
  const n = Number(readFileSync(path, 'utf8'));
  const fields = {};
  for (let f = 0; f < ${count}; f++) fields['field_' + f] = (n + f + ${shift}) % 10 === 0 ? 'misread' : 'value ' + (n * 31 + f);
  return JSON.stringify({ id, fields });
});
writeFileSync(process.env.DOCOPS_PREDICTIONS, lines.join('\\n') + '\\n');
`;

/** A repository whose working tree reads other values wrongly than its `main` does. */
export function repository(folder: string, documents: number, fields = FIELDS): void {
  mkdirSync(join(folder, 'eval/documents'), { recursive: true });
  mkdirSync(join(folder, 'extract'));
  const names = Array.from({ length: fields }, (_, index) => `field_${index}`);
  const labels: string[] = [];
  for (let n = 0; n < documents; n++) {
    writeFileSync(join(folder, `eval/documents/d${n}.txt`), `${n}\n`);
    labels.push(
      JSON.stringify({
        id: `d${n}`,
        fields: Object.fromEntries(names.map((name, f) => [name, `value ${n * 31 + f}`])),
      }),
    );
  }
  writeFileSync(join(folder, 'eval/labels.jsonl'), `${labels.join('\n')}\n`);
  writeFileSync(
    join(folder, '.docops.yml'),
    [
      'version: 1',
      'pipelines:',
      '  bench:',
      '    paths: ["extract/**"]',
      '    dataset: eval',
      '    extract: { run: node extract/main.mjs, mode: batch, deterministic: true }',
      '    fields:',
      ...names.map((name) => `      ${name}: text`),
      '',
    ].join('\n'),
  );
  const git = (...args: string[]): void => {
    execFileSync('git', ['-c', 'user.name=bench', '-c', 'user.email=bench@example.com', ...args], {
      cwd: folder,
      stdio: 'ignore',
    });
  };
  git('init', '-b', 'main');
  writeFileSync(join(folder, 'extract/main.mjs'), extractor(0, fields));
  git('add', '-A');
  git('commit', '-m', 'base');
  writeFileSync(join(folder, 'extract/main.mjs'), extractor(1, fields));
}

export function run(): BenchResult {
  const figures: Record<string, number | string> = {};
  const peaks: number[] = [];
  const sizes: number[] = [];
  for (const documents of SIZES) {
    const folder = mkdtempSync(join(tmpdir(), 'docops-bench-'));
    try {
      repository(folder, documents);
      const out = join(folder, '..', `report-${documents}.json`);
      const printed = execFileSync(process.execPath, [CHILD, folder, out], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      const { peakMiB, seconds } = JSON.parse(printed.trim().split('\n').at(-1) ?? '{}') as {
        peakMiB: number;
        seconds: number;
      };
      const reportMiB = statSync(out).size / 2 ** 20;
      const { documents: listed } = JSON.parse(readFileSync(out, 'utf8')) as { documents: unknown[] };
      if (listed.length !== documents)
        throw new Error(`the report lists ${listed.length} documents instead of ${documents}`);
      rmSync(out);
      peaks.push(peakMiB);
      sizes.push(reportMiB);
      figures[`${documents} documents`] =
        `peak ${peakMiB.toFixed(0)} MiB, report ${reportMiB.toFixed(1)} MiB, ${seconds.toFixed(1)} s`;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  const [small = 0, large = 0] = peaks;
  const [smallReport = 0, largeReport = 0] = sizes;
  figures['peak, ratio'] = (large / small).toFixed(2);
  figures['growth of the peak per MiB of report'] = ((large - small) / (largeReport - smallReport)).toFixed(
    1,
  );
  return {
    name: 'memory of an evaluation as documents grow ten times',
    figures,
    notes: [
      `${FIELDS} text fields; a fifth of the cells differs from the label on one side, so the report itself grows with the documents`,
    ],
  };
}
