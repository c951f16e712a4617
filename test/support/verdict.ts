/** `docops eval` on a repository with known branches, and what its report says in the words of `branches.json`. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExpectedVerdict } from '../../examples/materialize.mjs';
import type { Report } from '../../src/core/report/schema.js';
import { temporaryFolder } from './git.js';
import { DOCOPS } from './project.js';

export interface Evaluated {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  readonly report: Report;
}

/** Evaluates `head` against `base`; `cache` is kept between calls, so that the base is measured once. */
export function evaluate(
  repository: string,
  base: string,
  head: string,
  cache: string,
  ...more: string[]
): Promise<Evaluated> {
  const file = join(temporaryFolder('docops-report'), 'report.json');
  const args = [
    DOCOPS,
    'eval',
    '--repo',
    repository,
    '--base',
    base,
    '--head',
    head,
    '--json',
    file,
    ...more,
  ];
  const env: NodeJS.ProcessEnv = { ...process.env, NO_COLOR: '1', DOCOPS_CACHE_DIR: cache };
  delete env['GITHUB_STEP_SUMMARY'];
  return new Promise((done, fail) => {
    execFile(process.execPath, args, { env, maxBuffer: 64 << 20 }, (error, out, err) => {
      const code = error === null ? 0 : error.code;
      try {
        if (typeof code !== 'number') throw new Error('The program did not end by itself.');
        done({ code, out, err, report: JSON.parse(readFileSync(file, 'utf8')) as Report });
      } catch (cause) {
        fail(new Error(`docops eval gave no report (exit ${String(code)}):\n${err}\n${out}`, { cause }));
      }
    });
  });
}

/** The report in the form of an expectation; fields only where the expectation names them. */
export function asExpected({ code, report }: Evaluated, expected: ExpectedVerdict): ExpectedVerdict {
  const worse = report.documents.filter(({ cells }) => cells.some(({ change }) => change === 'regressed'));
  const fields = report.fields.filter(({ regressed }) => regressed > 0).map(({ field }) => field);
  return {
    verdict: report.verdict as ExpectedVerdict['verdict'],
    exitCode: code as ExpectedVerdict['exitCode'],
    ...(expected.fields === undefined ? {} : { fields }),
    ...(expected.documents === undefined && worse.length === 0
      ? {}
      : { documents: worse.map(({ id }) => id).sort() }),
  };
}

/** Base and head of each field in percent, for whoever reads the test's output. */
export function figures({ report }: Evaluated): string {
  const percent = (value: number | null) => (value === null ? '–' : (100 * value).toFixed(1));
  const row = (name: string, base: number | null, head: number | null) =>
    `  ${name.padEnd(18)} ${percent(base).padStart(6)} → ${percent(head).padStart(6)}`;
  return [
    row('overall', report.overall.base, report.overall.head),
    ...report.fields.map(({ field, base, head }) => row(field, base.accuracy, head.accuracy)),
  ].join('\n');
}
