import { describe, expect, it } from 'vitest';
import { compareValues } from '../../../src/core/score/index.js';
import type { Json, ScalarSpec } from '../../../src/core/words.js';

const exact: ScalarSpec = { type: 'text', match: 'exact', threshold: 1 };
const text: ScalarSpec = { type: 'text', match: 'normalized', threshold: 1 };
const fuzzy: ScalarSpec = { type: 'text', match: 'fuzzy', threshold: 0.8 };
const id: ScalarSpec = { type: 'id' };
const number: ScalarSpec = { type: 'number', decimal: 'auto' };
const comma: ScalarSpec = { type: 'number', decimal: 'comma' };
const point: ScalarSpec = { type: 'number', decimal: 'point' };
const cents: ScalarSpec = { type: 'number', decimal: 'auto', tolerance: { kind: 'absolute', value: '0.01' } };
const percent: ScalarSpec = {
  type: 'number',
  decimal: 'auto',
  tolerance: { kind: 'relative', value: '0.01' },
};
const money: ScalarSpec = { type: 'money', decimal: 'auto', missingCurrency: 'label' };
const anyMoney: ScalarSpec = { type: 'money', decimal: 'auto', missingCurrency: 'any' };
const date: ScalarSpec = { type: 'date' };
const dayFirst: ScalarSpec = { type: 'date', dayFirst: true };
const monthFirst: ScalarSpec = { type: 'date', dayFirst: false };
const pivot: ScalarSpec = { type: 'date', dayFirst: true, pivot: 68 };
const boolean: ScalarSpec = { type: 'boolean' };
const choice: ScalarSpec = {
  type: 'enum',
  values: ['invoice', 'credit note'],
  aliases: { invoice: ['Rechnung'], 'credit note': ['Gutschrift'] },
};
const phone: ScalarSpec = { type: 'phone' };
const german: ScalarSpec = { type: 'phone', region: 'DE' };
const address: ScalarSpec = { type: 'address', threshold: 0.85 };

type Row = readonly [trap: string, spec: ScalarSpec, expected: Json, predicted: Json, rule: string];

const MATCH: readonly Row[] = [
  ['composed and decomposed accents are one text', exact, 'caf\u00e9', 'cafe\u0301', 'text.equal'],
  ['sharp s and its capitals', text, 'Straße', 'STRASSE', 'text.equal'],
  ['final sigma', text, 'ΟΔΟΣ', 'οδος', 'text.equal'],
  ['ligatures and full width', text, 'oﬃce ＡＢ', 'office ab', 'text.equal'],
  [
    'white space, also no-break and line breaks',
    text,
    'Mineral\u00a0water\n 1 l',
    'mineral water 1 l',
    'text.equal',
  ],
  ['outer punctuation', text, '“Total:”', 'total', 'text.equal'],
  ['a number where a text is expected', text, '471102', 471102, 'text.equal'],
  ['punctuation only, identical', text, '***', '***', 'text.equal'],
  ['fuzzy at its threshold', fuzzy, 'abcde', 'abcdx', 'text.fuzzy(0.80)'],
  ['fuzzy counts a family emoji as one character', fuzzy, '👩‍👩‍👧 abc', '👨‍👩‍👦 abc', 'text.fuzzy(0.80)'],
  ['fuzzy counts a letter with a combining mark as one', fuzzy, 'x̂yzab', 'x̌yzab', 'text.fuzzy(0.80)'],
  ['id: separators and case', id, 'INV-2024/001', 'inv 2024.001', 'id.equal'],
  ['id: written as a number', id, '471102', 471102, 'id.equal'],
  ['number: German notation', number, '1.234,56', 1234.56, 'number.equal'],
  ['number: Swiss notation', number, "1'234.50", '1234.5', 'number.equal'],
  ['number: French spaces', number, '1\u202f234\u00a0567,5', '1234567.5', 'number.equal'],
  ['number: Indian groups', number, '12,34,567.00', '1234567', 'number.equal'],
  ['number: parentheses are a minus', number, '(25.00)', -25, 'number.equal'],
  ['number: trailing minus', number, '25,00-', '-25', 'number.equal'],
  ['number: Unicode minus', number, '−5', -5, 'number.equal'],
  ['number: exponent', number, '1e3', 1000, 'number.equal'],
  ['number: percent with and without space', number, '10 %', '10%', 'number.equal'],
  ['number: minus zero is zero', number, -0, '0,00', 'number.equal'],
  ['number: binary noise of a double', number, 0.3, 0.1 + 0.2, 'number.equal'],
  ['number: three decimals after a leading zero', number, '0,125', '0.125', 'number.equal'],
  ['number: declared comma settles what is ambiguous', comma, '1.234', 1234, 'number.equal'],
  ['number: declared point settles what is ambiguous', point, '1,234', 1234, 'number.equal'],
  [
    'number: more digits than a double has',
    number,
    '12345678901234567890.10',
    '12,345,678,901,234,567,890.1',
    'number.equal',
  ],
  ['number: unreadable but identical', number, 'n/a', 'N/A', 'identical'],
  ['number: JSON 1e400 is itself', number, Infinity, Infinity, 'identical'],
  ['number: absolute tolerance is inclusive', cents, 0.3, 0.31, 'number.tolerance'],
  ['number: relative tolerance is a share of the label', percent, 100, 99, 'number.tolerance'],
  ['money: code before, symbol after', money, 'EUR 1.234,50', '1234.5 €', 'money.equal'],
  ['money: no cents', money, 'CHF 5.-', '5 CHF', 'money.equal'],
  ['money: minus before the symbol', money, '-$5', '(5.00 USD)', 'money.equal'],
  ['money: abbreviation with a dot', money, 'Rs. 500', 'INR 500', 'money.equal'],
  ['money: Malaysian ringgit', money, 'RM 9.00', 'MYR9', 'money.equal'],
  ['money: label without a currency', money, 5, 'USD 5', 'money.equal'],
  ['money: prediction without a currency where the policy allows it', anyMoney, 'USD 5', '5', 'money.equal'],
  ['date: year first against dotted day first', dayFirst, '2024-01-02', '02.01.2024', 'date.equal'],
  ['date: one reading only', date, '25/12/2018', '2018-12-25', 'date.equal'],
  ['date: same day and month', date, '01/01/2025', '2025-01-01', 'date.equal'],
  ['date: one reading only, whatever is declared', monthFirst, '25/12/2018', '2018-12-25', 'date.equal'],
  ['date: two-digit year with a pivot', pivot, '12-01-19', '2019-01-12', 'date.equal'],
  ['date: German month', date, '31. Dez 2023', '2023-12-31', 'date.equal'],
  ['date: Mrz', date, '5. Mrz. 2024', '2024-03-05', 'date.equal'],
  ['date: French, first of the month', date, '1er février 2025', '2025-02-01', 'date.equal'],
  ['date: Spanish', date, '5 de septiembre de 2024', '2024-09-05', 'date.equal'],
  ['date: Polish genitive', date, '5 września 2024', '2024-09-05', 'date.equal'],
  ['date: Italian weekday that is spelled like a month', date, 'mar 5 mar 2024', '2024-03-05', 'date.equal'],
  ['date: no separators between letters and digits', date, '12Jan2024', '2024-01-12', 'date.equal'],
  ['date: weekday in front of digits', dayFirst, 'Donnerstag, 05.09.2024', '2024-09-05', 'date.equal'],
  ['date: Japanese', date, '2024年9月5日', '2024-09-05', 'date.equal'],
  [
    'date: the written day counts, not the zone',
    date,
    '2024-01-02T23:30:00-08:00',
    '2024-01-02',
    'date.equal',
  ],
  ['date: partial against the same partial', date, 'Jan 2024', '01/2024', 'date.equal'],
  ['date: ambiguous but identical', date, '01/02/2024', '01/02/2024', 'identical'],
  ['boolean: words', boolean, true, 'Ja', 'boolean.equal'],
  ['boolean: a checked box', boolean, '☑', 1, 'boolean.equal'],
  ['enum: alias and case', choice, 'invoice', 'RECHNUNG', 'enum.equal'],
  ['phone: national and international', german, '030 1234567', '+49 (0)30 123-4567', 'phone.equal'],
  ['phone: 00 is +', phone, '0049 30 1234567', '+49 30 1234567', 'phone.equal'],
  ['phone: label in front', phone, 'Tel.: +49 30 1234567', '+49301234567', 'phone.equal'],
  ['phone: invalid but identical', phone, '12-34', '12 34', 'phone.equal'],
  ['phone: no number at all, identical', phone, 'see website', 'see website', 'identical'],
  [
    'address: street abbreviated',
    address,
    '12 Main Street, Springfield',
    '12 Main St., Springfield',
    'address.equal',
  ],
  [
    'address: German street',
    address,
    'Hauptstraße 5, 80333 München',
    'Hauptstr. 5\n80333 München',
    'address.equal',
  ],
  [
    'address: postcode of two parts',
    address,
    '10 Downing St, London SW1A 2AA',
    '10 Downing Street London SW1A2AA',
    'address.equal',
  ],
  [
    'address: a typing error in a name',
    address,
    '27 Jalan Dedap 13, Johor Bahru',
    '27 Jalan Dedop 13, Johor Bahru',
    'address.similar(0.95)',
  ],
  [
    'address: parts in another order',
    address,
    'Hauptstr. 5, 80333 München',
    '80333 München, Hauptstr. 5',
    'address.similar(1.00)',
  ],
];

const NO_MATCH: readonly Row[] = [
  ['exact keeps case', exact, 'Total', 'total', 'text.different'],
  ['combining marks are kept', text, 'résumé', 'resume', 'text.different'],
  ['a minus in front of a digit is no punctuation', text, '-5', '5', 'text.different'],
  ['signs with a meaning are no punctuation', text, 'C#', 'C', 'text.different'],
  ['fuzzy below its threshold', fuzzy, 'abcd', 'abcx', 'text.fuzzy(0.75)'],
  ['id: one digit more', id, 'INV-001', 'INV-0011', 'id.different'],
  ['id: a sign is no separator', id, '-5', '5', 'id.different'],
  ['id: other punctuation is kept', id, 'A_1', 'A1', 'id.different'],
  ['number: decimal comma is no thousands', number, '1,50', '150', 'number.different'],
  ['number: decimal comma with declared point either', point, '1,50', '150', 'number.different'],
  ['number: percent is a unit', number, '10%', 10, 'number.unit'],
  ['number: percent is a unit under a tolerance too', percent, '10%', 10, 'number.unit'],
  ['number: what can be read two ways is not read', number, '1.234', 1234, 'number.ambiguous'],
  ['number: nor the other way', number, '1,234', 1.234, 'number.ambiguous'],
  ['number: two signs', number, '(-5)', -5, 'number.unreadable'],
  ['number: broken groups', number, '1,23,45', 12345, 'number.unreadable'],
  [
    'number: beyond the tolerance by less than a double can tell',
    cents,
    '1',
    '1.01000000000000000001',
    'number.different',
  ],
  ['number: relative tolerance is not a share of the prediction', percent, 99, 100, 'number.different'],
  ['number: powers apart', cents, '1e400', '1e401', 'number.different'],
  ['money: currencies', money, 'USD 5', 'EUR 5', 'money.currency'],
  ['money: symbols', money, '5 €', '$5', 'money.currency'],
  ['money: prediction lacks the currency', money, 'USD 5', '5', 'money.currency'],
  ['money: amounts', money, 'USD 5', 'USD 50', 'money.different'],
  ['money: a symbol for a decimal mark is not swallowed', money, '150 €', '1€50', 'money.unreadable'],
  ['money: percent is no amount', money, '5', '5%', 'money.unreadable'],
  ['date: year first is never day first', dayFirst, '2024-01-02', '2024-02-01', 'date.different'],
  ['date: order declared, the other meant', dayFirst, '2024-01-02', '01/02/2024', 'date.different'],
  ['date: order not declared', date, '2024-01-02', '02.01.2024', 'date.ambiguous'],
  ['date: two-digit year not declared', dayFirst, '2019-01-12', '12-01-19', 'date.two_digit_year'],
  ['date: two-digit year beyond the pivot', pivot, '2069-01-12', '12-01-69', 'date.different'],
  ['date: partial against full', date, 'Jan 2024', '2024-01-01', 'date.partial'],
  ['date: year against full', date, '2024', '2024-01-01', 'date.partial'],
  ['date: no such day', date, '2023-03-01', '2023-02-29', 'date.unreadable'],
  ['boolean: other word', boolean, true, 'perhaps', 'boolean.unreadable'],
  ['boolean: no', boolean, true, 'nein', 'boolean.different'],
  ['enum: another value', choice, 'invoice', 'Gutschrift', 'enum.different'],
  [
    'phone: vanity numbers are not their first digits',
    { type: 'phone', region: 'US' },
    '1-800-FLOWERS',
    '1-800-GARDENS',
    'phone.unreadable',
  ],
  ['phone: extension', german, '030 1234567 ext. 12', '030 1234567', 'phone.different'],
  ['phone: last digit', german, '030 1234567', '030 1234568', 'phone.different'],
  ['address: house number', address, '12 Main Street', '21 Main Street', 'address.number'],
  [
    'address: postcode',
    address,
    'Hauptstr. 5, 80333 München',
    'Hauptstr. 5, 80334 München',
    'address.number',
  ],
  ['address: another street', address, '5 Oak Lane', '5 Elm Road', 'address.similar(0.16)'],
];

describe('values that match', () => {
  it.each(MATCH)('%s', (_, spec, expected, predicted, rule) => {
    expect(compareValues(spec, expected, predicted)).toMatchObject({ match: true, rule });
  });
});
describe('values that do not', () => {
  it.each(NO_MATCH)('%s', (_, spec, expected, predicted, rule) => {
    expect(compareValues(spec, expected, predicted)).toMatchObject({ match: false, rule });
  });
});

describe('no value', () => {
  it.each([[null], [''], ['  \n'], [[]], [{}], [[null, '']]] as const)('%j is no value', (value) => {
    expect(compareValues(text, value, null)).toMatchObject({ match: true, rule: 'absent' });
    expect(compareValues(text, 'x', value)).toMatchObject({
      match: false,
      rule: 'missing',
      similarity: 0,
    });
    expect(compareValues(text, value, 'x')).toMatchObject({
      match: false,
      rule: 'spurious',
      similarity: 0,
    });
  });
  it.each([[0], [false], ['0'], ['-']] as const)('%j is a value', (value) => {
    expect(compareValues(text, value, null)).toMatchObject({ match: false, rule: 'missing' });
  });
});
