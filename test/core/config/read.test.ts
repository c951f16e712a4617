import { describe, expect, test } from 'vitest';
import { readConfig } from '../../../src/core/config/index.js';
import { maskedPaths } from '../../../src/core/report/mask.js';
import type { TableSpec } from '../../../src/core/words.js';
import { FULL, SMALL, brief, changed, problemsOf, valid } from './support.js';

const SMALLEST = `version: 1
pipelines:
  receipts:
    paths: ["*.py"]
    dataset: eval
    extract: { run: python3 main.py }
    fields: { total: money }
`;

describe('a valid file', () => {
  test('the full example of the contract has no problem', () => {
    expect(problemsOf(FULL)).toEqual([]);
  });

  test('every key of the full example arrives', () => {
    const config = valid(FULL);
    const [pipeline] = config.pipelines;
    expect(pipeline?.extract).toEqual({
      run: 'python3 extract/main.py "$DOCOPS_DOCUMENT"',
      mode: 'document',
      setup: 'pip install -r requirements.txt',
      image: 'ghcr.io/acme/extract:2026-11',
      timeoutMs: 1_200_000,
      documentTimeoutMs: 60_000,
      deterministic: 'auto',
      repeats: 3,
      env: [],
    });
    expect(pipeline?.fields.map(({ path }) => path)).toEqual([
      'invoice_number',
      'issue_date',
      'currency',
      'seller.name',
      'grand_total',
      'line_items',
    ]);
    expect(pipeline?.fields[1]?.spec).toEqual({ type: 'date', dayFirst: true });
    expect(pipeline?.fields[3]?.spec).toEqual({ type: 'text', match: 'fuzzy', threshold: 0.85 });
    expect(pipeline?.fields[4]?.critical).toBe(true);
    expect(pipeline?.gate).toEqual({
      maxDrop: 0,
      min: 0.8,
      fields: [
        { pattern: 'grand_total', maxDrop: 0, min: 0.95 },
        { pattern: 'seller.*', maxDrop: 2 },
      ],
      slices: [{ slice: 'language', maxDrop: 3 }],
      maxNewErrors: [{ pattern: 'grand_total', max: 0 }],
      judge: 'auto',
      onHiddenLosses: 'warn',
      alpha: 0.05,
      onInconclusive: 'warn',
      latencyMaxIncrease: 0.5,
      costMaxIncrease: 0.2,
      enforce: 'block',
    });
    expect(config.runner).toEqual({
      kind: 'local',
      cpu: 2,
      memoryBytes: 4 * 1024 ** 3,
      gpu: 0,
      shards: 4,
      wallTimeMs: 300_000,
      spot: true,
      network: 'none',
    });
    expect(config.budget).toEqual({
      perRun: { amount: '5', currency: 'USD' },
      perMonth: { amount: '300', currency: 'USD' },
    });
  });

  test('masked fields and columns say so, and no other field does', () => {
    const { fields } = valid(
      FULL.replace('invoice_number: id', 'invoice_number: { type: id, mask: true }').replace(
        'quantity: number',
        'quantity: { type: number, mask: true }',
      ),
    ).pipelines[0]!;
    expect(fields.filter(({ masked }) => masked === true).map(({ path }) => path)).toEqual([
      'invoice_number',
    ]);
    const table = fields.find(({ spec }) => spec.type === 'table')!.spec as TableSpec;
    expect(table.columns.filter(({ masked }) => masked === true).map(({ name }) => name)).toEqual([
      'quantity',
    ]);
    expect(maskedPaths(fields)).toEqual(['invoice_number', 'line_items.quantity']);
  });

  test('the smallest useful file gets every default', () => {
    expect(readConfig(SMALLEST, '.docops.yml')).toEqual({
      problems: [],
      config: {
        version: 1,
        pipelines: [
          {
            name: 'receipts',
            paths: ['*.py'],
            dataset: 'eval',
            extract: {
              run: 'python3 main.py',
              mode: 'document',
              timeoutMs: 20 * 60_000,
              documentTimeoutMs: 60_000,
              deterministic: 'auto',
              repeats: 3,
              env: [],
            },
            fields: [
              {
                path: 'total',
                spec: { type: 'money', decimal: 'auto', missingCurrency: 'label' },
                weight: 1,
                critical: false,
              },
            ],
            gate: {
              maxDrop: 0,
              fields: [],
              slices: [],
              maxNewErrors: [],
              judge: 'auto',
              onHiddenLosses: 'warn',
              alpha: 0.05,
              onInconclusive: 'warn',
              enforce: 'block',
            },
          },
        ],
        runner: {
          kind: 'local',
          cpu: 2,
          memoryBytes: 4 * 1024 ** 3,
          gpu: 0,
          shards: 'auto',
          wallTimeMs: 300_000,
          spot: false,
          network: 'none',
        },
        labels: 'base',
        missingLabels: 'absent',
        onBaseMove: 'reevaluate',
        notApplicable: 'success',
        untrusted: 'hold',
        mergeQueue: 'verify',
        comment: 'on-change',
        drafts: 'evaluate',
        override: { roles: ['maintain', 'admin'], expiresMs: 7 * 86_400_000 },
        budget: {},
      },
    });
  });

  const field = (text: string) => valid(changed('invoice_number: id', `x: ${text}`)).pipelines[0]?.fields[0];
  test.each<[string, string, unknown]>([
    ['text is normalized', 'text', { type: 'text', match: 'normalized', threshold: 1 }],
    ['a long form without options is the short form', '{ type: id }', { type: 'id' }],
    [
      'fuzzy gets a threshold',
      '{ type: text, match: fuzzy }',
      { type: 'text', match: 'fuzzy', threshold: 0.85 },
    ],
    [
      'an absolute tolerance is an exact decimal',
      '{ type: number, tolerance: 0.0000001 }',
      { type: 'number', decimal: 'auto', tolerance: { kind: 'absolute', value: '0.0000001' } },
    ],
    [
      'a relative tolerance is a fraction',
      '{ type: money, tolerance: 0.1%, decimal: comma, missing_currency: any }',
      {
        type: 'money',
        decimal: 'comma',
        tolerance: { kind: 'relative', value: '0.001' },
        missingCurrency: 'any',
      },
    ],
    ['a date without options stays undeclared', 'date', { type: 'date' }],
    [
      'a date with both',
      '{ type: date, day_first: false, pivot: 50 }',
      { type: 'date', dayFirst: false, pivot: 50 },
    ],
    [
      'an enum with aliases',
      '{ type: enum, values: [EUR, "NO"], aliases: { EUR: [Euro, €] } }',
      { type: 'enum', values: ['EUR', 'NO'], aliases: { EUR: ['Euro', '€'] } },
    ],
    ['NO is Norway and not false', '{ type: phone, region: NO }', { type: 'phone', region: 'NO' }],
    ['an address', 'address', { type: 'address', threshold: 0.8 }],
    [
      'a list of typed items',
      '{ type: list, of: { type: text, match: exact }, ordered: true }',
      { type: 'list', of: { type: 'text', match: 'exact', threshold: 1 }, ordered: true },
    ],
    [
      'a list is of text by default',
      '{ type: list }',
      { type: 'list', of: { type: 'text', match: 'normalized', threshold: 1 }, ordered: false },
    ],
  ])('field: %s', (_name, text, spec) => {
    expect(field(text)?.spec).toEqual(spec);
  });

  test('an anchor used twice gives both pipelines the same fields', () => {
    const text = `${SMALLEST.replace('fields: {', 'fields: &f {')}  more:
    paths: [src/**]
    dataset: eval2
    extract: { run: ./x }
    fields: *f
`;
    const [first, second] = valid(text).pipelines;
    expect(second?.fields).toEqual(first?.fields);
  });

  test.each([
    ['./eval/invoices/', 'eval/invoices'],
    ['s3://bucket/prefix/', 's3://bucket/prefix/'],
    ['invoices@a2c811632eea', 'invoices@a2c811632eea'],
  ])('dataset %s is %s', (written, read) => {
    expect(valid(changed('eval/invoices', written)).pipelines[0]?.dataset).toBe(read);
  });

  test.each([
    ['a byte order mark', `\uFEFF${SMALL}`],
    ['Windows line ends', SMALL.replaceAll('\n', '\r\n')],
    ['a document start', `---\n${SMALL}...\n`],
    ['%YAML 1.2', `%YAML 1.2\n---\n${SMALL}`],
    [
      'JSON',
      JSON.stringify({
        version: 1,
        pipelines: { a: { paths: ['x'], dataset: 'd', extract: { run: 'r' }, fields: { f: 'id' } } },
      }),
    ],
  ])('%s changes nothing', (_name, text) => {
    expect(problemsOf(text)).toEqual([]);
  });

  test('with a byte order mark and CRLF the places stay right', () => {
    expect(brief(problemsOf(`\uFEFF${changed('min: 0.8', 'min: 8').replaceAll('\n', '\r\n')}`))).toEqual([
      'error out_of_range 13:12',
    ]);
  });

  test('what names on the prototype look like is a field like any other', () => {
    const { fields } = valid(changed('invoice_number: id', 'constructor: id')).pipelines[0]!;
    expect(fields[0]).toEqual({ path: 'constructor', spec: { type: 'id' }, weight: 1, critical: false });
  });
});

const EXTRACT = 'run: python3 main.py';
const NUMBER = 'invoice_number: id';
const PATHS = 'paths: ["extract/**"]';
const GATE = 'min: 0.8';

describe('what is wrong is said with its place and what to write', () => {
  test.each<[name: string, text: string, problem: string, says: string]>([
    [
      'version as a text',
      changed('version: 1', 'version: "1"'),
      'error bad_version 1:10',
      'Write 1 without quotes',
    ],
    ['a later version', changed('version: 1', 'version: 2'), 'error bad_version 1:10', 'reads version 1'],
    ['no version', changed('version: 1\n', ''), 'error missing_key 1:1', 'write version: 1'],
    ['a floor in percent', changed(GATE, 'min: 80'), 'error out_of_range 13:12', 'Write 0.80'],
    ['a floor with a sign', changed(GATE, 'min: 80%'), 'error wrong_type 13:12', 'Write 0.80'],
    ['a floor in quotes', changed(GATE, 'min: "0.8"'), 'error wrong_type 13:12', '0.8 without quotes'],
    ['a negative floor', changed(GATE, 'min: -0.1'), 'error out_of_range 13:12', 'from 0 to 1'],
    ['a drop with a sign', changed(GATE, 'max_drop: 2%'), 'error wrong_type 13:17', '2 means two points'],
    ['a drop above 100', changed(GATE, 'max_drop: 101'), 'error out_of_range 13:17', 'from 0 to 100'],
    ['alpha of zero', changed(GATE, 'alpha: 0'), 'error out_of_range 13:14', 'up to 0.5'],
    ['alpha above a half', changed(GATE, 'alpha: 0.6'), 'error out_of_range 13:14', 'up to 0.5'],
    [
      'an unknown choice',
      changed(GATE, 'judge: statistic'),
      'error unknown_value 13:14',
      'Did you mean "statistical"',
    ],
    [
      'growth without a sign',
      changed(GATE, 'latency: { max_increase: 0.5 }'),
      'error bad_percentage 13:32',
      '50%',
    ],
    ['an empty section', changed(`${GATE}\n`, '\n'), 'error empty_value 12:10', 'nothing stands here'],
    ['a slip in a key', changed('gate:', 'gates:'), 'error unknown_key 12:5', 'Did you mean "gate"'],
    [
      'a key of another level',
      changed('gate:\n      min', 'timeout:\n      min'),
      'error unknown_key 12:5',
      'Move it to "extract"',
    ],
    [
      'a boolean as a command',
      changed(EXTRACT, 'run: true'),
      'error wrong_type 7:12',
      'write "true" in quotes',
    ],
    [
      'a number as a duration',
      changed(EXTRACT, `${EXTRACT}\n      timeout: 20`),
      'error bad_duration 8:16',
      '20m',
    ],
    [
      'a duration in words',
      changed(EXTRACT, `${EXTRACT}\n      timeout: 20 minutes`),
      'error bad_duration 8:16',
      '20m',
    ],
    ['no time at all', changed(EXTRACT, `${EXTRACT}\n      timeout: 0s`), 'error zero_duration 8:16', '60s'],
    [
      'a document longer than all',
      changed(EXTRACT, `${EXTRACT}\n      document_timeout: 1h`),
      'error timeout_order 8:25',
      'Raise timeout',
    ],
    [
      'one repeat',
      changed(EXTRACT, `${EXTRACT}\n      repeats: 1`),
      'error out_of_range 8:16',
      'from 2 to 50',
    ],
    [
      'yes for true',
      changed(EXTRACT, `${EXTRACT}\n      deterministic: yes`),
      'error wrong_type 8:22',
      'Write true',
    ],
    [
      'one name for a list',
      changed(EXTRACT, `${EXTRACT}\n      env: KEY`),
      'error wrong_type 8:12',
      '["KEY"]',
    ],
    [
      'a bad variable',
      changed(EXTRACT, `${EXTRACT}\n      env: [no way]`),
      'error bad_variable_name 8:13',
      'entry 1',
    ],
    ['no command', changed(EXTRACT, 'mode: batch'), 'error missing_key 6:5', 'extract.run is missing'],
    ['a blank command', changed(EXTRACT, 'run: " "'), 'error empty_text 7:12', 'a command'],
    ['no pattern', changed(PATHS, 'paths: []'), 'error empty_list 4:12', 'the list is empty'],
    [
      'one pattern for a list',
      changed(PATHS, 'paths: extract/**'),
      'error wrong_type 4:12',
      '["extract/**"]',
    ],
    ['an unquoted !', changed(PATHS, 'paths: [a/**, !b/**]'), 'error quote_it 4:19', '"!b/**"'],
    ['an unquoted *', changed(PATHS, 'paths: [*.py]'), 'error quote_it 4:13', '"*.py"'],
    ['unquoted braces', changed(PATHS, 'paths: [{a,b}/x]'), 'error yaml_syntax 4:18', 'in quotes'],
    ['a leading ./', changed(PATHS, 'paths: ["./x"]'), 'error bad_path_pattern 4:13', 'remove the "./"'],
    [
      'only exclusions',
      changed(PATHS, 'paths: ["!x"]'),
      'error only_exclusions 4:12',
      'Write first what is watched',
    ],
    ['a dataset outside', changed('eval/invoices', '../x'), 'error bad_dataset 5:14', 'remove ".."'],
    ['a dataset file', changed('eval/invoices', 'eval/labels.jsonl'), 'error bad_dataset 5:14', 'the folder'],
    ['a dataset by https', changed('eval/invoices', 'https://x/y'), 'error bad_dataset 5:14', 's3://'],
    [
      'a type of another program',
      changed(NUMBER, 'n: string'),
      'error unknown_type 9:10',
      'Did you mean "text"',
    ],
    [
      'a type with a capital',
      changed(NUMBER, 'n: { type: Money }'),
      'error unknown_type 9:18',
      'Did you mean "money"',
    ],
    ['a field without a type', changed(NUMBER, 'n:'), 'error missing_type 9:9', 'Write a type'],
    [
      'a nested group',
      changed(NUMBER, 'buyer: { name: text }'),
      'error missing_type 9:7',
      '"buyer.name" as one dotted key',
    ],
    [
      'an option without a type',
      changed(NUMBER, 'n: { match: fuzzy }'),
      'error missing_type 9:7',
      'with the type before "match"',
    ],
    ['a table without columns', changed(NUMBER, 'n: table'), 'error short_table 9:10', 'columns:'],
    ['a list of nothing said', changed(NUMBER, 'n: list'), 'error short_list 9:10', 'of: text'],
    [
      'a table in a list',
      changed(NUMBER, 'n: { type: list, of: table }'),
      'error not_scalar 9:28',
      'cannot stand inside',
    ],
    [
      'a table in a table',
      changed('{ name: text }', '{ name: { type: table, columns: { a: id } } }'),
      'error not_scalar 11:59',
      'cannot stand inside',
    ],
    ['no column', changed('{ name: text }', '{}'), 'error no_column 11:43', 'at least one'],
    [
      'a column with a dot',
      changed('{ name: text }', '{ a.b: text }'),
      'error bad_column 11:45',
      'without dots',
    ],
    [
      'an empty part of a path',
      changed(NUMBER, 'a..b: id'),
      'error bad_field_path 9:7',
      'none of them empty',
    ],
    ['a field that is a pattern', changed(NUMBER, '"a.*": id'), 'error bad_field_path 9:7', 'without "*"'],
    [
      'a threshold without fuzzy',
      changed(NUMBER, 'n: { type: text, threshold: 0.8 }'),
      'error threshold_without_fuzzy 9:24',
      'Add match: fuzzy',
    ],
    [
      'a threshold in percent',
      changed(NUMBER, 'n: { type: text, match: fuzzy, threshold: 85 }'),
      'error out_of_range 9:49',
      'Write 0.85',
    ],
    [
      'a threshold of zero',
      changed(NUMBER, 'n: { type: address, threshold: 0 }'),
      'error out_of_range 9:38',
      'above 0',
    ],
    [
      'no for false',
      changed(NUMBER, 'n: { type: date, day_first: no }'),
      'error wrong_type 9:35',
      'Write false',
    ],
    [
      'camelCase',
      changed(NUMBER, 'n: { type: date, dayFirst: true }'),
      'error unknown_key 9:24',
      'Did you mean "day_first"',
    ],
    [
      'an option of another type',
      changed(NUMBER, 'n: { type: id, threshold: 0.9 }'),
      'error unknown_key 9:22',
      'It has type, weight, critical or mask',
    ],
    [
      'true among values',
      changed(NUMBER, 'n: { type: enum, values: [true, NO] }'),
      'error wrong_type 9:33',
      '"true" in quotes',
    ],
    [
      'values twice',
      changed(NUMBER, 'n: { type: enum, values: [EUR, eur] }'),
      'error duplicate_value 9:38',
      'Keep one',
    ],
    [
      'an alias of no value',
      changed(NUMBER, 'n: { type: enum, values: [EUR], aliases: { USD: [$] } }'),
      'error alias_of_unknown 9:50',
      'Add it to values',
    ],
    [
      'an alias of two',
      changed(NUMBER, 'n: { type: enum, aliases: { EUR: [E], USD: [e] } }'),
      'error ambiguous_alias 9:51',
      'already stands for "EUR"',
    ],
    ['UK', changed(NUMBER, 'n: { type: phone, region: UK }'), 'error bad_region 9:33', 'Write GB'],
    [
      'a country in small letters',
      changed(NUMBER, 'n: { type: phone, region: de }'),
      'error bad_region 9:33',
      'capital',
    ],
    [
      'a negative tolerance',
      changed(NUMBER, 'n: { type: money, tolerance: -1 }'),
      'error bad_tolerance 9:36',
      '0.01',
    ],
    ['no weight', changed(NUMBER, 'n: { type: id, weight: 0 }'), 'error out_of_range 9:30', 'above 0'],
    [
      'a field twice',
      changed(NUMBER, `${NUMBER}\n      invoice_number: text`),
      'error duplicate_key 10:7',
      'in line 9',
    ],
    ['a field in a field', changed(NUMBER, 'seller: text'), 'error field_inside_field 10:7', 'keep "seller"'],
    [
      'a column as a field',
      changed(NUMBER, 'line_items.total: money'),
      'error field_inside_field 9:7',
      'under the columns',
    ],
    ['an unquoted * key', changed(NUMBER, '*x: id'), 'error quote_it 9:7', '"*x"'],
    [
      'a rule for an unknown field',
      changed(GATE, 'fields: { selr.name: { min: 0.9 } }'),
      'error rule_for_nothing 13:17',
      'Did you mean "seller.name"',
    ],
    [
      'a pattern that matches nothing',
      changed(GATE, 'fields: { "buyer.*": { min: 0.9 } }'),
      'error rule_for_nothing 13:17',
      'matches no field',
    ],
    [
      'a count rule for nothing',
      changed(GATE, 'max_new_errors: { total: 0 }'),
      'error rule_for_nothing 13:25',
      'Fields: invoice_number',
    ],
    [
      'a rule that says nothing',
      changed(GATE, 'fields: { invoice_number: {} }'),
      'error empty_rule 13:17',
      'max_drop: 2',
    ],
    [
      'a slice rule that says nothing',
      changed(GATE, 'slices: { language: {} }'),
      'error empty_rule 13:17',
      'remove it',
    ],
    ['a name with a space', changed('invoices:', '"a b":'), 'error bad_pipeline_name 3:3', 'letters, digits'],
    ['a name that is a command', changed('invoices:', 'full:'), 'error reserved_name 3:3', '/rerun-eval'],
    ['money without a code', `${SMALL}budget: { per_run: 5$ }\n`, 'error bad_money 14:20', '5 USD'],
    [
      'two currencies',
      `${SMALL}budget: { per_run: 5 USD, per_month: 9 EUR }\n`,
      'error mixed_currencies 14:38',
      'one currency',
    ],
    ['a size without B', `${SMALL}runner: { memory: 4G }\n`, 'error bad_size 14:19', '4GiB'],
    ['too little memory', `${SMALL}runner: { memory: 1MiB }\n`, 'error out_of_range 14:19', '64MiB'],
    ['a top key with a capital', `${SMALL}labels: Base\n`, 'error unknown_value 14:9', 'Did you mean "base"'],
    ['a tab', changed('  invoices:', '\tinvoices:'), 'error yaml_syntax 3:1', 'spaces'],
    ['a colon in a value', changed(EXTRACT, 'run: a: b'), 'error yaml_syntax 7:12', 'in quotes'],
    ['an open quote', changed(EXTRACT, 'run: "a'), 'error yaml_syntax 14:1', 'never closed'],
    ['a reserved character', changed(EXTRACT, 'run: @x'), 'error yaml_syntax 7:12', 'in quotes'],
    ['a merge key', `${SMALL}<<: { labels: head }\n`, 'error bad_key 14:1', 'Merge keys'],
    ['__proto__', changed(NUMBER, '__proto__: id'), 'error bad_key 9:7', 'Choose another'],
    ['a list as key', '? [a]\n: b', 'error bad_key 1:3', 'plain word'],
    ['an empty file', '', 'error empty_file 1:1', 'docops init'],
    ['only comments', '# nothing\n', 'error empty_file 1:1', 'docops init'],
    ['a list', '- a', 'error wrong_type 1:1', 'mapping'],
    ['a word', 'hello', 'error wrong_type 1:1', 'mapping'],
    ['two documents', `${SMALL}---\n${SMALL}`, 'error several_documents 14:1', 'one document'],
    ['YAML 1.1', `%YAML 1.1\n---\n${SMALL}`, 'error yaml_version 1:1', 'Remove'],
    ['no pipeline', 'version: 1\npipelines: {}', 'error no_pipeline 2:12', 'docops init'],
    ['an alias in itself', 'version: &a [*a]', 'error alias_cycle 1:14', 'Write the value out'],
  ])('%s', (_name, text, problem, says) => {
    const { config, problems } = readConfig(text, '.docops.yml');
    expect(config).toBeUndefined();
    expect(brief(problems)).toContain(problem);
    const found = problems.find((each) => brief([each])[0] === problem);
    expect(found?.message).toContain(says);
  });

  test.each<[name: string, text: string, problem: string]>([
    ['a drop that looks like a fraction', changed(GATE, 'max_drop: 0.02'), 'warning suspicious_drop 13:17'],
    ['a pattern twice', changed(PATHS, 'paths: [a, a]'), 'warning duplicate_path 4:16'],
    [
      'the dataset among the watched files',
      changed(PATHS, 'paths: [src/**, eval/**]'),
      'warning dataset_watched 4:21',
    ],
    [
      'an exclusion that comes first',
      changed(PATHS, 'paths: ["!b/**", "a/**"]'),
      'warning leading_exclusion 4:13',
    ],
    [
      'noise excused where none is',
      changed(EXTRACT, `${EXTRACT}\n      deterministic: true`).replace(GATE, 'judge: statistical'),
      'warning judge_mismatch 14:14',
    ],
    [
      'chance judged exactly',
      changed(EXTRACT, `${EXTRACT}\n      deterministic: false`).replace(GATE, 'judge: exact'),
      'warning judge_mismatch 14:14',
    ],
    [
      'repeats without noise',
      changed(EXTRACT, `${EXTRACT}\n      deterministic: true\n      repeats: 4`),
      'warning no_effect 9:7',
    ],
    [
      'batch variables in document mode',
      changed(EXTRACT, 'run: x $DOCOPS_PREDICTIONS'),
      'warning mode_mismatch 7:12',
    ],
    [
      'document variables in batch mode',
      changed(EXTRACT, 'run: x $DOCOPS_DOCUMENT\n      mode: batch'),
      'warning mode_mismatch 7:12',
    ],
    ['a slip in a role', `${SMALL}override: { roles: [maintian] }\n`, 'warning unknown_role 14:21'],
    ['a role that everybody has', `${SMALL}override: { roles: [read] }\n`, 'warning weak_role 14:21'],
    [
      'a run dearer than a month',
      `${SMALL}budget: { per_run: 9 USD, per_month: 5 USD }\n`,
      'warning budget_order 14:20',
    ],
  ])('warning only: %s', (_name, text, problem) => {
    const { config, problems } = readConfig(text, '.docops.yml');
    expect(config).toBeDefined();
    expect(brief(problems)).toEqual([problem]);
  });

  test('the dataset may be taken out of what is watched', () => {
    expect(problemsOf(changed(PATHS, 'paths: ["**", "!eval/invoices/**"]'))).toEqual([]);
  });

  test('every problem is listed at once, in the order of the file', () => {
    const text = changed('version: 1', 'version: 3')
      .replace('run: python3 main.py', 'rn: x')
      .replace(GATE, 'min: 80');
    expect(brief(problemsOf(text))).toEqual([
      'error bad_version 1:10',
      'error missing_key 6:5',
      'error unknown_key 7:7',
      'error out_of_range 13:12',
    ]);
  });
});
