import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/core/config/index.js';
import { parseLabels } from '../../src/core/dataset/labels.js';
import { createScorer } from '../../src/core/score/index.js';
import type { FieldSpec, Json, JsonObject, Label } from '../../src/core/words.js';

const text = readFileSync(new URL('../../docs/scoring.md', import.meta.url), 'utf8');
const block = (language: string): string =>
  new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(text)?.[1] ?? '';
const { config, problems } = readConfig(block('yaml'), '.docops.yml');
const fields = config?.pipelines[0]?.fields ?? [];

/** Rows of the tables whose first column is a field in backticks. */
const rows = text
  .split('\n')
  .filter((line) => /^\| `\w+` \|/.test(line))
  .map((line) => line.slice(2, -2).split(' | '))
  .map((cells) => cells.map((cell) => cell.replace(/^`(.*)`$/, '$1')));
const values = rows.filter((cells) => cells.length === 5);
const lists = rows.filter((cells) => cells.length === 7);

function fieldNamed(name: string): FieldSpec {
  const found = fields.find(({ path }) => path === name);
  if (found === undefined) throw new Error(`the page has no field ${name}`);
  return found;
}
function scored(label: Label, predicted: JsonObject, of: readonly FieldSpec[]) {
  const scorer = createScorer(of, { missingLabels: 'absent' });
  return scorer.score(label, { id: label.id, status: 'ok', seconds: 0, fields: predicted });
}
const one = (name: string, expected: string, predicted: string) =>
  scored(
    { id: 'd', fields: { [name]: JSON.parse(expected) as Json }, accept: {}, slices: {} },
    { [name]: JSON.parse(predicted) as Json },
    [fieldNamed(name)],
  );

describe('docs/scoring.md', () => {
  it('declares its fields in a valid configuration, and uses each of them', () => {
    expect(problems).toEqual([]);
    expect(new Set(rows.map(([name]) => name))).toEqual(new Set(fields.map(({ path }) => path)));
    expect(values.length).toBeGreaterThan(30);
    expect(lists.length).toBe(9);
  });

  it.each(values)(
    '%s: %s against %s is %s by %s',
    (name = '', expected = '', predicted = '', outcome, rule) => {
      expect(one(name, expected, predicted).cells).toMatchObject([{ outcome, rule }]);
    },
  );

  it.each(lists)('%s: %s against %s', (name = '', expected = '', predicted = '', ...counts) => {
    const [correct, wrong, missing, spurious] = counts.map(Number);
    expect(one(name, expected, predicted).fields[0]?.counts).toMatchObject({
      correct,
      wrong,
      missing,
      spurious,
    });
  });

  it('shows accepted values that make both predictions below them right', () => {
    const label = parseLabels(block('jsonl'), 'docs').labels[0];
    const predictions = [...text.matchAll(/`(\{(?:"note"|"items").*?\]\})`/g)].map(([, json = '']) => json);
    expect(predictions).toHaveLength(2);
    const used = ['note', 'items'].map(fieldNamed);
    for (const json of predictions) {
      expect(scored(label!, JSON.parse(json) as JsonObject, used)).toMatchObject({ score: 1, exact: true });
    }
  });
});
