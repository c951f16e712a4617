import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { KIND_WORDS } from '../../src/core/check/conclusion.js';
import { CANARY_LATE_MS } from '../../src/ready.js';
import { VARIABLES } from '../../src/settings/variables.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const text = readFileSync(join(root, 'docs/operate.md'), 'utf8');
/** All texts of the program, with the typographic apostrophe as people type it. */
const source = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.tsx?$/.test(name))
  .map((name) => readFileSync(join(root, 'src', name), 'utf8'))
  .join('\n');

describe('docs/operate.md', () => {
  const [, failures = ''] = text.split('## When something is wrong');

  it('quotes what the program says', () => {
    const quotes = [...failures.matchAll(/"([^"]+)"/g)].map(([, quote]) => quote!);
    expect(quotes.length).toBeGreaterThanOrEqual(6);
    for (const quote of quotes) expect(source.includes(quote), quote).toBe(true);
  });

  it('calls answers as the check calls them', () => {
    const words: string[] = Object.values(KIND_WORDS).map(({ word }) => word);
    const named = [...failures.matchAll(/^\| \*([^*]+)\*/gm)].map(([, name]) => name!);
    expect(named.length).toBeGreaterThanOrEqual(4);
    for (const name of named) expect(words, name).toContain(name);
  });

  it('names variables that there are', () => {
    for (const [, name] of text.matchAll(/`(DOCOPS_[A-Z_]+|DATABASE_URL|WEBHOOK_\w+|LOG_\w+)/g))
      expect(Object.keys(VARIABLES)).toContain(name);
  });

  it('says how long a canary may be away', () => {
    expect(text).toContain('in the last three minutes');
    expect(Math.floor(CANARY_LATE_MS / 60_000)).toBe(3);
  });
});
