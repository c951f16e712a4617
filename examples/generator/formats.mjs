/** How amounts and dates are printed. Amounts are whole minor units (cents, or yen), so nothing is ever rounded twice. */

const group = (digits, separator) => digits.replace(/\B(?=(\d{3})+$)/g, separator);

function printer(thousands, decimal, places = 2) {
  return (minor) => {
    const digits = String(Math.abs(minor)).padStart(places + 1, '0');
    const whole = group(places === 0 ? digits : digits.slice(0, -places), thousands);
    return (minor < 0 ? '-' : '') + whole + (places === 0 ? '' : decimal + digits.slice(-places));
  };
}

export const amounts = {
  comma: printer('.', ','), // 1.234,56
  point: printer(',', '.'), // 1,234.56
  space: printer(' ', ','), // 1 234,56
  apostrophe: printer("'", '.'), // 1'234.56
  spacePoint: printer(' ', '.'), // 1 234.56, the payment part of a Swiss QR bill
  whole: printer(',', '.', 0), // 12,345 yen
};

/** 1.234,56- : the way some accounting systems print a negative amount. */
export const trailingMinus = (print) => (minor) => (minor < 0 ? `${print(-minor)}-` : print(minor));
/** (1,234.56) : accountants' brackets. */
export const brackets = (print) => (minor) => (minor < 0 ? `(${print(-minor)})` : print(minor));

/** Quantities are thousandths: 1500 → 1,5. */
export function quantity(thousandths, decimal) {
  const [whole, rest] = (thousandths / 1000).toFixed(3).split('.');
  const kept = rest.replace(/0+$/, '');
  return kept === '' ? whole : whole + decimal + kept;
}

const two = (n) => String(n).padStart(2, '0');
const months = {
  en: 'January February March April May June July August September October November December',
  es: 'enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre',
  fr: 'janvier février mars avril mai juin juillet août septembre octobre novembre décembre',
  de: 'Januar Februar März April Mai Juni Juli August September Oktober November Dezember',
};
const month = (language, m) => months[language].split(' ')[m - 1];

export const dates = {
  iso: ({ y, m, d }) => `${y}-${two(m)}-${two(d)}`,
  dots: ({ y, m, d }) => `${two(d)}.${two(m)}.${y}`,
  shortDots: ({ y, m, d }) => `${two(d)}.${two(m)}.${two(y % 100)}`,
  dashes: ({ y, m, d }) => `${two(d)}-${two(m)}-${y}`,
  slashes: ({ y, m, d }) => `${two(d)}/${two(m)}/${y}`,
  american: ({ y, m, d }) => `${two(m)}/${two(d)}/${y}`,
  yearFirst: ({ y, m, d }) => `${y}/${two(m)}/${two(d)}`,
  english: ({ y, m, d }) => `${d} ${month('en', m)} ${y}`,
  spanish: ({ y, m, d }) => `${d} de ${month('es', m)} de ${y}`,
  french: ({ y, m, d }) => `${d === 1 ? '1er' : d} ${month('fr', m)} ${y}`,
  german: ({ y, m, d }) => `${d}. ${month('de', m)} ${y}`,
};

/** Calendar arithmetic without a time zone. */
export function addDays({ y, m, d }, days) {
  const date = new Date(Date.UTC(y, m - 1, d + days));
  return { y: date.getUTCFullYear(), m: date.getUTCMonth() + 1, d: date.getUTCDate() };
}
