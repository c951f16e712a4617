import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseLine, parseOutput } from '../../eval-runner/prediction.js';

const parse = (text: string | Uint8Array) =>
  parseOutput(typeof text === 'string' ? Buffer.from(text) : text, 64);
const nested = (depth: number): string => '{"a":'.repeat(depth) + '1' + '}'.repeat(depth);

describe('what an extractor printed', () => {
  it.each<[string, string, unknown]>([
    ['fields', '{"a": 1}', { fields: { a: 1 } }],
    ['nothing known', '{}', { fields: {} }],
    ['white space around', ' \r\n{"a":1}\n\n', { fields: { a: 1 } }],
    ['a byte order mark', '\ufeff{"a":1}', { fields: { a: 1 } }],
    ['the last of two equal keys', '{"a":1,"a":2}', { fields: { a: 2 } }],
    ['fields alone in a wrapper', '{"fields":{"a":1}}', { fields: { a: 1 } }],
    ['null for what is not known', '{"fields":{},"confidence":null,"usage":null}', { fields: {} }],
    [
      'a null among confidences',
      '{"fields":{},"confidence":{"a":null,"b":1}}',
      { fields: {}, confidence: { b: 1 } },
    ],
    ['part of a usage', '{"fields":{},"usage":{"usd":0}}', { fields: {}, usage: { usd: 0 } }],
    [
      'a usage with more in it',
      '{"fields":{},"usage":{"ocr_pages":1,"tokens":9}}',
      { fields: {}, usage: { ocrPages: 1 } },
    ],
    [
      'a document with a field named fields',
      '{"fields":{"a":1},"b":2}',
      { fields: { fields: { a: 1 }, b: 2 } },
    ],
    ['a field named fields that is no object', '{"fields":[1]}', { fields: { fields: [1] } }],
    ['a field named usage', '{"usage":{"usd":"x"}}', { fields: { usage: { usd: 'x' } } }],
    ['the deepest nest that is allowed', nested(64), { fields: JSON.parse(nested(64)) as unknown }],
  ])('may be %s', (_, text, value) => expect(parse(text)).toEqual({ ok: true, value }));

  it.each<[string, string | Uint8Array, RegExp]>([
    ['nothing', '', /empty/],
    ['white space', ' \n', /empty/],
    ['a list', '[{"a":1}]', /a list and not one JSON object\. It begins: "\[\{/],
    ['a number', '5', /a number/],
    ['null', 'null', /is null/],
    ['text', 'Traceback: x', /does not begin with a JSON object.*"Traceback: x"/],
    ['a log line before', 'loading model\n{"a":1}', /logs to standard error.*"loading model\\n/],
    ['text after', '{"a":1}\ndone in 3 s', /text after the JSON object.*begins: "done in 3 s"/],
    ['two objects', '{"a":1}{"a":2}', /text after.*"\{\\"a\\":2\}"/],
    ['half an object', '{"a":1', /not valid JSON/],
    ['NaN', '{"a": NaN}', /NaN or Infinity.*print null/],
    ['minus Infinity', '{"a": [1, -Infinity]}', /NaN or Infinity/],
    ['a number beyond all numbers', '{"a": 1e999}', /too large/],
    ['single quotes', "{'a': 1}", /not valid JSON/],
    ['bytes that are not UTF-8', Uint8Array.from([0x7b, 0xff, 0x7d]), /not UTF-8/],
    ['UTF-16', Buffer.from('\ufeff{"a":1}', 'utf16le'), /not UTF-8/],
    ['too deep a nest', nested(65), /deeper than 64/],
    [
      'a nest that would break recursion',
      `{"a":${'['.repeat(500_000)}${']'.repeat(500_000)}}`,
      /deeper than 64/,
    ],
    ['a confidence that is a list', '{"fields":{},"confidence":[1]}', /"confidence" must be an object/],
    [
      'a confidence in percent',
      '{"fields":{},"confidence":{"a":97}}',
      /of "a" must be a number from 0 to 1, not "97"/,
    ],
    ['a price that is text', '{"fields":{},"usage":{"usd":"0.1"}}', /usage\.usd/],
    ['a price below zero', '{"fields":{},"usage":{"usd":-1}}', /usage\.usd/],
    ['pages that are text', '{"fields":{},"usage":{"ocr_pages":"2"}}', /usage\.ocr_pages/],
  ])('may not be %s', (_, text, problem) => {
    const got = parse(text);
    expect(got.ok).toBe(false);
    expect((got as { problem: string }).problem).toMatch(problem);
  });

  it('is shown with at most 200 characters, and none that a terminal obeys', () => {
    const got = parse('\u001b[2J\u009b31m\u202e\n' + '😀'.repeat(500)) as { problem: string };
    // eslint-disable-next-line no-control-regex
    expect(got.problem).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
    expect(got.problem.length).toBeLessThan(700);
    expect(got.problem.endsWith('" …')).toBe(true);
    expect(got.problem).not.toMatch(/\p{Surrogate}/u);
  });

  it('never throws, and gives back every JSON object as it was', () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void parse(bytes)));
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 5 })), (value) => {
        fc.pre(!('fields' in value));
        const text = JSON.stringify(value);
        expect(parse(text)).toEqual({ ok: true, value: { fields: JSON.parse(text) as unknown } });
      }),
    );
  });
});

describe('a line of a batch', () => {
  const line = (text: string) => parseLine(Buffer.from(text), 64);

  it('has an id and what a document prints', () => {
    expect(line('{"id":"a","fields":{"x":1},"usage":{"usd":1}}')).toEqual({
      ok: true,
      id: 'a',
      result: { ok: true, value: { fields: { x: 1 }, usage: { usd: 1 } } },
    });
  });

  it('is the fault of its document when it has an id, and of the file when it has none', () => {
    expect(line('{"id":"a"}')).toMatchObject({ ok: true, id: 'a', result: { ok: false } });
    expect(line('{"id":5,"fields":{}}')).toMatchObject({ ok: false });
    expect(line('nonsense')).toMatchObject({ ok: false });
  });
});
