import { describe, expect, test } from 'vitest';
import { describeConfigChanges } from '../../../src/core/config/index.js';
import { FULL, SMALL, changed, valid } from './support.js';

const said = (base: string, head: string) => describeConfigChanges(valid(base), valid(head), 'invoices');
const SLICES = 'slices: { language: { max_drop: 3 } }';

describe('what a pull request changes in the configuration', () => {
  test.each([
    ['the same file', FULL, FULL],
    ['comments and quotes', FULL, `# more\n${FULL.replace('"extract/**"', "'extract/**'")}`],
    ['a default written out', SMALL, changed('min: 0.8', 'min: 0.80\n      max_drop: 0')],
    [
      'another pipeline',
      SMALL,
      `${SMALL}  receipts:\n    paths: [a]\n    dataset: b\n    extract: { run: c }\n    fields: { d: id }\n`,
    ],
  ])('%s: nothing', (_name, base, head) => expect(said(base, head)).toEqual([]));

  test.each<[head: string, sentence: string]>([
    [FULL.replace('min: 0.80', 'min: 0.50'), 'The floor of the overall score falls from 0.80 to 0.50.'],
    [FULL.replace('min: 0.80', 'min: 0.805'), 'The floor of the overall score rises from 0.80 to 0.805.'],
    [FULL.replace(/min: 0\.80.*\n/, '\n'), 'The overall score loses its floor of 0.80.'],
    [
      FULL.replace('max_drop: 0  ', 'max_drop: 1.5  '),
      'The allowed drop of the overall score grows from 0 to 1.5 percentage points.',
    ],
    [
      FULL.replace('"seller.*": { max_drop: 2 }', ''),
      'The field "seller.*" loses its rule of at most 2 percentage points of drop.',
    ],
    [FULL.replace('min: 0.95', 'min: 0.9'), 'The floor of the field "grand_total" falls from 0.95 to 0.90.'],
    [FULL.replace(SLICES, ''), 'The slice "language" loses its rule of at most 3 percentage points of drop.'],
    [
      FULL.replace(SLICES, 'slices: { language: { max_drop: 1 } }'),
      'The allowed drop of the slice "language" shrinks from 3 to 1 percentage point.',
    ],
    [
      FULL.replace('max_new_errors: { grand_total: 0 }', 'max_new_errors: { grand_total: 5 }'),
      'The documents that may become wrong in the field "grand_total" go from 0 to 5.',
    ],
    [
      FULL.replace(/max_new_errors: .*\n/, '\n'),
      'The count rule of the field "grand_total" (at most 0 documents newly wrong) is removed.',
    ],
    [FULL.replace('enforce: block', 'enforce: shadow'), 'The setting enforce goes from block to shadow.'],
    [
      FULL.replace('max_increase: 50%', 'max_increase: 200%'),
      'The allowed growth of latency goes from 50% to 200%.',
    ],
    [FULL.replace('      currency: enum\n', ''), 'The field "currency" is no longer judged.'],
    [FULL.replace('currency: enum', 'currency: enum\n      due_date: date'), 'The field "due_date" is new.'],
    [
      FULL.replace('currency: enum', 'currency: text'),
      'The field "currency" is compared as text instead of enum.',
    ],
    [
      FULL.replace('threshold: 0.85', 'threshold: 0.5'),
      'The field "seller.name" is compared differently: text (match fuzzy, threshold 0.85) becomes text (match fuzzy, threshold 0.5).',
    ],
    [
      FULL.replace('money, critical: true', 'money, tolerance: 5%, critical: true'),
      'The field "grand_total" is compared differently: money (decimal auto, missing_currency label) becomes money (decimal auto, tolerance 5%, missing_currency label).',
    ],
    [FULL.replace(', critical: true', ''), 'The field "grand_total" is no longer critical.'],
    [
      FULL.replace('quantity: number', 'quantity: { type: number, mask: true }'),
      'Reports will no longer show values of the column "line_items.quantity", nor the documents.',
    ],
    [
      FULL.replace('critical: true', 'critical: true, mask: true'),
      'Reports will no longer show values of the field "grand_total", nor the documents.',
    ],
    [
      FULL.replace('critical: true', 'critical: true, weight: 2'),
      'The weight of the field "grand_total" goes from 1 to 2.',
    ],
    [FULL.replace(', quantity: number', ''), 'The column "line_items.quantity" is no longer judged.'],
    [
      FULL.replace('quantity: number', 'quantity: text'),
      'The field "line_items.quantity" is compared as text instead of number.',
    ],
    [
      FULL.replace('run: python3', 'run: python3.12'),
      'The run command changes from "python3 extract/main.py \\"$DOCOPS_DOCUMENT\\"" to "python3.12 extract/main.py \\"$DOCOPS_DOCUMENT\\"".',
    ],
    [
      FULL.replace(/setup: .*\n/, '\n'),
      'The setup command is removed (it was "pip install -r requirements.txt").',
    ],
    [
      FULL.replace('dataset: eval/invoices', 'dataset: eval/easy'),
      'The dataset changes from "eval/invoices" to "eval/easy".',
    ],
    [FULL.replace('"extract/**", ', '"src/**", '), 'Files that match "extract/**" are no longer watched.'],
    [
      FULL.replace('"requirements.txt"', '"requirements.txt", "!extract/rules/**"'),
      'Files that match "extract/rules/**" are no longer watched.',
    ],
    [FULL.replace('labels: base', 'labels: head'), 'The setting labels goes from base to head.'],
    [
      FULL.replace('missing_labels: absent', 'missing_labels: unlabelled'),
      'The setting missing_labels goes from absent to unlabelled.',
    ],
    [FULL.replace('timeout: 20m', 'timeout: 90m'), 'The setting timeout goes from 20m to 1h30m.'],
    [
      FULL.replace('repeats: 3', 'repeats: 3\n      env: [OCR_KEY]'),
      'The extractor may now see the environment variables OCR_KEY.',
    ],
    [FULL.replace('expires: 7d', 'expires: 30d'), 'The setting override.expires goes from 7d to 30d.'],
    [
      FULL.replace('  invoices:', '  renamed:'),
      'The pipeline "invoices" is removed: nothing would be measured or judged any more.',
    ],
  ])('case %#', (head, sentence) => {
    expect(head).not.toBe(FULL);
    expect(said(FULL, head)).toContain(sentence);
  });

  test('a pipeline that the base does not have is new', () => {
    expect(said(FULL.replace('  invoices:', '  other:'), FULL)).toEqual(['The pipeline "invoices" is new.']);
  });

  test('what loosens the gate comes before what else changes', () => {
    const head = FULL.replace('timeout: 20m', 'timeout: 30m').replace('min: 0.80', 'min: 0.10');
    expect(said(FULL, head)[0]).toBe('The floor of the overall score falls from 0.80 to 0.10.');
  });

  test('the order of rules that overlap is a change', () => {
    const rules = (text: string) => changed('min: 0.8', `fields: { ${text} }`);
    expect(
      said(
        rules('"*": { min: 0.1 }, seller.name: { min: 0.9 }'),
        rules('seller.name: { min: 0.9 }, "*": { min: 0.1 }'),
      ),
    ).toEqual(['The order of the rules in gate.fields changes.']);
  });

  test('a command of a stranger cannot break out of its sentence', () => {
    const [sentence] = said(SMALL, changed('run: python3 main.py', 'run: "x\\n\\x1b[2Jdone"'));
    expect(sentence).not.toMatch(/\p{Cc}/u);
  });
});
