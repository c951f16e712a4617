/** Realistic reports for the tests of everything that renders one. Plain data; the numbers agree with each other. */
import type { FieldDifference, Report, ReportCell, ReportDocument } from '../../src/core/report/schema.js';

type Side = FieldDifference['base'];

/** Counts of a field that every document has: `right` of `of`, the rest wrong. */
export function side(right: number, of: number): Side {
  const wrong = of - right;
  const accuracy = of === 0 ? null : right / of;
  return {
    correct: right,
    wrong,
    missing: 0,
    spurious: 0,
    absent: 0,
    accuracy,
    f1: accuracy,
    precision: accuracy,
    recall: accuracy,
  };
}

export function field(
  path: string,
  base: number,
  head: number,
  of: number,
  more: Partial<FieldDifference> = {},
): FieldDifference {
  const delta = of === 0 ? null : (head - base) / of;
  return {
    field: path,
    type: 'text',
    base: side(base, of),
    head: side(head, of),
    documents: of,
    delta,
    ci: delta === null || delta === 0 ? null : [delta - 0.04, Math.min(1, delta + 0.04)],
    p: delta === null || delta === 0 ? null : 0.0625,
    p_adjusted: null,
    smallest_detectable_drop: 0.05,
    regressed: Math.max(0, base - head),
    fixed: Math.max(0, head - base),
    blocked: false,
    max_drop: null,
    min: null,
    unreliable: false,
    ...more,
  };
}

export function cell(
  path: string,
  expected: unknown,
  base: unknown,
  head: unknown,
  more: Partial<ReportCell> = {},
): ReportCell {
  const outcome = (value: unknown): 'correct' | 'wrong' | 'missing' | 'spurious' =>
    JSON.stringify(value) === JSON.stringify(expected)
      ? 'correct'
      : value === null
        ? 'missing'
        : expected === null
          ? 'spurious'
          : 'wrong';
  const before = outcome(base);
  const after = outcome(head);
  const same = JSON.stringify(base) === JSON.stringify(head);
  const change =
    before === 'correct' && after !== 'correct'
      ? 'regressed'
      : after === 'correct' && before !== 'correct'
        ? 'fixed'
        : same
          ? 'same'
          : 'changed';
  return {
    field: path,
    expected: expected as ReportCell['expected'],
    base: base as ReportCell['base'],
    head: head as ReportCell['head'],
    base_outcome: before,
    head_outcome: after,
    change,
    ...more,
  };
}

export function document(
  id: string,
  base: number | null,
  head: number | null,
  cells: ReportCell[],
  more: Partial<ReportDocument> = {},
): ReportDocument {
  return { id, base, head, cells, base_status: 'ok', head_status: 'ok', ...more };
}

const OTHER_FIELDS: readonly (readonly [string, string, number])[] = [
  ['invoice_number', 'id', 71],
  ['issue_date', 'date', 70],
  ['due_date', 'date', 64],
  ['currency', 'enum', 71],
  ['seller.name', 'text', 66],
  ['seller.vat_id', 'id', 69],
  ['seller.iban', 'id', 68],
  ['buyer.name', 'text', 67],
  ['net_total', 'money', 68],
  ['tax_total', 'money', 65],
];

/** A deterministic comparison of 71 invoices without any difference. */
export function passReport(more: Partial<Report> = {}): Report {
  return {
    schema: 'docops.report/1',
    pipeline: 'invoices',
    verdict: 'pass',
    blocked: false,
    reasons: [{ code: 'no_drop', level: 'info', text: 'No score fell on any of the 71 documents.' }],
    bootstrap: false,
    base: {
      commit: 'a81f3c2d9e0b4c5f6a7b8c9d0e1f2a3b4c5d6e7f',
      ref: 'main',
      chosen: 'tip of main',
      fingerprint: 'f'.repeat(64),
    },
    head: {
      commit: '5d2e7b90c1a2b3c4d5e6f708192a3b4c5d6e7f80',
      ref: 'faster-totals',
      dirty: false,
      merged: true,
      fingerprint: 'e'.repeat(64),
    },
    dataset: {
      source: 'eval/invoices',
      version: '9c1b'.repeat(16),
      documents: 71,
      templates: 23,
      read_from: 'base',
    },
    deterministic: true,
    judged: 'exact',
    runs: { base: 1, head: 1 },
    overall: {
      base: 0.912,
      head: 0.912,
      delta: 0,
      ci: [0, 0],
      p: 1,
      smallest_detectable_drop: 0.021,
      max_drop: 0,
      min: 0.8,
      documents_regressed: 0,
      documents_fixed: 0,
    },
    documents_exact: { base: 31, head: 31, of: 71 },
    fields: [
      ...OTHER_FIELDS.map(([path, type, right]) => field(path, right, right, 71, { type })),
      field('grand_total', 69, 69, 71, { type: 'money', max_drop: 0, min: 0.95 }),
      field('line_items', 640, 640, 700, {
        type: 'table',
        documents: 68,
        columns: [
          field('line_items.name', 120, 120, 140, { type: 'text' }),
          field('line_items.quantity', 130, 130, 140, { type: 'number' }),
          field('line_items.line_total', 134, 134, 140, { type: 'money' }),
        ],
      }),
    ],
    slices: [
      {
        slice: 'language',
        value: 'de',
        documents: 48,
        base: 0.92,
        head: 0.92,
        delta: 0,
        ci: null,
        p: null,
        p_adjusted: null,
        smallest_detectable_drop: 0.03,
        regressed: 0,
        fixed: 0,
        blocked: false,
        max_drop: 3,
        min: null,
      },
    ],
    hidden_losses: [],
    metrics: {
      micro_f1: { base: 0.94, head: 0.94 },
      macro_f1: { base: 0.931, head: 0.931 },
      anls: { base: 0.957, head: 0.957 },
      anls_star: { base: 0.949, head: 0.949 },
    },
    documents: [
      document('inv-0007', 0.9, 0.9, [cell('due_date', '2024-03-01', '2024-01-03', '2024-01-03')], {
        template: 'vendor-3',
        slices: { language: 'en' },
      }),
    ],
    failures: [],
    noise: { sampled: 20, fields: [], self_check: null, confirmation: null },
    coverage: { thin: [], never_labelled: [], never_predicted: [], unknown_predicted: [] },
    suspect_labels: [],
    added_documents: null,
    label_changes: null,
    config_changes: [],
    latency: {
      base: { p50: 0.41, p95: 0.92, total: 31.2 },
      head: { p50: 0.39, p95: 0.9, total: 30.1 },
      ratio: 0.96,
      max_increase: 0.5,
    },
    cost: { base_usd: 0.213, head_usd: 0.213, base_per_thousand: 3, head_per_thousand: 3, max_increase: 0.2 },
    masked: [],
    warnings: [],
    run: {
      id: 'r-7f3a',
      seconds: 12.3,
      cached: ['base'],
      documents_run: 71,
      documents_cached: 71,
      scorer: '1',
      enforce: 'block',
      sandbox: 'none',
      runner: 'local',
      compute: null,
      reported_usd: null,
      estimate: null,
    },
    ...more,
  };
}

/** As it is after a run in tasks that somebody pays for. */
export function paidRun(more: Partial<Report['run']> = {}): Report['run'] {
  return {
    ...passReport().run,
    runner: 'ecs',
    sandbox: 'task',
    compute: {
      tasks: 8,
      retried: 2,
      spot_losses: 1,
      billed_seconds: 723,
      usd: 0.0123,
      wasted_usd: 0.0011,
    },
    reported_usd: 0.4,
    estimate: {
      extractions: 142,
      guessed: 3,
      shards: 6,
      wall_seconds: 245,
      compute_usd: 0.011,
      reported_usd: 0.41,
    },
    ...more,
  };
}

/** The same invoices after a change that reads the grand total of three of them wrong, and mends one date. */
export function blockReport(more: Partial<Report> = {}): Report {
  const base = passReport();
  const lost = ['inv-0042', 'inv-0017', 'inv-0063'];
  return {
    ...base,
    verdict: 'block',
    blocked: true,
    reasons: [
      {
        code: 'overall_dropped',
        level: 'block',
        text: 'The overall score fell by 3.8 points (91.2 % to 87.4 %); no drop is allowed.',
      },
      {
        code: 'field_regressed',
        level: 'block',
        field: 'grand_total',
        documents: lost,
        text: 'grand_total fell by 4.2 points (97.2 % to 93.0 %): 3 documents became wrong, none was fixed; no drop is allowed.',
      },
      {
        code: 'field_below_floor',
        level: 'block',
        field: 'grand_total',
        text: 'grand_total is at 93.0 %, below its floor of 95 %.',
      },
    ],
    overall: {
      ...base.overall,
      head: 0.874,
      delta: -0.038,
      ci: [-0.061, -0.015],
      p: 0.003,
      documents_regressed: 3,
      documents_fixed: 1,
    },
    documents_exact: { base: 31, head: 28, of: 71 },
    fields: base.fields.map((one) => {
      if (one.field === 'grand_total')
        return field('grand_total', 69, 66, 71, { type: 'money', max_drop: 0, min: 0.95, blocked: true });
      if (one.field === 'due_date') return field('due_date', 64, 65, 71, { type: 'date' });
      if (one.field === 'line_items')
        return {
          ...one,
          ...field('line_items', 640, 634, 700, { type: 'table', documents: 68, regressed: 2, fixed: 1 }),
          columns: [
            field('line_items.name', 120, 120, 140),
            field('line_items.quantity', 130, 125, 140, { type: 'number', regressed: 2 }),
            field('line_items.line_total', 134, 133, 140, { type: 'money' }),
          ],
        };
      return one;
    }),
    slices: [
      {
        slice: 'language',
        value: 'de',
        documents: 48,
        base: 0.92,
        head: 0.871,
        delta: -0.049,
        ci: [-0.08, -0.01],
        p: 0.02,
        p_adjusted: 0.04,
        smallest_detectable_drop: 0.03,
        regressed: 3,
        fixed: 0,
        blocked: true,
        max_drop: 3,
        min: null,
      },
      {
        slice: 'language',
        value: 'en',
        documents: 23,
        base: 0.9,
        head: 0.91,
        delta: 0.01,
        ci: null,
        p: null,
        p_adjusted: null,
        smallest_detectable_drop: 0.06,
        regressed: 0,
        fixed: 1,
        blocked: false,
        max_drop: 3,
        min: null,
      },
    ],
    metrics: {
      micro_f1: { base: 0.94, head: 0.921 },
      macro_f1: { base: 0.931, head: 0.915 },
      anls: { base: 0.957, head: 0.95 },
      anls_star: { base: 0.949, head: 0.94 },
    },
    documents: [
      document(
        'inv-0042',
        1,
        0.8,
        [
          cell('grand_total', '1.234,56 EUR', '1.234,56 EUR', '1.243,56 EUR'),
          cell('line_items.quantity', 12, 12, 1, { row: 3 }),
          cell('line_items.quantity', 2, 2, null, { row: 4 }),
        ],
        { template: 'vendor-17', slices: { language: 'de' } },
      ),
      document('inv-0017', 1, 0.9, [cell('grand_total', '88.00', '88.00', '8.80')], {
        template: 'vendor-17',
        slices: { language: 'de' },
      }),
      document(
        'inv-0063',
        0.9,
        0.8,
        [
          cell('grand_total', '450.00', '450.00', null),
          cell('seller.name', 'Müller & Söhne Bürobedarf GmbH', 'Müller & Söhne Büro', 'Müller & Söhne Büro'),
        ],
        { template: 'vendor-17', slices: { language: 'de' } },
      ),
      document('inv-0007', 0.9, 1, [cell('due_date', '2024-03-01', '2024-01-03', '2024-03-01')], {
        template: 'vendor-3',
        slices: { language: 'en' },
      }),
      document('inv-0009', 0.9, 0.9, [cell('due_date', '2024-03-04', '2024-04-03', '2024-04-03')]),
    ],
    suspect_labels: [
      { document: 'inv-0009', field: 'due_date', row: null, expected: '2024-03-04', predicted: '2024-04-03' },
    ],
    ...more,
  };
}

/** A net gain in which one vendor's documents are lost: warned about, not blocked. */
export function hiddenLossesReport(): Report {
  const base = blockReport();
  return {
    ...base,
    verdict: 'warn',
    blocked: false,
    reasons: [
      {
        code: 'hidden_losses',
        level: 'warn',
        documents: ['inv-0042', 'inv-0017'],
        text: 'Overall +1.1 points, but 2 documents of template vendor-17 became worse.',
      },
    ],
    overall: {
      ...base.overall,
      head: 0.923,
      delta: 0.011,
      ci: [-0.004, 0.026],
      p: 0.9,
      documents_regressed: 2,
      documents_fixed: 6,
    },
    fields: base.fields.map((one) =>
      one.field === 'grand_total'
        ? field('grand_total', 67, 69, 71, { type: 'money', regressed: 2, fixed: 4, max_drop: 0 })
        : one,
    ),
    hidden_losses: [
      { scope: 'template', name: 'vendor-17', delta: 0.011, documents: ['inv-0042', 'inv-0017'] },
    ],
    coverage: {
      thin: [
        {
          kind: 'template',
          name: 'vendor-17',
          documents: 3,
          smallest_detectable_drop: null,
          text: 'Template vendor-17 has 3 documents: too few to see any drop.',
        },
        {
          kind: 'slice',
          name: 'language: fr',
          documents: 4,
          smallest_detectable_drop: 0.4,
          text: 'Slice language: fr has 4 documents: only a drop of 40 points or more would be seen.',
        },
      ],
      never_labelled: ['seller.phone'],
      never_predicted: [],
      unknown_predicted: [{ field: 'delivery_date', base: 40, head: 71 }],
    },
  };
}

/** The head crashes on every document: there is nothing to judge. */
export function crashReport(): Report {
  const base = passReport();
  const trace =
    'Traceback (most recent call last):\n  File "extract/main.py", line 41, in <module>\n    main(sys.argv[1])\n  File "extract/main.py", line 17, in main\n    total = parse(words[9])\nIndexError: list index out of range';
  return {
    ...base,
    verdict: 'block',
    blocked: true,
    judged: null,
    reasons: [
      {
        code: 'extractor_crashed',
        level: 'block',
        documents: Array.from({ length: 71 }, (_, i) => `inv-${String(i).padStart(4, '0')}`),
        text: 'The extractor crashed on 71 of 71 documents (exit code 1).',
      },
    ],
    overall: {
      ...base.overall,
      head: 0,
      delta: -0.912,
      ci: null,
      p: null,
      smallest_detectable_drop: null,
      documents_regressed: 71,
    },
    documents_exact: { base: 31, head: 0, of: 71 },
    fields: base.fields.map((one) =>
      field(one.field, one.base.correct, 0, one.base.correct + one.base.wrong, {
        type: one.type,
        blocked: true,
      }),
    ),
    documents: Array.from({ length: 71 }, (_, i) =>
      document(`inv-${String(i).padStart(4, '0')}`, 0.9, 0, [cell('grand_total', '10.00', '10.00', null)], {
        head_status: 'crashed',
      }),
    ),
    failures: Array.from({ length: 71 }, (_, i) => ({
      side: 'head' as const,
      id: `inv-${String(i).padStart(4, '0')}`,
      status: 'crashed',
      problem: 'The extractor ended with exit code 1.',
      exit_code: 1,
      signal: null,
      seconds: 0.2,
      stderr_tail: trace,
    })),
  };
}

/** Setup of the base failed: nothing was measured. */
export function notMeasuredReport(): Report {
  const base = passReport();
  const none = { base: null, head: null };
  return {
    ...base,
    verdict: 'not-measured',
    blocked: false,
    judged: null,
    reasons: [
      {
        code: 'infrastructure',
        level: 'not-measured',
        text: 'The disk is full: the documents could not be copied.',
      },
    ],
    overall: {
      ...base.overall,
      base: null,
      head: null,
      delta: null,
      ci: null,
      p: null,
      smallest_detectable_drop: null,
    },
    documents_exact: { base: 0, head: 0, of: 0 },
    fields: base.fields.map((one) => field(one.field, 0, 0, 0, { type: one.type })),
    slices: [],
    metrics: { micro_f1: none, macro_f1: none, anls: none, anls_star: none },
    documents: [],
    latency: {
      base: { p50: null, p95: null, total: 0 },
      head: { p50: null, p95: null, total: 0 },
      ratio: null,
      max_increase: 0.5,
    },
    cost: {
      base_usd: null,
      head_usd: null,
      base_per_thousand: null,
      head_per_thousand: null,
      max_increase: 0.2,
    },
  };
}

/** The pull request touches nothing that the pipeline watches. */
export function notApplicableReport(): Report {
  const base = notMeasuredReport();
  return {
    ...base,
    verdict: 'not-applicable',
    reasons: [
      {
        code: 'same_fingerprint',
        level: 'info',
        text: 'Base and head have the same fingerprint: no file that paths match differs.',
      },
    ],
    head: { ...base.head, fingerprint: base.base.fingerprint },
    run: { ...base.run, seconds: 0.2, cached: [], documents_run: 0, documents_cached: 0 },
  };
}

/** The first pull request: no base, only floors apply. */
export function bootstrapReport(): Report {
  const base = passReport();
  return {
    ...base,
    bootstrap: true,
    reasons: [
      {
        code: 'bootstrap',
        level: 'info',
        text: 'The base has no .docops.yml: the configuration and the labels are the head\u2019s, and only floors apply.',
      },
    ],
    base: { commit: null, ref: null, chosen: 'none: bootstrap', fingerprint: null },
    dataset: { ...base.dataset, read_from: 'head' },
    overall: { ...base.overall, base: null, delta: null, ci: null, p: null, smallest_detectable_drop: null },
    fields: base.fields.map((one) => ({ ...one, base: side(0, 0), delta: null, ci: null, p: null })),
  };
}

/** A noisy extractor, judged by tests over averaged runs, after confirmation; one field holds the wall clock. */
export function noisyReport(): Report {
  const base = blockReport();
  return {
    ...base,
    deterministic: false,
    judged: 'statistical',
    runs: { base: 3, head: 3 },
    fields: base.fields.map((one) => ({
      ...one,
      p: one.delta === 0 ? null : one.blocked ? 0.0004 : 0.31,
      p_adjusted: one.delta === 0 ? null : one.blocked ? 0.012 : 1,
      unreliable: one.field === 'issue_date',
    })),
    noise: {
      sampled: 20,
      fields: [{ field: 'issue_date', side: 'base', values_differ: 20, scores_differ: 4, of: 20 }],
      self_check: { would_block: false, flip_rate: 0.06, reasons: [] },
      confirmation: { documents: 6, runs: 2, confirmed: true },
    },
    label_changes: {
      changes: [{ document: 'inv-0009', field: 'due_date', base: '2024-03-04', head: '2024-04-03' }],
      omitted: 0,
      judged_by: 'base',
      other: { labels: 'head', base: 0.913, head: 0.879, would_block: true },
    },
    added_documents: { documents: 2, base: 0.7, head: 0.9, ids: ['inv-0101', 'inv-0102'] },
    config_changes: ['gate.max_drop: 0 becomes 5'],
    reasons: [
      ...base.reasons,
      {
        code: 'unreliable_field',
        level: 'info',
        field: 'issue_date',
        text: 'issue_date differs between two runs of the same code and is not judged.',
      },
      {
        code: 'config_changed',
        level: 'info',
        text: 'The head changes .docops.yml; the base\u2019s was used.',
      },
    ],
  };
}

/** As large as a report gets in practice; every third document changed. */
export function hugeReport(documents = 10_000, fields = 40): Report {
  const base = blockReport();
  return {
    ...base,
    dataset: { ...base.dataset, documents, templates: 300 },
    documents_exact: { base: 7000, head: 6900, of: documents },
    fields: Array.from({ length: fields }, (_, i) =>
      field(`section_${i % 7}.field_${i}`, 9000 - i, 9000 - i - (i % 3 === 0 ? i : 0), documents, {
        type: 'text',
        blocked: i === 39,
      }),
    ),
    documents: Array.from({ length: documents }, (_, i) => {
      const changed = i % 3 === 0;
      const cells = changed
        ? Array.from({ length: 4 }, (_unused, j) =>
            cell(`section_${j}.field_${j}`, `value ${i} ${j}`, `value ${i} ${j}`, `valu ${i} ${j}`),
          )
        : i % 3 === 1
          ? [cell('section_1.field_1', 'a', 'b', 'b')]
          : [];
      return document(
        `document-${String(i).padStart(6, '0')}`,
        1,
        changed ? 0.9 - (i % 10) / 100 : 1,
        cells,
        { template: `vendor-${i % 300}` },
      );
    }),
  };
}

/** Texts that a stranger's document may hold, each an attack on some form of the report. */
export const HOSTILE_TEXTS: readonly string[] = [
  '<script>window.pwned = 1</script>',
  '"><img src=x onerror="window.pwned = 1">',
  '</script><script>window.pwned = 1</script>',
  '<!-- <script>',
  ']]></style><script>window.pwned = 1</script>',
  '| a | b |\n|---|---|\n| c | d |',
  '\u001b[31mred\u001b[0m \u001b]0;title\u0007 \u009b2J',
  '\u202etxt.exe\u202c',
  'a\u200bb\ufeffc',
  '@everyone @octocat/team user@example.com',
  '#123 GH-7 octocat/repo#9 deadbeefdeadbeefdeadbeefdeadbeefdeadbeef',
  'https://evil.example/x www.evil.example [click](javascript:alert(1)) ![i](https://evil.example/p.png)',
  '<https://evil.example> [a]: https://evil.example "t"',
  '``` code\n# heading\n- [ ] task\n> quote\n***\n',
  '`` ` `` **bold** __bold__ ~~gone~~ $math$ $$x$$ :tada: \\| \\',
  '&lt;b&gt; &#64;octocat &amp;',
  '\ud800 lone \udc00',
  '\r\n::set-output name=x::y\r\n::error::z',
  '=HYPERLINK("https://evil.example")',
  'x'.repeat(100_000),
];

/** A report whose every free text is hostile. */
export function hostileReport(): Report {
  const base = noisyReport();
  const text = (i: number): string => HOSTILE_TEXTS[i % HOSTILE_TEXTS.length]!;
  let next = 0;
  const any = (): string => text(next++);
  const each = <T>(make: (value: string, i: number) => T): T[] =>
    HOSTILE_TEXTS.map((value, i) => make(value, i));
  return {
    ...base,
    pipeline: `inv ${text(0)}`,
    reasons: each((value, i) => ({
      code: 'field_regressed' as const,
      level: i % 2 === 0 ? ('block' as const) : ('info' as const),
      field: value,
      slice: value,
      documents: [value, any()],
      text: `Field ${value} fell.`,
    })),
    base: { commit: any(), ref: any(), chosen: any(), fingerprint: any() },
    head: { ...base.head, commit: any(), ref: any() },
    dataset: { ...base.dataset, source: any(), version: any() },
    fields: each((value, i) => field(value, 60, 60 - (i % 4), 71, { type: value, blocked: i % 5 === 0 })),
    slices: each((value) => ({ ...base.slices[0]!, slice: value, value })),
    hidden_losses: each((value) => ({
      scope: 'template' as const,
      name: value,
      delta: 0,
      documents: [value],
    })),
    documents: each((value, i) =>
      document(
        value,
        1,
        0.5,
        HOSTILE_TEXTS.map((other, j) => cell(value, other, text(i + j), text(i + j + 1), { row: j })),
        {
          template: value,
          slices: { [value]: value, ['__proto__']: value },
          head_status: i % 2 === 0 ? 'crashed' : 'ok',
        },
      ),
    ),
    failures: each((value) => ({
      side: 'head' as const,
      id: value,
      status: 'crashed',
      problem: value,
      exit_code: 1,
      signal: value,
      seconds: 1,
      stderr_tail: HOSTILE_TEXTS.join('\n'),
    })),
    noise: {
      ...base.noise,
      fields: each((value) => ({
        field: value,
        side: 'base' as const,
        values_differ: 1,
        scores_differ: 1,
        of: 2,
      })),
      self_check: { would_block: true, flip_rate: 0.5, reasons: each((value) => value) },
    },
    coverage: {
      thin: each((value) => ({
        kind: 'field' as const,
        name: value,
        documents: 1,
        smallest_detectable_drop: null,
        text: value,
      })),
      never_labelled: [...HOSTILE_TEXTS],
      never_predicted: [...HOSTILE_TEXTS],
      unknown_predicted: each((value) => ({ field: value, base: 1, head: 2 })),
    },
    suspect_labels: each((value) => ({
      document: value,
      field: value,
      row: 1,
      expected: value,
      predicted: any(),
    })),
    added_documents: { documents: 20, base: 0.5, head: null, ids: [...HOSTILE_TEXTS] },
    label_changes: {
      ...base.label_changes!,
      changes: each((value) => ({ document: value, field: value, base: value, head: { [value]: value } })),
    },
    config_changes: [...HOSTILE_TEXTS],
    warnings: [...HOSTILE_TEXTS],
    run: { ...base.run, id: any(), scorer: any() },
  };
}

/** Every builder by name, for tests of what holds for any report. */
export const REPORTS: Readonly<Record<string, () => Report>> = {
  pass: passReport,
  paid: () => passReport({ run: paidRun() }),
  block: blockReport,
  'hidden losses': hiddenLossesReport,
  crash: crashReport,
  'not measured': notMeasuredReport,
  'not applicable': notApplicableReport,
  bootstrap: bootstrapReport,
  noisy: noisyReport,
  huge: hugeReport,
  hostile: hostileReport,
};
