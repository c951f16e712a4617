import { describe, expect, it } from 'vitest';
import { parseLabels } from '../../../src/core/dataset/labels.js';

const good = '{"id": "a", "fields": {"total": "9.00"}}';

function problemsOf(text: string): [string, string, number | undefined, number | undefined][] {
  return parseLabels(text, 'labels.jsonl').problems.map(({ severity, code, place }) => [
    severity,
    code,
    place?.line,
    place?.column,
  ]);
}

describe('parseLabels', () => {
  it('reads every key of a label', () => {
    const text =
      '{"id": "a", "fields": {"seller": {"name": "X"}}, "accept": {"seller.name": ["Y", null]}, "slices": {"language": "de"}, "template": "t"}';
    const { labels, problems, lines } = parseLabels(text, 'f');
    expect(problems).toEqual([]);
    expect(labels).toEqual([
      {
        id: 'a',
        fields: { seller: { name: 'X' } },
        accept: { 'seller.name': ['Y', null] },
        slices: { language: 'de' },
        template: 't',
      },
    ]);
    expect(lines.get('a')).toBe(1);
  });

  it('accepts a byte order mark, CRLF, blank lines and null for optional keys', () => {
    const text = `\ufeff\r\n${good}\r\n \r\n{"id":"b","fields":{},"accept":null,"slices":null,"template":null}\r\n`;
    const { labels, problems, lines } = parseLabels(text, 'f');
    expect(problems).toEqual([]);
    expect(labels.map(({ id }) => id)).toEqual(['a', 'b']);
    expect(lines.get('b')).toBe(4);
    expect(labels[1]).not.toHaveProperty('template');
  });

  it('does not split a line at separators that JSON allows inside strings', () => {
    const { labels, problems } = parseLabels('{"id":"a","fields":{"x":"one\u2028two"}}', 'f');
    expect(problems).toEqual([]);
    expect(labels).toHaveLength(1);
  });

  const table: { name: string; text: string; problems: [string, string, number, number][] }[] = [
    { name: 'an empty file', text: '', problems: [['error', 'no_labels', 1, 1]] },
    { name: 'a file of blank lines', text: '\n \n', problems: [['error', 'no_labels', 1, 1]] },
    { name: 'a cut line', text: `${good}\n{"id": "b", `, problems: [['error', 'bad_json', 2, 13]] },
    {
      name: 'a comma too many',
      text: '{"id": "b", "fields": {},}',
      problems: [['error', 'bad_json', 1, 26]],
    },
    { name: 'a list', text: '[1]', problems: [['error', 'not_an_object', 1, 1]] },
    { name: 'no id', text: '{"fields": {}}', problems: [['error', 'missing_id', 1, 1]] },
    { name: 'a numeric id', text: '{"id": 7, "fields": {}}', problems: [['error', 'bad_id', 1, 1]] },
    {
      name: 'an id that climbs',
      text: '{"id": "../a", "fields": {}}',
      problems: [['error', 'bad_id', 1, 1]],
    },
    {
      name: 'an id with a slash',
      text: '{"id": "a/b", "fields": {}}',
      problems: [['error', 'bad_id', 1, 1]],
    },
    { name: 'an empty id', text: '{"id": "", "fields": {}}', problems: [['error', 'bad_id', 1, 1]] },
    {
      name: 'an id with a line feed',
      text: '{"id": "a\\nb", "fields": {}}',
      problems: [['error', 'bad_id', 1, 1]],
    },
    {
      name: 'an id with half a surrogate',
      text: '{"id": "\\ud800", "fields": {}}',
      problems: [['error', 'bad_id', 1, 1]],
    },
    {
      name: 'an id that reverses text',
      text: '{"id": "a\\u202eb", "fields": {}}',
      problems: [['error', 'bad_id', 1, 1]],
    },
    { name: 'a hidden id', text: '{"id": ".a", "fields": {}}', problems: [['error', 'bad_id', 1, 1]] },
    { name: 'no fields', text: '{"id": "b"}', problems: [['error', 'missing_fields', 1, 1]] },
    {
      name: 'fields that are a list',
      text: '{"id": "b", "fields": []}',
      problems: [['error', 'bad_fields', 1, 1]],
    },
    {
      name: 'fields that are null',
      text: '{"id": "b", "fields": null}',
      problems: [['error', 'bad_fields', 1, 1]],
    },
    { name: 'the same id twice', text: `${good}\n${good}`, problems: [['error', 'duplicate_id', 2, 1]] },
    {
      name: 'the same id composed and decomposed',
      text: '{"id":"\u00fc","fields":{}}\n{"id":"u\u0308","fields":{}}',
      problems: [['error', 'duplicate_id', 2, 1]],
    },
    {
      name: 'the same field twice',
      text: '{"id":"b","fields":{"total":"1","x":{"total":"1"},"total":"2"}}',
      problems: [['error', 'duplicate_key', 1, 51]],
    },
    {
      name: 'the same field twice, once escaped',
      text: '{"id":"b","fields":{"a":1,"\\u0061":2}}',
      problems: [['error', 'duplicate_key', 1, 27]],
    },
    {
      name: 'a field __proto__',
      text: '{"id":"b","fields":{"__proto__":{"x":1}}}',
      problems: [['error', 'reserved_key', 1, 21]],
    },
    {
      name: 'a number beyond 2^53',
      text: '{"id":"b","fields":{"n":12345678901234567890}}',
      problems: [['error', 'inexact_number', 1, 25]],
    },
    {
      name: 'an infinite number',
      text: '{"id":"b","fields":{"n":1e999}}',
      problems: [['error', 'inexact_number', 1, 25]],
    },
    {
      name: 'accept that is a list',
      text: '{"id":"b","fields":{},"accept":[]}',
      problems: [['error', 'bad_accept', 1, 1]],
    },
    {
      name: 'accept without a list of values',
      text: '{"id":"b","fields":{},"accept":{"total":"9"}}',
      problems: [['error', 'bad_accept', 1, 1]],
    },
    {
      name: 'accept with an empty list',
      text: '{"id":"b","fields":{},"accept":{"total":[]}}',
      problems: [['error', 'bad_accept', 1, 1]],
    },
    {
      name: 'a numeric slice',
      text: '{"id":"b","fields":{},"slices":{"pages":2}}',
      problems: [['error', 'bad_slices', 1, 1]],
    },
    {
      name: 'slices that are text',
      text: '{"id":"b","fields":{},"slices":"de"}',
      problems: [['error', 'bad_slices', 1, 1]],
    },
    {
      name: 'a numeric template',
      text: '{"id":"b","fields":{},"template":4}',
      problems: [['error', 'bad_template', 1, 1]],
    },
    {
      name: 'an unknown key',
      text: '{"id":"b","fields":{},"note":"x"}',
      problems: [['warning', 'unknown_key', 1, 1]],
    },
  ];
  it.each(table)('says where and what: $name', ({ text, problems }) => {
    expect(problemsOf(text)).toEqual(problems);
  });

  it('reads on after a broken line', () => {
    expect(parseLabels(`x\n${good}\n{"id":1}`, 'f').labels.map(({ id }) => id)).toEqual(['a']);
  });

  it('names the mend for a numeric id', () => {
    expect(parseLabels('{"id": 7, "fields": {}}', 'f').problems[0]?.message).toContain('"id": "7"');
  });

  it('says an unknown key once, however many labels have it', () => {
    const text = Array.from({ length: 1000 }, (_, n) => `{"id":"${n}","fields":{},"note":1}`).join('\n');
    const { problems } = parseLabels(text, 'f');
    expect(problems).toHaveLength(1);
    expect(problems[0]?.message).toContain('999 more lines');
  });

  it('refuses nesting that would exhaust a recursion', () => {
    const text = `{"id":"a","fields":{"x":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`;
    expect(problemsOf(text)).toEqual([['error', 'too_deep', 1, 1]]);
  });

  it('keeps the look-up of a field called constructor free of JavaScript', () => {
    const { labels } = parseLabels(good, 'f');
    expect('constructor' in (labels[0]?.accept ?? {})).toBe(false);
    expect('toString' in (labels[0]?.slices ?? {})).toBe(false);
  });

  it('lets no control character of a label into a message', () => {
    const hostile = [
      '{"id":"\\u001b[31m","fields":{}}',
      '{"id":"a","fields":{},"\\u001b[2J":1}',
      '{"id": \u001b[31mx}',
      '\u202e',
    ];
    for (const { message } of parseLabels(hostile.join('\n'), 'f').problems) {
      expect(message).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    }
  });

  it('reads numbers that keep their digits', () => {
    const numbers =
      '0, -0, 0.1, 9.00, 1e3, 1E-7, 9007199254740991, 123456789.123456, 5e-324, 1.7976931348623157e308';
    expect(problemsOf(`{"id":"a","fields":{"n":[${numbers}]}}`)).toEqual([]);
  });
});
