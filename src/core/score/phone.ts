/** Telephone numbers: digits with country code (ITU E.164), by libphonenumber's national rules. */
import { isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/min';

/** Longest text that libphonenumber reads; longer ones are no numbers. */
const PHONE_CHARACTERS = 250;
const NAMED = /^\s*(?:tel(?:efon|ephone|éfono|efono)?|ph(?:one)?|fon|mob(?:ile|il)?|fax|[tmf])\b\s*[.:]*\s*/i;
const EXTENSION = /(?:ext(?:ension)?|x|durchwahl|dw|#)\.?\s*\d{1,7}$/i;

export interface PhoneReading {
  readonly digits: string;
  /** Read with a country code. */
  readonly international: boolean;
}

/**
 * Undefined when the text is not a number: letters other than an extension (`1-800-FLOWERS` must not match another vanity
 * number by its first digits), or no digits. A number that no national plan knows is still its digits.
 */
export function readPhone(text: string, region: string | undefined): PhoneReading | undefined {
  if (text.length > PHONE_CHARACTERS) return undefined;
  const bare = text.normalize('NFKC').replace(NAMED, '').trim();
  if (!/\d/.test(bare) || /\p{L}/u.test(bare.replace(EXTENSION, ''))) return undefined;
  const upper = region?.toUpperCase();
  const country = upper !== undefined && isSupportedCountry(upper) ? upper : undefined;
  const parsed = parsePhoneNumberFromString(/^00[1-9]/.test(bare) ? `+${bare.slice(2)}` : bare, {
    ...(country !== undefined && { defaultCountry: country }),
    extract: false,
  });
  if (parsed !== undefined) {
    return {
      digits: parsed.ext === undefined ? parsed.number : `${parsed.number};ext=${parsed.ext}`,
      international: true,
    };
  }
  return { digits: (bare.startsWith('+') ? '+' : '') + bare.replace(/\D/g, ''), international: false };
}
