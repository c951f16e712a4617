import { Ajv } from 'ajv';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { configJsonSchema, formatProblem, readConfig } from '../../src/core/config/index.js';

const text = readFileSync(new URL('../../docs/configure.md', import.meta.url), 'utf8');
const blocks = (language: string) =>
  [...text.matchAll(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``, 'g'))].map(
    ([, block]) => block ?? '',
  );

describe('docs/configure.md', () => {
  const check = new Ajv({ strict: false }).compile(configJsonSchema());

  test.each(blocks('yaml').map((block, index) => [index + 1, block] as const))(
    'example %i is valid',
    (_index, block) => {
      expect(readConfig(block, '.docops.yml').problems).toEqual([]);
      expect(check(parse(block)), JSON.stringify(check.errors)).toBe(true);
    },
  );

  test('there are three examples', () => expect(blocks('yaml')).toHaveLength(3));

  test('the file with errors gets exactly the messages that stand below it', () => {
    const [broken = ''] = blocks('yaml-with-errors');
    const messages = blocks('text').find((block) => block.includes('error['));
    expect(`${readConfig(broken, '.docops.yml').problems.map(formatProblem).join('\n')}\n`).toBe(messages);
  });

  test('the file with everything has every key that the schema knows', () => {
    const everything = blocks('yaml')[1] ?? '';
    const missing: string[] = [];
    const walk = (schema: unknown): void => {
      if (typeof schema !== 'object' || schema === null) return;
      for (const key of Object.keys((schema as { properties?: object }).properties ?? {})) {
        if (!new RegExp(`(?:^|[\\s{])${key}:`, 'm').test(everything)) missing.push(key);
      }
      for (const value of Object.values(schema)) walk(value);
    };
    walk(configJsonSchema());
    expect([...new Set(missing)]).toEqual([]);
  });

  test('the defaults in the tables are the defaults of the schema', () => {
    const stated = new Map(
      [...text.matchAll(/^\| `([a-z_.]+)`(?:, `([a-z_.]+)`)? \| `([^|]+?)`(?:, `([^|]+?)`)? \|/gm)].flatMap(
        ([, a = '', b, first, second]) =>
          b === undefined
            ? [[a, first]]
            : [
                [a, first],
                [b, second],
              ],
      ) as [string, string][],
    );
    const defaults = new Map<string, unknown>();
    const walk = (schema: unknown, path: string): void => {
      if (typeof schema !== 'object' || schema === null) return;
      const { properties } = schema as { properties?: Record<string, { default?: unknown }> };
      for (const [key, value] of Object.entries(properties ?? {})) {
        const name = path === '' ? key : `${path}.${key}`;
        if (value.default !== undefined) {
          defaults.set(name, value.default);
          defaults.set(key, value.default);
        }
        walk(value, ['runner', 'override', 'budget'].includes(key) ? key : '');
      }
      for (const [key, value] of Object.entries(schema)) if (key !== 'properties') walk(value, path);
    };
    walk(configJsonSchema(), '');
    expect(stated.size).toBeGreaterThan(20);
    for (const [key, value] of stated) {
      expect(defaults.has(key), key).toBe(true);
      expect(parse(value), key).toEqual(defaults.get(key));
    }
  });
});
