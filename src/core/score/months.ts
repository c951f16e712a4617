/** Names of months and weekdays, from the runtime's own locale data, built when the first written-out date is read. */

const LOCALES = [
  'en',
  'de',
  'fr',
  'es',
  'it',
  'nl',
  'pt',
  'pl',
  'sv',
  'da',
  'nb',
  'fi',
  'cs',
  'hu',
  'ro',
  'tr',
];
/** Abbreviations in use that the locale data lacks. */
const EXTRA: readonly (readonly [string, number])[] = [
  ['sept', 9],
  ['sep', 9],
  ['mrz', 3],
  ['maerz', 3],
  ['jaenner', 1],
  ['janner', 1],
];

export interface Names {
  readonly months: ReadonlyMap<string, number>;
  readonly weekdays: ReadonlySet<string>;
}

/** Lower case without diacritics and dots: `Févr.` → `fevr`. */
export function nameKey(name: string): string {
  return name
    .normalize('NFKD')
    .replace(/[\p{M}.]/gu, '')
    .toLowerCase();
}

let names: Names | undefined;

export function calendarNames(): Names {
  return (names ??= build());
}

function build(): Names {
  const months = new Map<string, number>(EXTRA);
  /** A word that means two different months in two languages names none. */
  const disputed = new Set<string>();
  const add = (name: string, month: number) => {
    const key = nameKey(name);
    if (key === '' || /\d/.test(key)) return;
    const known = months.get(key);
    if (known !== undefined && known !== month) disputed.add(key);
    months.set(key, month);
  };
  const weekdays = new Set<string>();
  for (const locale of LOCALES) {
    for (const style of ['long', 'short'] as const) {
      const alone = new Intl.DateTimeFormat(locale, { month: style, timeZone: 'UTC' });
      // Beside a day, Slavic and other languages use the genitive: `stycznia`, not `styczeń`.
      const beside = new Intl.DateTimeFormat(locale, { day: 'numeric', month: style, timeZone: 'UTC' });
      for (let month = 1; month <= 12; month++) {
        const at = Date.UTC(2024, month - 1, 5);
        add(alone.format(at), month);
        for (const part of beside.formatToParts(at)) if (part.type === 'month') add(part.value, month);
      }
      const weekday = new Intl.DateTimeFormat(locale, { weekday: style, timeZone: 'UTC' });
      for (let day = 1; day <= 7; day++) weekdays.add(nameKey(weekday.format(Date.UTC(2024, 0, day))));
    }
  }
  for (const name of disputed) months.delete(name);
  // Finnish `to` is a Thursday, but in front of a date it is the English end of a range.
  weekdays.delete('to');
  return { months, weekdays };
}
