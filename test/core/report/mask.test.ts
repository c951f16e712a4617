import { describe, expect, it } from 'vitest';
import { renderCheck, renderComment } from '../../../src/core/check/index.js';
import { crashAnnotations } from '../../../src/core/check/annotations.js';
import { renderCsv } from '../../../src/core/report/csv.js';
import { renderHtml } from '../../../src/core/report/html/index.js';
import { serializeReport } from '../../../src/core/report/json.js';
import { renderMarkdown } from '../../../src/core/report/markdown.js';
import { isMasked, MASKED, maskedPaths, maskReport } from '../../../src/core/report/mask.js';
import type { Report } from '../../../src/core/report/schema.js';
import { renderTerminal } from '../../../src/core/report/terminal.js';
import { blockReport, crashReport, noisyReport } from '../../support/report.js';
import { judged } from '../check/support.js';

const SECRET = 'Geheimwert';
const MASKED_FIELDS = ['seller.iban', 'line_items.account'];

/** The secret wherever a value of a masked field can stand. */
function secretive(): Report {
  const report = blockReport();
  const crashed = crashReport();
  const [document] = report.documents;
  const cell = {
    expected: SECRET,
    base: null,
    head: `${SECRET}1`,
    base_outcome: 'missing',
    head_outcome: 'wrong',
    change: 'changed',
  } as const;
  return {
    ...report,
    documents: [
      {
        ...document!,
        cells: [
          { field: 'seller.iban', ...cell },
          { field: 'line_items.account', row: 2, ...cell },
          // A table that is no table, and a row of it that has the column.
          { field: 'line_items', ...cell, head: { account: SECRET } },
          { field: 'invoice_number', ...cell, expected: 'R-1', head: 'R-2' },
        ],
      },
      ...report.documents.slice(1),
    ],
    failures: crashed.failures.map((failure) => ({
      ...failure,
      problem: `cannot read ${SECRET}`,
      stderr_tail: `File "extract/main.py", line 3\nValueError: ${SECRET}`,
    })),
    suspect_labels: [
      { document: 'a', field: 'seller.iban', row: null, expected: SECRET, predicted: SECRET },
      { document: 'a', field: 'line_items.account', row: 1, expected: SECRET, predicted: `${SECRET}2` },
    ],
    label_changes: {
      ...noisyReport().label_changes!,
      changes: [
        { document: 'a', field: 'seller.iban', base: SECRET, head: null },
        { document: 'a', field: 'accept: seller.iban', base: null, head: [SECRET] },
        { document: 'a', field: 'line_items', base: null, head: { account: SECRET } },
        { document: 'a', field: 'seller', base: `Acme ${SECRET}`, head: null },
      ],
    },
  };
}

const renderings: Record<string, (report: Report) => string> = {
  JSON: (report) => serializeReport(report),
  HTML: (report) => renderHtml(report),
  markdown: (report) => renderMarkdown(report, { budgetCharacters: 100_000 }),
  terminal: (report) => renderTerminal(report, { width: 120, color: false }),
  CSV: (report) => renderCsv([report]),
  check: (report) => JSON.stringify(renderCheck(judged([report]), null)),
  comment: (report) => JSON.stringify(renderComment(judged([report]))),
  annotations: (report) => JSON.stringify(crashAnnotations([report], ['extract/main.py'])),
};

describe('masked values', () => {
  const masked = maskReport(secretive(), MASKED_FIELDS);

  it.each(Object.entries(renderings))('stand nowhere in %s', (_name, render) => {
    expect(render(secretive())).toContain(SECRET);
    expect(render(masked)).not.toContain(SECRET);
  });

  it.each(['HTML', 'markdown', 'terminal'])('are said to be masked in %s', (form) => {
    const text = renderings[form]!(masked).replaceAll('\\', '');
    expect(text).toContain('The configuration masks seller.iban, line_items.account');
  });

  it('are one word, whatever they are; no value stays none, other fields keep theirs', () => {
    const [iban, account, table, number] = masked.documents[0]!.cells;
    for (const cell of [iban, account, table])
      expect(cell).toMatchObject({ expected: MASKED, base: null, head: MASKED });
    expect(number).toMatchObject({ expected: 'R-1', base: null, head: 'R-2' });
    expect(masked.suspect_labels.map(({ expected, predicted }) => [expected, predicted])).toEqual([
      [MASKED, MASKED],
      [MASKED, MASKED],
    ]);
  });

  it('change no number, no outcome and no verdict', () => {
    const without = ({ documents, failures, suspect_labels, label_changes, masked, ...rest }: Report) => ({
      ...rest,
      outcomes: documents.map(({ cells, ...document }) => ({
        ...document,
        cells: cells.map(({ expected, base, head, ...cell }) => cell),
      })),
      failures: failures.map(({ problem, stderr_tail, ...failure }) => failure),
      suspects: suspect_labels.map(({ expected, predicted, ...suspect }) => suspect),
      changes: label_changes?.changes.map(({ document, field }) => [document, field]),
    });
    expect(without(masked)).toEqual(without(secretive()));
  });

  it('are masked once', () => expect(maskReport(masked, MASKED_FIELDS)).toEqual(masked));

  it('are none where the configuration masks nothing', () => {
    const report = secretive();
    expect(maskReport(report, [])).toBe(report);
  });
});

it('a field is masked by its own path, by the table that it lies in, and by what lies in it', () => {
  const fields = ['iban', 'iban.x', 'iban_2', 'line_items', 'line_items.account', 'line_items.name'];
  expect(fields.filter((field) => isMasked(['iban', 'line_items.account'], field))).toEqual([
    'iban',
    'iban.x',
    'line_items',
    'line_items.account',
  ]);
});

it('a table is masked as a whole or by its columns', () => {
  const id = { type: 'id' } as const;
  const columns = [
    { name: 'name', spec: id },
    { name: 'account', spec: id, masked: true as const },
  ];
  const table = { spec: { type: 'table' as const, columns }, weight: 1, critical: false };
  expect(
    maskedPaths([
      { path: 'number', spec: id, weight: 1, critical: false },
      { path: 'some', ...table },
      { path: 'all', ...table, masked: true },
    ]),
  ).toEqual(['some.account', 'all']);
});
