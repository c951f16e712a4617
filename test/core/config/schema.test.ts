import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { configJsonSchema } from '../../../src/core/config/index.js';
import { fileSchema } from '../../../src/core/config/schema.js';
import { schemaFiles } from '../../../src/schemas.js';
import { FULL, SMALL, changed } from './support.js';

const folder = new URL('../../../schema/', import.meta.url);
const ajv = new Ajv({ strict: false, allErrors: true });
const check = ajv.compile(configJsonSchema());

describe('the schemas that ship', () => {
  test.each(Object.entries(schemaFiles()))(
    '%s is what the sources say (else: npm run schemas)',
    (name, content) => {
      expect(readFileSync(new URL(name, folder), 'utf8')).toBe(content);
    },
  );

  test('nothing else lies in the folder', () => {
    expect(readdirSync(folder).toSorted()).toEqual(Object.keys(schemaFiles()).toSorted());
  });

  // openapi.json is no schema; test/http/api-edge.test.ts holds it against OpenAPI's own.
  const schemas = Object.entries(schemaFiles()).filter(([name]) => name.endsWith('.schema.json'));
  test.each(schemas)('%s compiles', (_name, content) => {
    const schema = JSON.parse(content) as { $schema: string };
    const compiler = schema.$schema.includes('2020-12')
      ? new Ajv2020({ strict: false })
      : new Ajv({ strict: false });
    expect(() => compiler.compile(schema)).not.toThrow();
  });

  test('every key of the configuration has a description, so that editors can explain it', () => {
    const bare: string[] = [];
    const walk = (schema: unknown, path: string): void => {
      if (typeof schema !== 'object' || schema === null) return;
      const { properties } = schema as { properties?: Record<string, { description?: string }> };
      for (const [key, value] of Object.entries(properties ?? {})) {
        const named = ['type', 'max_increase'].includes(key) || typeof value.description === 'string';
        if (!named && !['latency', 'cost', 'extract', 'gate'].includes(key)) bare.push(`${path}.${key}`);
      }
      for (const [key, value] of Object.entries(schema)) walk(value, `${path}.${key}`);
    };
    walk(configJsonSchema(), '');
    expect(bare).toEqual([]);
  });
});

describe('the JSON Schema and the program agree', () => {
  test.each([
    ['the full example', FULL],
    ['the small example', SMALL],
    [
      'the example repository',
      readFileSync(new URL('../../../examples/invoices/.docops.yml', import.meta.url), 'utf8'),
    ],
  ])('%s is valid for both', (_name, text) => {
    expect(check(parse(text)), JSON.stringify(check.errors)).toBe(true);
    expect(fileSchema.safeParse(parse(text)).success).toBe(true);
  });

  const NUMBER = 'invoice_number: id';
  test.each([
    ['a version', changed('version: 1', 'version: 2')],
    ['an unknown key', changed('gate:', 'gates:')],
    ['an unknown type', changed(NUMBER, 'n: string')],
    ['an unknown option', changed(NUMBER, 'n: { type: id, threshold: 1 }')],
    ['a table in a table', changed('{ name: text }', '{ name: { type: table, columns: { a: id } } }')],
    ['a bad duration', changed('run: python3 main.py', 'run: x\n      timeout: 20')],
    ['a bad size', `${SMALL}runner: { memory: 4G }\n`],
    ['a bad percentage', changed('min: 0.8', 'cost: { max_increase: 5 }')],
    ['bad money', `${SMALL}budget: { per_run: 5 }\n`],
    ['a floor above one', changed('min: 0.8', 'min: 80')],
    ['alpha of zero', changed('min: 0.8', 'alpha: 0')],
    ['one repeat', changed('run: python3 main.py', 'run: x\n      repeats: 1')],
    ['no paths', changed('paths: ["extract/**"]', 'paths: []')],
    ['a bad path of a field', changed(NUMBER, 'a..b: id')],
    ['a bad name of a pipeline', changed('invoices:', '"a b":')],
    ['a missing command', changed('run: python3 main.py', 'mode: batch')],
    ['a negative tolerance', changed(NUMBER, 'n: { type: money, tolerance: -1 }')],
    [
      'no field at all',
      changed(
        'invoice_number: id\n      seller.name: text\n      line_items: { type: table, columns: { name: text } }',
        '{}',
      ),
    ],
  ])('both refuse %s', (_name, text) => {
    expect(check(parse(text))).toBe(false);
  });

  test('what one refuses in a damaged example the other refuses too', () => {
    const json = fc.oneof(
      fc.constantFrom<unknown>(
        null,
        true,
        0,
        1,
        -1,
        0.5,
        2.5,
        80,
        '',
        'x',
        'auto',
        '20m',
        '4GiB',
        '50%',
        '5 USD',
        'text',
        'table',
        'a..b',
      ),
      fc.constantFrom<unknown>(
        [],
        {},
        ['x'],
        { type: 'text' },
        { type: 'list' },
        { type: 'table', columns: {} },
        { a: 'id' },
        { max_drop: 1 },
      ),
    );
    const places = placesOf(parse(FULL));
    fc.assert(
      fc.property(fc.constantFrom(...places), json, fc.boolean(), (path, value, rename) => {
        const file = parse(FULL) as Record<string, unknown>;
        damage(file, path, value, rename);
        const program = fileSchema.safeParse(file).success;
        const editor = check(file);
        // An empty mapping of pipelines, fields or columns is left to the rules, which say more.
        const empty = (check.errors ?? []).some(({ keyword }) => keyword === 'minProperties');
        expect(
          editor || empty,
          `${path.join('.')} = ${JSON.stringify(value)}: ${JSON.stringify(check.errors)}`,
        ).toBe(program || (empty && program));
      }),
      { numRuns: 600 },
    );
  });
});

function placesOf(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  const below = Object.entries(value).flatMap(([key, each]) => placesOf(each, [...path, key]));
  return path.length === 0 ? below : [path, ...below];
}

function damage(
  file: Record<string, unknown>,
  path: readonly string[],
  value: unknown,
  rename: boolean,
): void {
  let holder = file;
  for (const key of path.slice(0, -1)) holder = holder[key] as Record<string, unknown>;
  const last = path.at(-1)!;
  if (rename && !Array.isArray(holder)) {
    holder[`${last}_`] = holder[last];
    // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- a key is what is damaged here
    delete holder[last];
  } else holder[last] = value;
}
