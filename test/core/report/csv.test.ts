import { describe, expect, it } from 'vitest';
import { CSV_COLUMNS, renderCsv } from '../../../src/core/report/csv.js';
import type { Report } from '../../../src/core/report/schema.js';
import { blockReport, cell, document, hostileReport, passReport } from '../../support/report.js';

function reportWith(documents: Report['documents']): Report {
  return { ...passReport(), documents };
}

/** Cells of one line, without their quotes. */
function lines(csv: string): string[][] {
  return csv
    .trimEnd()
    .split('\r\n')
    .map((line) => line.split(',').map((part) => part.replace(/^"([\s\S]*)"$/, '$1')));
}

describe('the cells of a report as CSV', () => {
  it('has a line of columns and one line for each cell', () => {
    const report = blockReport();
    const [head, ...rest] = lines(renderCsv([report]));
    expect(head).toEqual([...CSV_COLUMNS]);
    expect(rest).toHaveLength(report.documents.reduce((sum, { cells }) => sum + cells.length, 0));
    expect(rest.length).toBeGreaterThan(3);
  });

  it('says what is known of a cell, rows of both predictions included', () => {
    const report = reportWith([
      document(
        'inv-1',
        1,
        0.5,
        [cell('items.price', '12', '12', null, { row: 2, base_row: 3, head_row: null })],
        {
          template: 'vendor-7',
          slices: { language: 'de' },
        },
      ),
    ]);
    expect(renderCsv([report]).split('\r\n')[1]).toBe(
      '"invoices","inv-1","vendor-7","language=de",1,0.5,"ok","ok","items.price",2,3,,"regressed","correct","missing","12","12",',
    );
  });

  it.each(['=1+1', '+1+1', '-1+1', '@SUM(A1)', '\tx', '\rx', '\uff1d1'])(
    'keeps %j from being a formula, in ids as in values',
    (text) => {
      const csv = renderCsv([reportWith([document(text, 1, 0, [cell('a', text, 'b', 'c')])])]);
      expect(csv).toContain(`,"'${text}",`);
      expect(csv).not.toContain(`"${text}"`);
    },
  );

  it.each(['-12.50', '-1.234,56', '-3'])('leaves the negative number %s readable', (text) => {
    const csv = renderCsv([reportWith([document('a', 1, 0, [cell('net', text, text, '0')])])]);
    expect(csv).toContain(`"${text}"`);
    expect(csv).not.toContain("'-");
  });

  it('leaves no line of a hostile report to begin a cell with a formula', () => {
    const csv = renderCsv([hostileReport()]);
    expect(csv).toContain("'=HYPERLINK(");
    expect(/(?:^|,)"?[=+@\t\r]/.exec(csv)).toBeNull();
  });

  it('writes values that are no text as JSON, and cuts long ones', () => {
    const csv = renderCsv([
      reportWith([document('a', 1, 0, [cell('net', ['x', 1], null, 'y'.repeat(5_000))])]),
    ]);
    expect(csv).toContain('"[""x"",1]"');
    expect(csv).toContain('[3,000 more characters]');
  });
});
