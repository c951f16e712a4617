import { z } from 'zod';
import { choice, flag, fraction, keyed, list, mapping, named, text, wants, whole } from './kinds.js';
import { PERCENTAGE_PATTERN } from './percentages.js';

export const SCALAR_TYPES = [
  'text',
  'id',
  'number',
  'money',
  'date',
  'boolean',
  'enum',
  'phone',
  'address',
] as const;
export const FIELD_TYPES = [...SCALAR_TYPES, 'list', 'table'] as const;

/** Dotted, no empty part, no `*` (that is a pattern), no control character. */
export const FIELD_PATH = /^[^.*\p{Cc}]{1,100}(?:\.[^.*\p{Cc}]{1,100}){0,9}$/u;
const FIELD_PATH_WANTED =
  'a field path: names with dots between them, such as seller.name, none of them empty and without "*"';
/** One name; a dot would make `table.column` ambiguous in reports. */
export const COLUMN_NAME = /^[^.*\p{Cc}]{1,100}$/u;

const decimal = choice(['auto', 'point', 'comma'])
  .optional()
  .describe(
    'Decimal separator. auto (default) reads only what is unambiguous; point: 1,234.56; comma: 1.234,56.',
  );
const TOLERANCE = wants('bad_tolerance', 'a distance such as 0.01, or a share such as 1%');
const tolerance = z

  .union(
    [
      z.number({ error: TOLERANCE }).min(0, { error: TOLERANCE }),
      z.string({ error: TOLERANCE }).regex(PERCENTAGE_PATTERN, { error: TOLERANCE }),
    ],
    { error: TOLERANCE },
  )
  .optional()
  .describe('Allowed distance: 0.01 is absolute, 1% is relative to the label. None by default.');

/** What each type may say, beside `type`. */
const options = {
  text: {
    match: choice(['exact', 'normalized', 'fuzzy'])
      .optional()
      .describe(
        'exact: equal after NFC. normalized (default): case, white space and outer punctuation do not count. fuzzy: similar enough.',
      ),
    threshold: fraction({ above: 0 })
      .optional()
      .describe('Only with match: fuzzy. Least similarity that counts as equal, default 0.85.'),
  },
  id: {},
  number: { decimal, tolerance },
  money: {
    decimal,
    tolerance,
    missing_currency: choice(['label', 'any'])
      .optional()
      .describe(
        'When a value without a currency matches one with: only if the label has none (label, default), or whichever side has none (any).',
      ),
  },
  date: {
    day_first: flag()
      .optional()
      .describe('true: 01/02/2025 is 1 February; false: 2 January. Not given: such a date is not read.'),
    pivot: whole(0, 99)
      .optional()
      .describe(
        'Two-digit years up to this one are 20yy, later ones 19yy. Not given: two-digit years are not read.',
      ),
  },
  boolean: {},
  enum: {
    values: list(text('a text'), 'a list of the allowed values, such as [EUR, USD]')
      .min(1, { error: wants('empty_list', 'a list with at least one value') })
      .optional()
      .describe('Allowed values. Not given: any.'),
    aliases: z
      .record(z.string(), list(text('a text'), 'a list of other spellings, such as [Euro, €]'), {
        error: wants(
          'wrong_type',
          'a mapping from a value to its other spellings, such as { EUR: [Euro, €] }',
        ),
      })
      .optional()
      .describe('Value → other spellings of it.'),
  },
  phone: {
    region: named(
      /^[A-Z]{2}$/,
      'bad_region',
      'a country as two capital letters (ISO 3166-1), such as DE',
      'DE',
    )
      .optional()
      .describe('Country of numbers that have no country code, as ISO 3166-1 alpha-2.'),
  },
  address: {
    threshold: fraction({ above: 0 })
      .optional()
      .describe('Least similarity of the parts that are neither postcode nor house number, default 0.8.'),
  },
} as const;

const masking = {
  mask: flag()
    .default(false)
    .describe('true: values are measured and judged, and no report shows them or the documents.'),
};

const common = {
  weight: z
    .number({ error: wants('wrong_type', 'a number above 0') })
    .gt(0, { error: wants('out_of_range', 'a number above 0') })
    .max(1000, { error: wants('out_of_range', 'a number above 0 and up to 1000') })
    .default(1)
    .describe("Weight in the document's mean."),
  critical: flag()
    .default(false)
    .describe('A document newly wrong in this field blocks, unless gate.max_new_errors says otherwise.'),
  ...masking,
};

const described: Record<(typeof SCALAR_TYPES)[number], string> = {
  text: 'Free text.',
  id: 'An identifier: case and the separators " -/." do not count, nothing else is forgiven.',
  number: 'A number, compared as a decimal.',
  money: 'A number with a currency.',
  date: 'A calendar day.',
  boolean: 'True or false.',
  enum: 'One of a few values.',
  phone: 'A telephone number.',
  address: 'A postal address, compared by its parts.',
};

/** The long forms of the scalar types, with `extra` beside the options of the type. */
function scalars<E extends z.ZodRawShape>(extra: E) {
  const one = <const T extends (typeof SCALAR_TYPES)[number]>(type: T) =>
    mapping({ type: z.literal(type), ...options[type], ...extra }, 'a type or a mapping').describe(
      described[type],
    );
  return [
    one('text'),
    one('id'),
    one('number'),
    one('money'),
    one('date'),
    one('boolean'),
    one('enum'),
    one('phone'),
    one('address'),
  ] as const;
}

const short = z.enum(SCALAR_TYPES);
/** The item of a list and a column of a table are always scalars. */
const itemEntry = z.union([short, z.discriminatedUnion('type', scalars({}))]);
const columnEntry = z.union([short, z.discriminatedUnion('type', scalars(masking))]);

const listForm = mapping(
  {
    type: z.literal('list'),
    of: itemEntry.default('text').describe('Type of the items, default text.'),
    ordered: flag().default(false).describe('true: the order counts. false (default): compared as sets.'),
    ...common,
  },
  'a mapping',
).describe('Several values of one type.');

const tableForm = mapping(
  {
    type: z.literal('table'),
    columns: keyed(columnEntry, 'a mapping from a column to its type, such as { name: text, total: money }', {
      pattern: COLUMN_NAME,
      code: 'bad_column',
      what: 'a column name without dots and "*"',
    })
      .meta({ minProperties: 1 })
      .describe('Column → type. Columns are scalars.'),
    ...common,
  },
  'a mapping',
).describe('Rows, such as line items; paired so that the most cells are equal.');

const fieldEntry = z.union([short, z.discriminatedUnion('type', [...scalars(common), listForm, tableForm])]);

export const fieldsSchema = keyed(
  fieldEntry,
  'a mapping from a field to its type, such as { invoice_number: id, total: money }',
  { pattern: FIELD_PATH, code: 'bad_field_path', what: FIELD_PATH_WANTED },
)
  .meta({ minProperties: 1 })
  .describe(
    'Dotted field path → type. The order is the order of the report. Types: ' + FIELD_TYPES.join(', ') + '.',
  );

export type RawScalar = z.output<typeof itemEntry>;
export type RawColumn = z.output<typeof columnEntry>;
export type RawField = z.output<typeof fieldEntry>;
