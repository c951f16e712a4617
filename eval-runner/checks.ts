/** Checks of what is read from a file or a manifest, by hand: each throws an Error that names the place. */
export function environment(value: unknown, place: string): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, content] of Object.entries(object(value, place))) {
    matching(name, /^[A-Za-z_][A-Za-z0-9_]*$/, `the name ${JSON.stringify(name)} in ${place}`);
    if (typeof content !== 'string' || content.includes('\0'))
      throw new Error(`${place}.${name} must be a string`);
    env[name] = content;
  }
  return env;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
export function object(value: unknown, place: string): Record<string, unknown> {
  if (!isObject(value)) throw new Error(`${place} must be an object`);
  return value;
}
export function list(value: unknown, place: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new Error(`${place} must be a list`);
  return value;
}
export function absolute(value: unknown, place: string): string {
  if (typeof value !== 'string' || !value.startsWith('/') || value.includes('\0'))
    throw new Error(`${place} must be an absolute path`);
  return value;
}
export function command(value: unknown, place: string): string {
  if (typeof value !== 'string' || value.trim() === '' || value.includes('\0'))
    throw new Error(`${place} must be a command`);
  return value;
}
export function positive(value: unknown, place: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1)
    throw new Error(`${place} must be a whole number above 0`);
  return value;
}
export function whole(value: unknown, place: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw new Error(`${place} must be a whole number, 0 or more`);
  return value;
}
export function boolean(value: unknown, place: string): boolean {
  if (typeof value !== 'boolean') throw new Error(`${place} must be true or false`);
  return value;
}
export function matching(value: unknown, pattern: RegExp, place: string): string {
  if (typeof value !== 'string' || !pattern.test(value))
    throw new Error(`${place} must match ${pattern.source}`);
  return value;
}
export function oneOf<const T extends string>(value: unknown, allowed: readonly T[], place: string): T {
  const found = allowed.find((item) => item === value);
  if (found === undefined) throw new Error(`${place} must be one of ${allowed.join(', ')}`);
  return found;
}
