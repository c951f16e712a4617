import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CSV_COLUMNS } from '../../src/core/report/csv.js';
import { REASON_CODES, VERDICTS } from '../../src/core/report/schema.js';
import { renderTerminal } from '../../src/core/report/terminal.js';
import { FIELD_MARKS } from '../../src/core/report/words.js';
import { Project } from '../support/project.js';
import { blockReport } from '../support/report.js';

const text = readFileSync(new URL('../../docs/read-a-check.md', import.meta.url), 'utf8');
/** First cells of the tables' lines: `code` or a mark. */
const described = [...text.matchAll(/^\| `?([^`|]+?)`? \| ([^|]+) \|/gm)].map(
  ([, key, says]) => [key!.trim(), says!.trim()] as const,
);

describe('docs/read-a-check.md', () => {
  it.each([...VERDICTS, ...REASON_CODES])('describes %s once, with what it means', (code) => {
    const found = described.filter(([key]) => key === code);
    expect(found).toHaveLength(1);
    expect(found[0]![1].length).toBeGreaterThan(10);
  });

  it('describes no reason and no verdict that does not exist', () => {
    const known = new Set<string>([...VERDICTS, ...REASON_CODES]);
    const named = described.map(([key]) => key).filter((key) => /^[a-z]+(?:[_-][a-z]+)+$/.test(key));
    expect(named.filter((key) => !known.has(key))).toEqual([]);
    expect(named.length).toBeGreaterThan(30);
  });

  it('describes every mark of a field', () => {
    for (const { mark } of Object.values(FIELD_MARKS)) expect(described.map(([key]) => key)).toContain(mark);
  });

  it('describes every column of the CSV', () => {
    const table = /\| column \| holds \|[\s\S]*?\n\n/.exec(text)![0];
    const columns = [...table.matchAll(/^\| (`[^|]*`) \|/gm)].flatMap(([, names]) =>
      [...names!.matchAll(/`(\w+)`/g)].map(([, column]) => column),
    );
    expect(columns).toEqual([...CSV_COLUMNS].sort((a, b) => columns.indexOf(a) - columns.indexOf(b)));
    expect(columns).toHaveLength(CSV_COLUMNS.length);
  });

  it('shows what the terminal shows', () => {
    const example = /```text\n([\s\S]*?)```/.exec(text)![1]!;
    expect(example).toBe(renderTerminal(blockReport(), { color: false, width: 100, documents: 1 }));
  });

  it('its commands write the files that it names', async () => {
    const commands = [...text.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block]) =>
      block!.trim().split('\n'),
    );
    expect(commands).toHaveLength(2);
    const project = new Project();
    try {
      for (const command of commands) {
        const [, ...words] = command.replace('"$GITHUB_STEP_SUMMARY"', 'summary.md').split(' ');
        expect(await project.docops(words)).toMatchObject({ code: 0 });
      }
      expect(JSON.parse(project.read('report.json'))).toMatchObject({ schema: 'docops.report/1' });
      expect(project.read('report.html')).toContain('<!doctype html>');
      expect(project.read('report.md')).toMatch(/^## /);
      expect(project.read('summary.md')).toMatch(/^## /);
    } finally {
      project.remove();
    }
  });
});
