import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readConfig } from '../../src/core/config/index.js';
import { judge } from '../../src/core/judge/index.js';
import { inputOf, several } from '../core/judge/support.js';

interface Example {
  readonly fields: readonly string[];
  readonly gate: object;
  readonly deterministic?: boolean;
  readonly documents: readonly string[];
  readonly verdict: string;
  readonly reasons?: readonly string[];
}

const text = readFileSync(new URL('../../docs/judging.md', import.meta.url), 'utf8');
const examples = [...text.matchAll(/```judging\n([\s\S]*?)```/g)].map(
  ([, block]) => parse(block!) as Example,
);

/** The gate as a user writes it, read by the product. */
function configured({ fields, gate }: Example) {
  const file = JSON.stringify({
    version: 1,
    pipelines: {
      p: {
        paths: ['extract/**'],
        dataset: 'eval',
        extract: { run: 'true' },
        fields: Object.fromEntries(fields.map((path) => [path, 'id'])),
        gate,
      },
    },
  });
  const { config, problems } = readConfig(file, '.docops.yml');
  expect(problems).toEqual([]);
  return config!.pipelines[0]!;
}

describe('docs/judging.md', () => {
  it.each(examples.map((example, i) => [i + 1, example.verdict, example] as const))(
    'example %i gives %s',
    (_, __, example) => {
      const pipeline = configured(example);
      const documents = example.documents.flatMap((line, i) => {
        const [, count, base, head] = /^(\d+) x (\S+) -> (\S+)$/.exec(line)!;
        return several(Number(count), `d${i}`, base!.split('/'), head!.split('/'));
      });
      const deterministic = example.deterministic ?? true;
      const { verdict, reasons } = judge(
        inputOf(pipeline.fields, documents, pipeline.gate, { deterministic }),
      );
      expect(verdict).toBe(example.verdict);
      const codes = reasons.map(({ code }) => code);
      for (const code of example.reasons ?? []) expect(codes).toContain(code);
    },
  );
  it('has an example for every verdict that judging gives', () => {
    const given = new Set(examples.map(({ verdict }) => verdict));
    expect([...given].sort()).toEqual(['block', 'not-measured', 'pass', 'pass-unproven', 'warn']);
  });
});
