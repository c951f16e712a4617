/** A proposal for a repository → the text of its first `.docops.yml`, with comments for the person who will own it. */
import type { Json } from '../words.js';
import type { InferredField } from './infer.js';

/** What was found; what was not is undefined and becomes a TODO. */
export interface Proposal {
  readonly pipeline: string;
  readonly paths: readonly string[] | undefined;
  readonly dataset:
    { readonly folder: string; readonly documents: number; readonly labels: number } | undefined;
  readonly otherDatasets: readonly string[];
  readonly run: string | undefined;
  readonly mode: 'document' | 'batch';
  readonly setup: string | undefined;
  readonly fields: readonly InferredField[];
  readonly skipped: readonly { readonly path: string; readonly why: string }[];
  /** Slices that the labels have, for the comment. */
  readonly slices: readonly string[];
}

/** @returns YAML without errors, also where something was not found; each gap carries the word TODO. */
export function draftConfig(proposal: Proposal): string {
  const { dataset, run, mode, setup, paths } = proposal;
  const lines = [
    '# DocOps: measures the extractor on labelled documents before and after each pull request.',
    '# Check this file with: docops validate',
    'version: 1',
    'pipelines:',
    `  ${word(proposal.pipeline)}:`,
    '    # Files that decide what is extracted. A pull request that touches none of them is not measured.',
  ];
  if (paths === undefined) {
    lines.push(
      '    # TODO: no source code was found; everything is watched until you name the files.',
      `    paths: [${['"**"', ...(dataset === undefined ? [] : [JSON.stringify(`!${dataset.folder}/**`)])].join(', ')}]`,
    );
  } else {
    lines.push('    paths:', ...paths.map((path) => `      - ${JSON.stringify(path)}`));
  }
  if (dataset === undefined) {
    lines.push(
      '    # TODO: no folder with labels.jsonl and documents/ was found. Name it here.',
      '    dataset: eval/dataset',
    );
  } else {
    lines.push(
      `    # ${count(dataset.documents, 'document')}, ${count(dataset.labels, 'label')}.`,
      `    dataset: ${word(dataset.folder)}`,
    );
  }
  if (proposal.otherDatasets.length > 0) {
    lines.push(`    # Also found: ${comment(proposal.otherDatasets.slice(0, 5).join(', '))}`);
  }
  lines.push('    extract:');
  if (run === undefined) {
    lines.push(
      '      # TODO: no program was found. Write the command that prints the fields of "$DOCOPS_DOCUMENT" as JSON.',
      `      run: 'echo "extract.run in .docops.yml is not written yet" >&2; exit 1'`,
    );
  } else {
    lines.push(
      mode === 'document'
        ? '      # Runs once for each document and must print its fields as one JSON object.'
        : '      # Runs once for all documents: reads $DOCOPS_DOCUMENTS/manifest.jsonl, writes $DOCOPS_PREDICTIONS.',
      `      run: ${text(run)}`,
    );
    if (mode === 'batch') lines.push('      mode: batch');
  }
  if (setup !== undefined)
    lines.push('      # Once for each side, before the documents.', `      setup: ${text(setup)}`);
  lines.push(...fieldLines(proposal), ...gateLines(proposal));
  return `${lines.join('\n')}\n`;
}

function fieldLines({ fields, skipped, dataset }: Proposal): string[] {
  const lines: string[] = [];
  if (fields.length === 0) {
    return [
      '    # TODO: no labels were found to infer fields from. Declare each: name: type.',
      '    fields:',
      '      todo: text',
    ];
  }
  lines.push(
    '    # Types were inferred from the labels: check them. Options: docs/configure.md',
    '    fields:',
  );
  for (const field of fields) lines.push(...fieldLine(field, dataset?.labels ?? 0));
  for (const { path, why } of skipped.slice(0, 20)) {
    lines.push(`      # left out: ${comment(path)} (${comment(why)})`);
  }
  return lines;
}

function fieldLine(field: InferredField, labels: number): string[] {
  const rare = field.labelled < labels ? [`in ${field.labelled} of ${count(labels, 'label')}`] : [];
  const notes = [...rare, ...field.notes];
  const tail = notes.length === 0 ? '' : ` # ${comment(notes.join('; '))}`;
  if (field.type !== 'table') return [`      ${word(field.path)}: ${typeText(field)}${tail}`];
  return [
    `      ${word(field.path)}:${tail}`,
    '        type: table',
    '        columns:',
    ...(field.columns ?? []).map(
      (column) =>
        `          ${word(column.path)}: ${typeText(column)}${column.notes.length === 0 ? '' : ` # ${comment(column.notes.join('; '))}`}`,
    ),
  ];
}

function typeText(field: Pick<InferredField, 'type' | 'options' | 'of'>): string {
  const options = Object.entries(field.options).map(([key, value]) => `${key}: ${flow(value)}`);
  if (field.of !== undefined) options.push(`of: ${typeText(field.of)}`);
  return options.length === 0 ? field.type : `{ type: ${field.type}, ${options.join(', ')} }`;
}

function gateLines({ fields, slices }: Proposal): string[] {
  const total = fields.findLast((field) => field.type === 'money');
  const id = fields.find((field) => field.type === 'id');
  const main = fields.find((field) => /grand|^total$|payable/i.test(field.path)) ?? total ?? id;
  return [
    '    gate:',
    '      max_drop: 0 # percentage points that the overall score may lose',
    '      # min: 0.80 # floor of the overall score',
    ...(main === undefined
      ? []
      : [`      # max_new_errors: { ${word(main.path)}: 0 } # no document may become wrong in it`]),
    ...(slices.length === 0
      ? []
      : [
          `      # slices: { ${slices
            .slice(0, 3)
            .map((name) => `${word(name)}: { max_drop: 3 }`)
            .join(', ')} }`,
        ]),
    '      enforce: block # block | warn | shadow',
  ];
}

const count = (n: number, noun: string) => `${n} ${noun}${n === 1 ? '' : 's'}`;

/** A key or value that is safe in block and flow context: plain where that is certain, else in double quotes. */
function word(value: string): string {
  const plain =
    /^[A-Za-z_][A-Za-z0-9_./-]*$/.test(value) && !/^(?:true|false|null|yes|no|on|off|y|n)$/i.test(value);
  return plain ? value : JSON.stringify(value);
}

/** A command reads best without escapes: plain or in single quotes where YAML allows it. */
function text(value: string): string {
  if (/^[A-Za-z][^:#\p{Cc}'{}[\],&*!|>%@`]*$/u.test(value) && value === value.trim()) return value;
  return /\p{Cc}/u.test(value) ? JSON.stringify(value) : `'${value.replaceAll("'", "''")}'`;
}

const flow = (value: Json) => (typeof value === 'string' ? word(value) : JSON.stringify(value));

/** Text of a stranger inside a comment: nothing that could end it. */
const comment = (value: string) => value.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, ' ').slice(0, 200);
