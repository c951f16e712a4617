/**
 * The example repository, measured in this process: its extractor is imported and scored with the core, without git,
 * runner and judge in between. What the whole program says of the same branches is in the journeys.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { readConfig } from '../../src/core/config/index.js';
import { createScorer } from '../../src/core/score/index.js';
import type { DocumentScore, FieldSpec, JsonObject, Pipeline, Prediction } from '../../src/core/words.js';
import { readDataset } from '../../src/dataset/read.js';

const run = promisify(execFile);
export const EXAMPLES = fileURLToPath(new URL('../../examples', import.meta.url));
export const INVOICES = join(EXAMPLES, 'invoices');

/** The only pipeline of a repository's configuration. Throws with the problems when it has any. */
export function readPipeline(repository: string): Pipeline {
  const { config, problems } = readConfig(
    readFileSync(join(repository, '.docops.yml'), 'utf8'),
    '.docops.yml',
  );
  if (config === undefined || problems.length > 0) throw new Error(problems.map((p) => p.message).join('\n'));
  return config.pipelines[0]!;
}

/** Files of a commit, without a working tree: `git archive`. */
export async function checkOut(repository: string, ref: string, directory: string): Promise<string> {
  await mkdir(directory, { recursive: true });
  const tar = `${directory}.tar`;
  await run('git', ['archive', '--output', tar, ref], { cwd: repository });
  await run('tar', ['-xf', tar, '-C', directory]);
  return directory;
}

/** Scores by document of the extractor that stands in `code`, on the example's dataset. */
export async function measure(code: string): Promise<Map<string, DocumentScore>> {
  const { extract } = (await import(pathToFileURL(join(code, 'extract/extract.mjs')).href)) as {
    extract: (document: unknown) => JsonObject;
  };
  const { readDocument } = (await import(pathToFileURL(join(code, 'extract/text.mjs')).href)) as {
    readDocument: (path: string) => unknown;
  };
  const { dataset } = await readDataset(join(INVOICES, 'eval/invoices'));
  const scorer = createScorer(readPipeline(INVOICES).fields, { missingLabels: 'absent' });
  const scores = new Map<string, DocumentScore>();
  for (const { id, path } of dataset.documents) {
    let prediction: Prediction;
    try {
      prediction = { id, status: 'ok', fields: extract(readDocument(path)), seconds: 0 };
    } catch {
      prediction = { id, status: 'crashed', seconds: 0 };
    }
    scores.set(id, scorer.score(dataset.labels.get(id)!, prediction));
  }
  return scores;
}

export function overall(scores: ReadonlyMap<string, DocumentScore>): number {
  const values = [...scores.values()].flatMap(({ score }) => (score === null ? [] : [score]));
  return values.reduce((sum, score) => sum + score, 0) / values.length;
}

/** Documents that got worse or better in a field, by field; fields without any are left out. */
export function changes(
  fields: readonly FieldSpec[],
  base: ReadonlyMap<string, DocumentScore>,
  head: ReadonlyMap<string, DocumentScore>,
): { worse: Record<string, string[]>; better: Record<string, string[]> } {
  const worse: Record<string, string[]> = {};
  const better: Record<string, string[]> = {};
  fields.forEach(({ path }, index) => {
    for (const [id, score] of base) {
      const before = score.fields[index]!.score;
      const after = head.get(id)!.fields[index]!.score;
      if (before === null || after === null || before === after) continue;
      ((after < before ? worse : better)[path] ??= []).push(id);
    }
  });
  return { worse, better };
}
