const COMPANY =
  /\b(?:SDN\.?|BHD|ENTERPRISE|TRADING|RESTAURANT|RESTORAN|STORE|MART|HARDWARE|PLT|CAFE|COMPANY|SHOP|BOOK)\b/i;
const REGISTRATION =
  /\b(?:CO\.? ?(?:REG|NO)|REG(?:ISTRATION)?\.? ?(?:NO|:)|ROC|GST|COMPANY NO)\b|^\(?\d{5,}-?[A-Z]?\)?$|^\(?[A-Z]{2}\d{6,}/i;
const AFTER_ADDRESS =
  /\b(?:TEL|FAX|H\/?P|PHONE|GST|INVOICE|RECEIPT|BILL|DATE|CASHIER|E-?MAIL|WWW|HTTP|DOC|TABLE)\b|^\*|---/i;
const STREET =
  /^(?:NO\.?|LOT|JALAN|JLN|GROUND|UNIT|TINGKAT|BLOCK|PT|\d+[A-Z]?[,\- ])|\bJALAN\b|\bTAMAN\b|\bJLN\b/i;

/** The company stands on top, maybe under the cashier's name; its address goes on until the telephone number. */
export function readCompanyAndAddress(lines) {
  const top = lines.slice(0, 12);
  const found = top.findIndex((line) => COMPANY.test(line));
  const at = found === -1 ? 0 : found;
  return { company: top[at] ?? null, address: readAddress(lines.slice(at + 1, at + 12)) };
}

function readAddress(lines) {
  const start = lines.findIndex((line) => STREET.test(line) && !REGISTRATION.test(line));
  if (start === -1) return null;
  const address = [];
  for (const line of lines.slice(start)) {
    if (AFTER_ADDRESS.test(line) || REGISTRATION.test(line)) break;
    address.push(line);
  }
  return address.length === 0 ? null : address.join(' ');
}
