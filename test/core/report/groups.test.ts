import { describe, expect, it } from 'vitest';
import { documentsToTell, filterDocuments } from '../../../src/core/report/filter.js';
import { groupsOf, groupText, GROUPS } from '../../../src/core/report/groups.js';
import type { Report, ReportDocument } from '../../../src/core/report/schema.js';
import { cell, document, hostileReport, passReport } from '../../support/report.js';

function reportOf(documents: ReportDocument[]): Report {
  return { ...passReport(), documents };
}

const city = cell('buyer.city', 'Bonn', 'Bonn', null);
const total = cell('net', '1', '1', '2');
const tax = cell('tax', null, null, '2', { base_outcome: 'absent', change: 'regressed' });
const right = (count: number, template: string): ReportDocument[] =>
  Array.from({ length: count }, (_, i) => document(`right-${template}-${i}`, 1, 1, [], { template }));
const lost = (
  count: number,
  template: string,
  cells: ReportDocument['cells'],
  more: Partial<ReportDocument> = {},
): ReportDocument[] =>
  Array.from({ length: count }, (_, i) =>
    document(`${template}-${cells[0]!.field}-${i}`, 1, 0.5, cells, { template, ...more }),
  );

/** Sixteen of a hundred became wrong; twelve are of one vendor. */
const report = reportOf([
  ...lost(12, 'vendor-7', [city]),
  ...lost(2, 'vendor-8', [city, tax]),
  ...lost(1, 'vendor-9', [total]),
  ...lost(1, 'vendor-9', [cell('due', '1', '1', null)], { head_status: 'timeout' }),
  ...right(3, 'vendor-7'),
  ...right(81, 'vendor-9'),
]);

describe('groups of documents that became wrong', () => {
  it('say in words which field is how, and what most of them have in common, largest first', () => {
    expect(groupsOf(report).map(groupText)).toEqual([
      '14 of 16: buyer.city is missing now; 12 of them are template vendor-7',
      '12 of 16: template vendor-7 became wrong; that is 15.0 % of the dataset',
      '2 of 16: tax has a value where there is none now; all of them are template vendor-8',
      '1 of 16: net has a wrong value now',
      '1 of 16: the extractor runs out of time now',
    ]);
  });

  it('each lead to a filter that shows these documents and no others', () => {
    const told = documentsToTell(report);
    const groups = groupsOf(report);
    expect(groups).not.toHaveLength(0);
    for (const { filter, documents } of groups)
      expect(
        filterDocuments(told, filter)
          .map(({ id }) => id)
          .sort(),
      ).toEqual([...documents].sort());
  });

  it('lead to documents that fail now, and not to those that failed before', () => {
    const crashed = { head_status: 'crashed', template: 'vendor-3' } as const;
    const of = reportOf([
      document('one', 0.5, 0, [cell('net', '1', '1', null)], crashed),
      document('two', 0.5, 0, [cell('net', '1', '1', null)], crashed),
      // Nothing of it was right, so no value became wrong.
      document('none right', 0, 0, [cell('net', '1', '2', null, { change: 'changed' })], crashed),
      document('on both', 0, 0, [], { ...crashed, base_status: 'crashed' }),
      ...right(20, 'vendor-1'),
    ]);
    const groups = groupsOf(of);
    expect(groups.map(groupText)).toEqual([
      '3 of 3: the extractor crashes now; all of them are template vendor-3',
    ]);
    const found = filterDocuments(documentsToTell(of), groups[0]!.filter).map(({ id }) => id);
    expect(found.sort()).toEqual(['none right', 'one', 'two']);
    const template = { ...groups[0]!.filter, kind: null, template: 'vendor-3' };
    expect(filterDocuments(documentsToTell(of), template)).toHaveLength(3);
  });

  it('leave out a template that is most of the dataset anyway', () => {
    const [group] = groupsOf(reportOf([...lost(9, 'vendor-1', [city]), ...right(80, 'vendor-1')]));
    expect(groupText(group!)).toBe('9 of 9: buyer.city is missing now');
  });

  it('name a slice where that is what stands out', () => {
    const slices = { language: 'de' };
    const documents = [
      ...lost(4, 'a', [city], { slices }),
      ...lost(4, 'b', [city], { slices }),
      ...right(40, 'a'),
      ...right(40, 'b'),
    ];
    expect(groupText(groupsOf(reportOf(documents))[0]!)).toBe(
      '8 of 8: buyer.city is missing now; all of them are language de',
    );
  });

  it('count a document once where several rows of a table lost the same column', () => {
    const rows = [1, 2, 3].map((row) => cell('items.price', '1', '1', null, { row }));
    expect(groupsOf(reportOf([document('a', 1, 0, rows)])).map(groupText)).toEqual([
      '1 of 1: items.price is missing now',
    ]);
  });

  it('are none where nothing became wrong, and few where everything did', () => {
    expect(groupsOf(passReport())).toEqual([]);
    const fields = Array.from({ length: 200 }, (_, i) => cell(`field_${i}`, '1', '1', '2'));
    expect(groupsOf(reportOf([document('a', 1, 0, fields)]))).toHaveLength(GROUPS);
  });

  it('show nothing invisible of a hostile report', () => {
    const texts = groupsOf(hostileReport()).map(groupText);
    expect(texts.length).toBeGreaterThan(0);
    // eslint-disable-next-line no-control-regex
    for (const text of texts) expect(text).not.toMatch(/[\u0000-\u001f\u202e\u200b]/);
    expect(Math.max(...texts.map((text) => text.length))).toBeLessThan(300);
  });
});
