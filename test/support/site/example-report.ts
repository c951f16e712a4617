/** The example repository with its branches, and what `docops eval` says of one of them. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { materialize } from '../../../examples/materialize.mjs';
import type { Report } from '../../../src/core/report/schema.js';
import { DOCOPS } from '../project.js';

export interface ExampleRun {
  /** A repository with a work tree; its commits are the same each time. */
  readonly repository: string;
  /** Of the branch `regression`, which blocks. */
  readonly report: Report;
}

/** Takes some ten seconds of two processors. `folder` is empty and there. */
export async function evaluateExample(folder: string): Promise<ExampleRun> {
  const repository = join(folder, 'invoices');
  await materialize(repository);
  const file = join(folder, 'regression.json');
  const args = ['eval', '--base', 'main', '--head', 'regression', '--json', file, '--no-cache'];
  await new Promise<void>((resolve, reject) => {
    execFile(process.execPath, [DOCOPS, ...args], { cwd: repository }, (error, out, err) => {
      // 1: the branch is blocked, which is what is wanted of it.
      if (error?.code !== 1) reject(new Error(`docops eval: ${out}${err}`));
      else resolve();
    });
  });
  return { repository, report: JSON.parse(readFileSync(file, 'utf8')) as Report };
}
