/** A folder with code and documents, and a run of it: what tests of the ECS runner begin with. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExtractSpec, Prediction } from '../../../src/core/words.js';
import type { RunDocument, Runner, RunRequest } from '../../../src/ports/runner.js';
import { extractSpec, runDocument } from '../../contract/runner.contract.js';

export interface Site {
  readonly root: string;
  readonly code: string;
  /** `text 0`, `text 1` … */
  documents(count: number): readonly RunDocument[];
  measure(runner: Runner, command: string, more?: MeasureMore): Promise<Prediction[]>;
  remove(): void;
}

export interface MeasureMore extends Partial<Pick<RunRequest, 'key' | 'signal' | 'onPrediction'>> {
  readonly documents?: readonly RunDocument[];
  readonly extract?: Partial<ExtractSpec>;
  readonly jobs?: number;
  readonly memoryBytes?: number;
}

export function makeSite(): Site {
  const root = mkdtempSync(join(tmpdir(), 'docops site '));
  const code = join(root, 'code');
  mkdirSync(code);
  mkdirSync(join(root, 'documents'));
  const documents = (count: number): RunDocument[] =>
    Array.from({ length: count }, (_, i) => {
      const path = join(root, 'documents', `${i}.txt`);
      writeFileSync(path, `text ${i}`);
      return runDocument(`doc${i}`, path);
    });
  return {
    root,
    code,
    documents,
    async measure(runner, command, more = {}) {
      const predictions: Prediction[] = [];
      await runner.run({
        key: more.key ?? 'head',
        label: 'head, run 1',
        codeDirectory: code,
        documents: more.documents ?? documents(1),
        extract: extractSpec(command, more.extract),
        limits: { jobs: more.jobs ?? 1, memoryBytes: more.memoryBytes ?? 512 * 1024 ** 2 },
        sandbox: 'none',
        ...(more.signal !== undefined && { signal: more.signal }),
        onPrediction: async (prediction) => {
          predictions.push(prediction);
          await more.onPrediction?.(prediction);
        },
      });
      return predictions;
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}
