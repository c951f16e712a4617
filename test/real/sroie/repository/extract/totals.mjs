const AMOUNT = /(?:RM\s*)?(\d{1,3}(?:,\d{3})*\.\d{2}|\d+\.\d{2})\b/i;
// From the most to the least certain.
const LABELS = [
  /round(?:ed|d)\s*total|total\s*\(?rounded|total rounded|rounded total|nett? total/i,
  /grand total|total amount|amount due|total due|total payable|total sales \(inclusive/i,
  /^total(?:\s*\(?(?:rm|incl).*)?\s*:?/i,
  /\btotal\b(?!.*(?:qty|item|gst|tax|disc|exclu))/i,
];

/** The amount behind the label, or on one of the two lines that follow. */
export function readTotal(lines) {
  for (const label of LABELS) {
    for (const [index, line] of lines.entries()) {
      if (!label.test(line)) continue;
      const near = [line, ...lines.slice(index + 1, index + 3)];
      const amount = near.map((text) => AMOUNT.exec(text)?.[1]).find((value) => value !== undefined);
      if (amount !== undefined && amount !== '0.00') return amount.replace(/,/g, '');
    }
  }
  return null;
}
