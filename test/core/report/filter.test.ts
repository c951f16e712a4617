import { describe, expect, it } from 'vitest';
import {
  ALL_DOCUMENTS,
  cellsIn,
  documentsToTell,
  type DocumentFilter,
  filterDocuments,
  neighbours,
} from '../../../src/core/report/filter.js';
import { cell, document, passReport } from '../../support/report.js';

const report = {
  ...passReport(),
  documents: [
    document('right', 1, 1, []),
    document('worse', 1, 0.5, [cell('buyer.city', 'Bonn', 'Bonn', null), cell('net', '1', '1', '2')], {
      template: 'vendor-7',
      slices: { language: 'de' },
    }),
    document('better', 0.5, 1, [cell('net', '1', '3', '1')], { template: 'vendor-8' }),
    document('other', 0.5, 0.5, [cell('net', '1', '3', '4')]),
    document('wrong', 0.5, 0.5, [cell('items.price', '1', '3', '3', { row: 1 })]),
    document('crash', 1, 0, [cell('net', '1', '1', null)], { head_status: 'crashed' }),
  ],
};

function shown(filter: Partial<DocumentFilter>): string[] {
  return filterDocuments(documentsToTell(report), { ...ALL_DOCUMENTS, ...filter }).map(({ id }) => id);
}

describe('filters of documents', () => {
  it('show every document with something to tell, what became worse first', () => {
    expect(shown({})).toEqual(['worse', 'crash', 'other', 'better', 'wrong']);
  });

  it.each([
    [{ change: 'became-wrong' }, ['worse', 'crash']],
    [{ change: 'became-right' }, ['better']],
    [{ change: 'changed' }, ['other']],
    [{ change: 'wrong-on-both' }, ['wrong']],
    [{ change: 'failed' }, ['crash']],
    [{ change: 'failed', kind: 'timeout' }, []],
    [{ change: 'became-wrong', kind: 'missing' }, ['worse', 'crash']],
    [{ change: 'became-wrong', kind: 'missing', field: 'net' }, ['crash']],
    [{ field: 'buyer.city' }, ['worse']],
    [{ field: 'items' }, ['wrong']],
    [{ field: 'buyer.c' }, []],
    [{ template: 'vendor-8' }, ['better']],
    [{ template: 'vendor' }, []],
    [{ slice: 'language:de' }, ['worse']],
    [{ q: 'VENDOR-7 net' }, ['worse']],
    [{ q: 'vendor-7 items' }, []],
  ] as const)('%j lets through %j', (filter, ids) => {
    expect(shown(filter)).toEqual(ids);
  });

  it('asks one cell for all of field, change and kind', () => {
    // `worse` lost buyer.city by missing it and net by a wrong value: neither cell is a wrong buyer.city.
    expect(shown({ field: 'buyer.city', change: 'became-wrong', kind: 'wrong' })).toEqual([]);
  });

  it('name the cells of the field that is asked for', () => {
    const worse = report.documents[1]!;
    expect(cellsIn(worse, { ...ALL_DOCUMENTS, field: 'net' }).map(({ field }) => field)).toEqual(['net']);
    expect(cellsIn(worse, ALL_DOCUMENTS)).toHaveLength(2);
  });

  it('know the document before and after one', () => {
    const list = filterDocuments(documentsToTell(report), ALL_DOCUMENTS);
    expect(neighbours(list, 'crash')).toEqual({ previous: 'worse', next: 'other', at: 2, of: 5 });
    expect(neighbours(list, 'worse').previous).toBeNull();
    expect(neighbours(list, 'wrong').next).toBeNull();
    expect(neighbours(list, 'right')).toEqual({ previous: null, next: null, at: null, of: 5 });
  });
});
