/** Amounts with their currency. */
import { SCALAR_CHARACTERS } from '../limits.js';
import type { Json, MoneySpec } from '../words.js';
import { decimalKey, numberToDecimal, readDecimal, type Decimal, type DecimalProblem } from './decimal.js';

export interface MoneyReading {
  readonly decimal: Decimal;
  /** Equal for equal amounts. */
  readonly amount: string;
  /** ISO 4217 codes that the value may mean: none when it names no currency, several for `$` or `kr`. */
  readonly currencies: readonly string[];
}
export type MoneyProblem = DecimalProblem | 'currency';

/** Symbols and words → codes. A symbol that several currencies share means each of them. */
const SYMBOLS: Readonly<Record<string, readonly string[]>> = {
  '€': ['EUR'],
  euro: ['EUR'],
  euros: ['EUR'],
  $: ['USD', 'CAD', 'AUD', 'NZD', 'SGD', 'HKD', 'MXN', 'TWD', 'ARS', 'CLP', 'COP'],
  us$: ['USD'],
  usd$: ['USD'],
  dollar: ['USD', 'CAD', 'AUD', 'NZD', 'SGD', 'HKD'],
  dollars: ['USD', 'CAD', 'AUD', 'NZD', 'SGD', 'HKD'],
  a$: ['AUD'],
  au$: ['AUD'],
  c$: ['CAD'],
  ca$: ['CAD'],
  cad$: ['CAD'],
  hk$: ['HKD'],
  nz$: ['NZD'],
  s$: ['SGD'],
  sg$: ['SGD'],
  mx$: ['MXN'],
  nt$: ['TWD'],
  r$: ['BRL'],
  '£': ['GBP'],
  pound: ['GBP'],
  pounds: ['GBP'],
  '¥': ['JPY', 'CNY'],
  円: ['JPY'],
  元: ['CNY'],
  yen: ['JPY'],
  rmb: ['CNY'],
  '₩': ['KRW'],
  '₹': ['INR'],
  rs: ['INR', 'PKR', 'LKR', 'NPR', 'MUR'],
  '₽': ['RUB'],
  руб: ['RUB'],
  '₺': ['TRY'],
  tl: ['TRY'],
  '₫': ['VND'],
  '₪': ['ILS'],
  '₦': ['NGN'],
  '₱': ['PHP'],
  '฿': ['THB'],
  '₴': ['UAH'],
  zł: ['PLN'],
  zl: ['PLN'],
  kč: ['CZK'],
  kc: ['CZK'],
  ft: ['HUF'],
  lei: ['RON'],
  лв: ['BGN'],
  kr: ['SEK', 'NOK', 'DKK', 'ISK'],
  fr: ['CHF'],
  sfr: ['CHF'],
  rm: ['MYR'],
  rp: ['IDR'],
};
/** Codes that the runtime's list no longer has but documents of the last decades do. */
const FORMER = [
  'DEM',
  'FRF',
  'ITL',
  'ESP',
  'NLG',
  'BEF',
  'ATS',
  'FIM',
  'IEP',
  'PTE',
  'GRD',
  'HRK',
  'LTL',
  'LVL',
  'EEK',
  'SKK',
  'SIT',
];
/** The notations that nearly all amounts have; the same result as the long way, sooner. */
const USUAL = /^(?:([A-Z]{3}|[€$£]) ?)?(-?\d[\d.,]*\d|\d)(?: ?([A-Z]{3}|[€$£]))?$/;
const TOKEN = /[\p{L}\p{Sc}]+/gu;

let codes: ReadonlySet<string> | undefined;
function currenciesOf(token: string): readonly string[] | undefined {
  codes ??= new Set([...Intl.supportedValuesOf('currency'), ...FORMER]);
  const upper = token.toUpperCase();
  if (codes.has(upper)) return [upper];
  const lower = token.toLowerCase();
  return Object.hasOwn(SYMBOLS, lower) ? SYMBOLS[lower] : undefined;
}

/** `USD 5`, `5 USD`, `$5`, `-$5`, `5,00 €`, `CHF 5.-`, `(€5)`, `Rs. 500`; a JSON number is an amount without currency. */
export function readMoney(value: Json, spec: MoneySpec): MoneyReading | MoneyProblem {
  if (typeof value === 'number') {
    const decimal = numberToDecimal(value);
    return decimal === undefined ? 'unreadable' : reading(decimal, []);
  }
  if (typeof value !== 'string' || value.length > SCALAR_CHARACTERS) return 'unreadable';
  const usual = USUAL.exec(value);
  if (usual !== null && (usual[1] === undefined) !== (usual[3] === undefined)) {
    const currencies = currenciesOf(usual[1] ?? usual[3] ?? '');
    const amount = readDecimal(usual[2] ?? '', spec.decimal);
    if (currencies !== undefined && typeof amount !== 'string') return reading(amount.decimal, currencies);
  }
  const text = value.normalize('NFKC').trim();
  const bare = readDecimal(text, spec.decimal);
  if (typeof bare !== 'string') return bare.unit === '' ? reading(bare.decimal, []) : 'unreadable';
  if (bare === 'ambiguous') return bare;
  const firstDigit = text.search(/\d/);
  const lastDigit = text.search(/\d\D*$/);
  let currencies: readonly string[] | undefined;
  for (const token of text.matchAll(TOKEN)) {
    // Between digits it would be a decimal mark: `1€50` is not 150.
    if (token.index > firstDigit && token.index < lastDigit) return 'unreadable';
    const meant = currenciesOf(token[0]);
    if (meant === undefined) return 'currency';
    const both: readonly string[] =
      currencies === undefined ? meant : currencies.filter((code) => meant.includes(code));
    if (both.length === 0) return 'currency';
    currencies = both;
  }
  if (currencies === undefined) return 'unreadable';
  const rest = text.replace(/\p{L}+\.|[\p{L}\p{Sc}]+/gu, ' ').trim();
  const amount = readDecimal(
    rest.replace(/^([(+\-−–]+)\s+/u, '$1').replace(/\s+([)\-−–]+)$/u, '$1'),
    spec.decimal,
  );
  if (typeof amount === 'string') return amount;
  return amount.unit === '' ? reading(amount.decimal, currencies) : 'unreadable';
}

function reading(decimal: Decimal, currencies: readonly string[]): MoneyReading {
  return { decimal, amount: decimalKey(decimal), currencies };
}

export function moneyKey({ amount, currencies }: MoneyReading): string {
  return `${amount} ${currencies.length === 1 ? (currencies[0] ?? '') : currencies.join('/')}`;
}

/** Whether the two sides' currencies agree under the field's policy for a missing one. */
export function currenciesAgree(
  expected: readonly string[],
  predicted: readonly string[],
  policy: MoneySpec['missingCurrency'],
): boolean {
  if (expected.length === 0) return true;
  if (predicted.length === 0) return policy === 'any';
  return expected.some((code) => predicted.includes(code));
}
