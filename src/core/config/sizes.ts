/** `4GiB`, `512MiB`, `1.5GB`: powers of 1024 with an `i`, powers of 1000 without. */
export const SIZE_PATTERN = /^\d{1,9}(?:\.\d{1,3})? ?(?:[KMGT]i?B)$/;

const UNIT_BYTES: Readonly<Record<string, number>> = {
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  TiB: 1024 ** 4,
};

/** Whole bytes, or undefined when the text is not a size. */
export function parseSize(text: string): number | undefined {
  if (!SIZE_PATTERN.test(text)) return undefined;
  const [, count, unit] = /^([\d.]+) ?(\w+)$/.exec(text) ?? [];
  return Math.round(Number(count) * (UNIT_BYTES[unit ?? ''] ?? Number.NaN));
}

/** The largest unit that gives a whole number: 4_294_967_296 → `4GiB`, 1_500_000_000 → `1500MB`. */
export function formatSize(bytes: number): string {
  for (const unit of ['TiB', 'TB', 'GiB', 'GB', 'MiB', 'MB', 'KiB', 'KB']) {
    const size = UNIT_BYTES[unit] ?? 1;
    if (bytes >= size && bytes % size === 0) return `${bytes / size}${unit}`;
  }
  return `${bytes} bytes`;
}
