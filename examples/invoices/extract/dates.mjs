// The first letters of the months in English, German, French, Spanish and Dutch, without accents.
const MONTHS = {
  jan: 1,
  ene: 1,
  feb: 2,
  fev: 2,
  mar: 3,
  maa: 3,
  apr: 4,
  avr: 4,
  abr: 4,
  may: 5,
  mai: 5,
  mei: 5,
  jun: 6,
  jui: 6,
  jul: 7,
  aug: 8,
  aou: 8,
  ago: 8,
  sep: 9,
  oct: 10,
  okt: 10,
  nov: 11,
  dec: 12,
  dez: 12,
  dic: 12,
};

const YEAR_FIRST = /\b(\d{4})[-/](\d{2})[-/](\d{2})\b/;
const NUMERIC = /\b(\d{1,2})[./-](\d{1,2})[./-](\d{4}|\d{2})\b/;
const IN_WORDS = /\b(\d{1,2})(?:\.|er| de)? (\p{L}{3,})(?: de)? (\d{4})\b/u;

/** The first date in a text, as YYYY-MM-DD; null when there is none. */
export function parseDate(text, { monthFirst = false } = {}) {
  const iso = YEAR_FIRST.exec(text);
  if (iso !== null) return format(iso[1], iso[2], iso[3]);
  const numeric = NUMERIC.exec(text);
  if (numeric !== null) {
    const [, first, second, year] = numeric;
    return monthFirst ? format(year, first, second) : format(year, second, first);
  }
  const words = IN_WORDS.exec(text);
  const month = words === null ? undefined : MONTHS[plain(words[2]).slice(0, 3)];
  return month === undefined ? null : format(words[3], month, words[1]);
}

const plain = (word) => word.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();

function format(year, month, day) {
  const full = year.length === 2 ? `20${year}` : year;
  return `${full}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
}
