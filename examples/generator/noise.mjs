/**
 * What a scanner and an OCR engine do to a receipt: letters and digits that look alike are exchanged, now and then
 * a decimal point is lost or a space slips in. `rate` is the chance for each character that has a double.
 */
const DOUBLES = { 0: 'O', 1: 'l', 5: 'S', 8: 'B', O: '0', I: 'l', S: '5', B: '8', l: '1', e: 'c', ',': '.' };

export function scannerNoise(random, rate) {
  return (text) => {
    let seen = '';
    for (const character of text) {
      const double = DOUBLES[character];
      seen += double !== undefined && random.chance(rate) ? double : character;
      if (character !== ' ' && random.chance(rate / 12)) seen += ' ';
    }
    return seen;
  };
}
