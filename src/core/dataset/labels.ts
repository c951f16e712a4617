import { JSON_DEPTH, LABEL_LINE_CHARACTERS } from '../limits.js';
import type { Json, JsonObject, Label, Problem } from '../words.js';
import { isArray, isObject } from '../score/values.js';
import { idProblem, normalizeId } from './id.js';
import { quote } from './quote.js';
import { scanJson } from './scan.js';

export interface ParsedLabels {
  /** Every label that could be read, in the order of the file; a second label of the same id is left out. */
  readonly labels: Label[];
  readonly problems: Problem[];
  /** 1-based line of each label, by id. */
  readonly lines: ReadonlyMap<string, number>;
}

const KEYS = ['id', 'fields', 'accept', 'slices', 'template'];

/**
 * Reads `labels.jsonl`: one JSON object a line. Accepts a byte order mark, CRLF and blank lines; everything else that
 * is not a label is an error with its line (and column where JSON says it), and the rest is still read.
 * @param text the whole file, decoded
 * @param file the name for messages
 */
export function parseLabels(text: string, file: string): ParsedLabels {
  const labels: Label[] = [];
  const problems: Problem[] = [];
  const lines = new Map<string, number>();
  const unknown = new Map<string, { line: number; count: number }>();

  let line = 0;
  for (const raw of eachLine(text)) {
    line += 1;
    if (raw.trim() === '') continue;
    const context: LineContext = {
      say: (severity, code, message, column = 1) =>
        problems.push({ severity, code, message, place: { file, line, column } }),
      unknownKey: (key) => {
        const seen = unknown.get(key);
        if (seen) seen.count += 1;
        else unknown.set(key, { line, count: 1 });
      },
    };
    const label = parseLine(raw, context);
    if (!label) continue;
    const earlier = lines.get(label.id);
    if (earlier !== undefined) {
      context.say(
        'error',
        'duplicate_id',
        `A label of ${quote(label.id)} already stands on line ${earlier}. Keep one of the two.`,
      );
      continue;
    }
    lines.set(label.id, line);
    labels.push(label);
  }

  for (const [key, { line: first, count }] of unknown) {
    const also = count > 1 ? ` (also on ${count - 1} more lines)` : '';
    problems.push({
      severity: 'warning',
      code: 'unknown_key',
      message: `A label has no key ${quote(key)}${also}: it is ignored. Values of the document belong into "fields"; the other keys are accept, slices and template.`,
      place: { file, line: first, column: 1 },
    });
  }
  if (labels.length === 0 && problems.length === 0) {
    problems.push({
      severity: 'error',
      code: 'no_labels',
      message: 'The file has no labels. Write one JSON object a line: {"id": "…", "fields": {…}}.',
      place: { file, line: 1, column: 1 },
    });
  }
  return { labels, problems, lines };
}

interface LineContext {
  readonly say: (severity: Problem['severity'], code: string, message: string, column?: number) => void;
  readonly unknownKey: (key: string) => void;
}

function* eachLine(text: string): Generator<string> {
  let start = text.startsWith('\ufeff') ? 1 : 0;
  while (start < text.length) {
    const end = text.indexOf('\n', start);
    if (end === -1) {
      yield text.slice(start);
      return;
    }
    yield text.slice(start, text.charCodeAt(end - 1) === 0x0d ? end - 1 : end);
    start = end + 1;
  }
}

function parseLine(raw: string, context: LineContext): Label | undefined {
  const { say } = context;
  if (raw.length > LABEL_LINE_CHARACTERS) {
    say(
      'error',
      'line_too_long',
      `The line has ${raw.length} characters; at most ${LABEL_LINE_CHARACTERS} are read. A label holds values, not the document's content.`,
    );
    return undefined;
  }
  const value = parseJson(raw, say);
  if (value === undefined) return undefined;
  if (!isObject(value)) {
    say(
      'error',
      'not_an_object',
      'The line is JSON but no object. Write one label a line: {"id": "…", "fields": {…}}.',
    );
    return undefined;
  }

  const id = parseId(value['id'], say);
  const fields = parseFields(value, say);
  const accept = parseAccept(value['accept'], say);
  const slices = parseSlices(value['slices'], say);
  const template = parseTemplate(value['template'], say);
  for (const key of Object.keys(value)) if (!KEYS.includes(key)) context.unknownKey(key);
  if (id === undefined || !fields || !accept || !slices || template === false) return undefined;
  return { id, fields, accept, slices, ...(template === undefined ? {} : { template }) };
}

function parseJson(raw: string, say: LineContext['say']): Json | undefined {
  let value: Json;
  try {
    value = JSON.parse(raw) as Json;
  } catch (error) {
    const { reason, column } = explain(error, raw);
    say('error', 'bad_json', `The line is not JSON: ${reason}. Each line holds one whole object.`, column);
    return undefined;
  }
  const scan = scanJson(raw);
  if (scan.depth > JSON_DEPTH) {
    say(
      'error',
      'too_deep',
      `The label is nested ${scan.depth} levels deep; at most ${JSON_DEPTH} are read.`,
    );
    return undefined;
  }
  for (const finding of scan.findings) {
    const column = finding.offset + 1;
    const name = quote(finding.text);
    if (finding.kind === 'duplicate-key') {
      say('error', 'duplicate_key', `The key ${name} stands twice in one object. Keep one of them.`, column);
    } else if (finding.kind === 'reserved-key') {
      say('error', 'reserved_key', `${name} cannot be the name of a field. Rename it.`, column);
    } else {
      const message = `The number ${quote(finding.text, 40)} loses digits when it is read as JSON. Write it as a string, in quotes.`;
      say('error', 'inexact_number', message, column);
    }
  }
  return scan.findings.length > 0 ? undefined : value;
}

/** The engine's own words for a JSON error, made safe and short, and the 1-based column where it says one. */
function explain(error: unknown, raw: string): { reason: string; column: number } {
  const message = error instanceof Error ? error.message : '';
  const position = /at position (\d+)/.exec(message)?.[1];
  if (/^Unexpected end|^Unterminated/.test(message) && position === undefined) {
    return { reason: 'it ends too early', column: raw.length + 1 };
  }
  // `Unexpected token 'x', ..."context"... is not valid JSON`: the context repeats the line, which may be hostile.
  const reason = message.replace(/,? (\.{3})?".*$/s, '').replace(/ in JSON at position.*$/s, '');
  return {
    reason: quote(reason, 80).slice(1, -1),
    column: position === undefined ? 1 : Number(position) + 1,
  };
}

function parseId(value: Json | undefined, say: LineContext['say']): string | undefined {
  if (value === undefined || value === null) {
    say(
      'error',
      'missing_id',
      'The label has no "id". Write the file name of its document without the extension.',
    );
    return undefined;
  }
  if (typeof value === 'number') {
    say('error', 'bad_id', `The id is a number. Write it as a string: "id": "${value}".`);
    return undefined;
  }
  if (typeof value !== 'string') {
    say('error', 'bad_id', 'The id is no string. Write the file name of its document without the extension.');
    return undefined;
  }
  const problem = idProblem(value);
  if (problem !== undefined) {
    say('error', 'bad_id', `The id ${quote(value)} ${problem}.`);
    return undefined;
  }
  return normalizeId(value);
}

function parseFields(label: JsonObject, say: LineContext['say']): JsonObject | undefined {
  const value = label['fields'];
  if (value === undefined) {
    say(
      'error',
      'missing_fields',
      'The label has no "fields". Write "fields": {…}, with {} for a document without values.',
    );
    return undefined;
  }
  if (!isObject(value)) {
    say('error', 'bad_fields', '"fields" is no object. Write "fields": {"name": "value"}.');
    return undefined;
  }
  return value;
}

function parseAccept(value: Json | undefined, say: LineContext['say']): Label['accept'] | undefined {
  const accept = record<readonly Json[]>();
  if (value === undefined || value === null) return accept;
  if (!isObject(value)) {
    say('error', 'bad_accept', '"accept" is no object. Write "accept": {"field": ["another right value"]}.');
    return undefined;
  }
  let valid = true;
  for (const [path, alternatives] of Object.entries(value)) {
    if (isArray(alternatives) && alternatives.length > 0) {
      accept[path] = alternatives;
      continue;
    }
    const mend = isArray(alternatives) ? 'lists nothing; remove it' : 'is no list; put its values into [ ]';
    say('error', 'bad_accept', `"accept" of ${quote(path)} ${mend}.`);
    valid = false;
  }
  return valid ? accept : undefined;
}

function parseSlices(value: Json | undefined, say: LineContext['say']): Label['slices'] | undefined {
  const slices = record<string>();
  if (value === undefined || value === null) return slices;
  if (!isObject(value)) {
    say('error', 'bad_slices', '"slices" is no object. Write "slices": {"language": "de"}.');
    return undefined;
  }
  let valid = true;
  for (const [name, slice] of Object.entries(value)) {
    if (typeof slice === 'string' && slice !== '' && name !== '') {
      slices[name] = slice;
      continue;
    }
    const mend =
      typeof slice === 'number' || typeof slice === 'boolean'
        ? `is no string; write "${slice}"`
        : 'is no string with text in it; give it a name or remove the slice';
    say('error', 'bad_slices', `The slice ${quote(name)} ${mend}.`);
    valid = false;
  }
  return valid ? slices : undefined;
}

/** `undefined`: none given; `false`: given, but not usable. */
function parseTemplate(value: Json | undefined, say: LineContext['say']): string | undefined | false {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string' && value !== '') return value;
  const mend = typeof value === 'number' ? ` Write it as a string: "template": "${value}".` : '';
  say('error', 'bad_template', `"template" is no string with text in it.${mend}`);
  return false;
}

/** Without a prototype, so that a field called `constructor` is looked up as what the label says about it: nothing. */
function record<T>(): Record<string, T> {
  return Object.create(null) as Record<string, T>;
}
