import type { Json, ScalarSpec } from '../words.js';

export interface InferredScalar {
  readonly type: ScalarSpec['type'];
  readonly options: Readonly<Record<string, Json>>;
  readonly notes: readonly string[];
}

/** Words of a name (`seller.vat_id`, `dueDate`) that say what its values are. */
const HINTS = {
  money: words(
    'total amount price cost sum tax vat gross net balance fee due payable paid subtotal discount betrag summe preis',
  ),
  notMoney: words('rate percent percentage count quantity qty number no id code date menge anzahl'),
  id: words(
    'id number no nr num code reference ref iban bic swift vat sku ean gtin isbn postcode zip plz postal account order serial uuid key nummer',
  ),
  address: words('address addr street anschrift adresse'),
  phone: words('phone tel telephone telefon mobile fax handy'),
  text: words(
    'name title description text note notes comment company city town vendor seller buyer merchant customer',
  ),
} as const;

function words(list: string): ReadonlySet<string> {
  return new Set(list.split(' '));
}

/** How many of the values must look alike; labels written by people have slips. */
const MOST = 0.9;
const MONTH = /\b(?:jan|feb|m[aä]r|apr|ma[iy]|jun|jul|aug|sep|o[ck]t|nov|de[cz])/i;
const YEAR_FIRST = /^\d{4}([-/.])\d{1,2}\1\d{1,2}(?:[T ].*)?$/;
const DAY_OR_MONTH_FIRST = /^(\d{1,2})([-/. ])\s?(\d{1,2})\2\s?(\d{4}|\d{2})$/;
const SYMBOL = /[€$£¥₹]|\b(?:EUR|USD|GBP|CHF|JPY|CNY|INR|CAD|AUD|SGD|MYR|RM|SEK|NOK|DKK|PLN|CZK)\b/;
const NUMERIC = /^[-+(]?\d(?:[\d.,' ]*\d)?\)?-?$/;

/** @param name last part of the field's path; @param values not empty, none of them null or blank. */
export function inferScalar(name: string, values: readonly Json[]): InferredScalar {
  const hints = new Set(
    name
      .replace(/([a-z])([A-Z])/g, '$1 $2')
      .toLowerCase()
      .split(/[^\p{L}\p{N}]+/u),
  );
  const last = [...hints].at(-1) ?? '';
  // `seller` names a text, `seller_id` an id: for texts the last word decides.
  const hinted = (kind: keyof typeof HINTS) =>
    kind === 'text' ? HINTS.text.has(last) : [...hints].some((word) => HINTS[kind].has(word));
  const texts = values.map((value) =>
    typeof value === 'string' ? value.trim() : String(value as number | boolean),
  );
  const strings = values.every((value) => typeof value === 'string');
  const share = (test: (text: string) => boolean) => texts.filter(test).length / texts.length;
  const is = (
    type: ScalarSpec['type'],
    options: Record<string, Json> = {},
    notes: readonly string[] = [],
  ) => ({
    type,
    options,
    notes,
  });

  if (values.every((value) => typeof value === 'boolean')) return is('boolean');
  if (share((text) => /^(?:true|false|yes|no|ja|nein)$/i.test(text)) === 1) return is('boolean');
  const date = inferDate(texts);
  if (date !== undefined) return { type: 'date', ...date };
  const bare = (text: string) => text.replace(SYMBOL, '').trim();
  if (hinted('phone') && share((text) => /^[+\d][\d\s()/.-]{4,}$/.test(text)) >= MOST) return is('phone');
  if (share((text) => NUMERIC.test(bare(text))) >= MOST) {
    const symbols = share((text) => SYMBOL.test(text)) > 0;
    const digitsOnly = share((text) => /^\d+$/.test(text)) >= MOST;
    if (
      strings &&
      !symbols &&
      (hinted('id') || digitsOnly) &&
      !(hinted('money') && !digitsOnly) &&
      !hints.has('quantity')
    ) {
      return is('id');
    }
    // Money has at most two decimals; a unit price with four is a number.
    // In a text three digits after a separator may be a group of thousands.
    const fine = strings ? /[.,]\d{4,}$/ : /\.\d{3,}$/;
    const cents = !texts.some((text) => fine.test(bare(text)));
    const money = symbols || (hinted('money') && !hinted('notMoney') && cents);
    return is(money ? 'money' : 'number', decimalOption(texts.map(bare), strings));
  }
  if (hinted('address') && share((text) => /\d/.test(text)) >= 0.5) return is('address');
  const distinct = new Set(texts);
  const codes = share((text) => /^[A-Z]{2,3}$/.test(text)) === 1;
  const oneWord = share((text) => /^\p{L}{1,20}(?:[_-]\p{L}{1,20}){0,2}$/u.test(text)) === 1;
  if (
    !hinted('text') &&
    distinct.size <= 12 &&
    ((codes && texts.length >= 3) || (oneWord && texts.length >= 4 * distinct.size))
  ) {
    return is('enum');
  }
  const coded = share((text) => /\d/.test(text) && /^[\p{L}\d\s./#_-]{1,40}$/u.test(text)) >= MOST;
  if (coded && (hinted('id') || share((text) => !text.includes(' ')) >= MOST) && !hinted('text'))
    return is('id');
  const long = texts.reduce((sum, text) => sum + text.length, 0) / texts.length > 60;
  return is('text', long ? { match: 'fuzzy' } : {});
}

/** Declared only where it is needed: some values can be read both ways, and others tell which way is right. */
function decimalOption(texts: readonly string[], strings: boolean): Record<string, Json> {
  if (!strings) return {};
  const ambiguous = texts.some((text) => /^\D*\d{1,3}[.,]\d{3}\D*$/.test(text));
  const comma = texts.filter((text) => /,\d{1,2}\D*$/.test(text) || /\.\d{3},/.test(text)).length;
  const point = texts.filter((text) => /\.\d{1,2}\D*$/.test(text) || /,\d{3}\./.test(text)).length;
  if (!ambiguous || comma > 0 === point > 0) return {};
  return { decimal: comma > 0 ? 'comma' : 'point' };
}

function inferDate(texts: readonly string[]): { options: Record<string, Json>; notes: string[] } | undefined {
  let yearFirst = 0;
  let named = 0;
  let dayFirst = 0;
  let monthFirst = 0;
  let open = 0;
  let dots = 0;
  let shortYears = 0;
  for (const text of texts) {
    const parts = DAY_OR_MONTH_FIRST.exec(text);
    if (YEAR_FIRST.test(text)) yearFirst += 1;
    else if (parts !== null) {
      const [first, second] = [Number(parts[1]), Number(parts[3])];
      if (first > 31 || second > 31 || (first > 12 && second > 12)) continue;
      if (parts[4]?.length === 2) shortYears += 1;
      if (first > 12) dayFirst += 1;
      else if (second > 12) monthFirst += 1;
      else {
        open += 1;
        if (parts[2] === '.') dots += 1;
      }
    } else if (text.length <= 40 && MONTH.test(text) && /\d/.test(text)) {
      named += 1;
      if (/\b\d{1,2}\W+\p{L}+\W+\d{2}$/u.test(text)) shortYears += 1;
    }
  }
  const numeric = dayFirst + monthFirst + open;
  if (yearFirst + named + numeric < texts.length * MOST) return undefined;
  const options: Record<string, Json> = {};
  const notes: string[] = [];
  if (dayFirst + monthFirst > 0) {
    options['day_first'] = dayFirst >= monthFirst;
    const few = Math.min(dayFirst, monthFirst);
    if (few > 0) notes.push(`${few} of ${texts.length} labels written the other way round`);
  } else if (dots > 0) {
    options['day_first'] = true;
  } else if (open > 0) {
    notes.push('TODO: declare day_first; every label can be read both ways');
  }
  if (shortYears > 0) {
    // As POSIX strptime reads %y: 00–68 are 20yy.
    options['pivot'] = 68;
    notes.push(`${shortYears} of ${texts.length} labels with a two-digit year`);
  }
  return { options, notes };
}
