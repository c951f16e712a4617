import { Ajv } from 'ajv';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { REPORT_VALUE_CHARACTERS } from '../../../src/core/limits.js';
import { cutText, leavesOut, serializeReport } from '../../../src/core/report/json.js';
import { type Report, reportSchema } from '../../../src/core/report/schema.js';
import { blockReport, cell, document, REPORTS } from '../../support/report.js';

const schema = JSON.parse(
  readFileSync(new URL('../../../schema/report.schema.json', import.meta.url), 'utf8'),
) as object;
const validate = new Ajv({ strict: false }).compile(schema);
const read = (text: string): Report => JSON.parse(text) as Report;

describe('the report as JSON', () => {
  it.each(Object.keys(REPORTS))('is valid under the shipped schema: %s', (name) => {
    expect(validate(JSON.parse(serializeReport(REPORTS[name]!()))), JSON.stringify(validate.errors)).toBe(
      true,
    );
  });

  it('says the same as the object, when nothing is too long', () => {
    expect(read(serializeReport(blockReport()))).toEqual(blockReport());
  });

  it('has its keys in the order of the schema, whatever the order they were set in', () => {
    const report = blockReport();
    const reversed = (value: unknown): unknown =>
      Array.isArray(value)
        ? value.map(reversed)
        : typeof value === 'object' && value !== null
          ? Object.fromEntries(
              Object.entries(value)
                .reverse()
                .map(([key, inner]) => [key, reversed(inner)]),
            )
          : value;
    const text = serializeReport(reversed(report) as Report);
    expect(text).not.toBe(JSON.stringify(reversed(report)));
    // Lists were turned as well, and their order says something: turned back, the text is the same.
    expect(serializeReport(reversed(JSON.parse(text)) as Report)).toBe(serializeReport(report));
    expect(Object.keys(JSON.parse(text) as object)).toEqual(Object.keys(reportSchema.shape));
  });

  it('cuts long values with a mark, never through a character', () => {
    const report = blockReport({
      documents: [
        document('a', 1, 0, [
          cell(
            'x',
            'y'.repeat(10_000),
            { deep: 'z'.repeat(10_000) },
            `${'a'.repeat(REPORT_VALUE_CHARACTERS - 1)}😀😀`,
          ),
        ]),
      ],
    });
    const [first] = read(serializeReport(report)).documents[0]!.cells;
    expect(first!.expected).toBe(`${'y'.repeat(REPORT_VALUE_CHARACTERS)}… [8,000 more characters]`);
    expect(first!.base).toMatch(/^\{"deep":"z+… \[\d,\d{3} more characters\]$/);
    expect(first!.head).toBe(`${'a'.repeat(REPORT_VALUE_CHARACTERS - 1)}… [4 more characters]`);
    expect(cutText('short')).toBe('short');
  });

  it('keeps keys such as __proto__ and values of unknown keys', () => {
    const value = JSON.parse('{"__proto__": {"polluted": 1}, "constructor": 2}') as never;
    const text = serializeReport(
      blockReport({ documents: [document('a', 1, 0, [cell('x', value, null, null)])] }),
    );
    expect(text).toContain('"__proto__"');
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    const later = { ...blockReport(), added_later: { a: 1 } };
    expect(JSON.parse(serializeReport(later))).toHaveProperty('added_later.a', 1);
  });

  it('is bounded: the last documents lose their cells, which are counted', () => {
    const report = REPORTS['huge']!();
    const text = serializeReport(report, 3_000_000);
    expect(text.length).toBeLessThan(4_000_000);
    const given = read(text);
    expect(given.documents).toHaveLength(10_000);
    expect(given.documents[0]!.cells).toHaveLength(4);
    const last = given.documents.findLast((one) => one.cells_omitted !== undefined)!;
    expect(last.cells).toEqual([]);
    expect(leavesOut(report, 3_000_000)).toBe(true);
    expect(leavesOut(report, 64_000_000)).toBe(false);
  });

  it('writes no number that JSON does not have', () => {
    const report = blockReport();
    expect(
      read(serializeReport({ ...report, overall: { ...report.overall, p: Number.NaN } })).overall.p,
    ).toBeNull();
  });
});
