import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createLinks } from '../../src/http/links.js';

const id = randomUUID();

describe('links to evaluations', () => {
  const links = createLinks('https://docops.example.com', ['the-secret-of-today-1']);

  it('carry a key that opens this evaluation and no other', () => {
    const url = new URL(links.detailsUrl(id) ?? '');
    expect(url.origin + url.pathname).toBe(`https://docops.example.com/evaluations/${id}`);
    const key = url.searchParams.get('key') ?? '';
    expect(key).toMatch(/^[\w-]{43}$/);
    expect(links.fits(id, key)).toBe(true);
    expect(links.fits(randomUUID(), key)).toBe(false);
  });

  it.each(['', 'x', 'é'.repeat(43), 'A'.repeat(43), 'A'.repeat(10_000)])('refuse the key %#', (key) => {
    expect(links.fits(id, key)).toBe(false);
  });

  it('do not give the webhook secret away and differ between servers', () => {
    expect(createLinks('https://x', ['another-secret-here']).keyOf(id)).not.toBe(links.keyOf(id));
  });

  it('made with the previous secret hold while that is set', () => {
    const rotating = createLinks(null, ['the-secret-of-tomorrow', 'the-secret-of-today-1']);
    expect(rotating.fits(id, links.keyOf(id))).toBe(true);
    expect(rotating.keyOf(id)).not.toBe(links.keyOf(id));
  });

  it('are none where nobody can reach the server', () => {
    expect(createLinks(null, ['the-secret-of-today-1']).detailsUrl(id)).toBeNull();
  });
});

describe('keys of badges', () => {
  const links = createLinks('https://docops.example.com', ['the-secret-of-today-1']);

  it('open the badges of this repository and of no other', () => {
    const key = links.badgeKey(21);
    expect(key).toMatch(/^[\w-]{43}$/);
    expect(links.badgeFits(21, key)).toBe(true);
    expect(links.badgeFits(22, key)).toBe(false);
  });

  it('do not open an evaluation, nor does its key open a badge', () => {
    expect(links.fits('21', links.badgeKey(21))).toBe(false);
    expect(links.badgeFits(21, links.keyOf('21'))).toBe(false);
  });

  it('made with the previous secret hold while that is set', () => {
    const rotating = createLinks(null, ['the-secret-of-tomorrow', 'the-secret-of-today-1']);
    expect(rotating.badgeFits(21, links.badgeKey(21))).toBe(true);
    expect(createLinks(null, ['the-secret-of-tomorrow']).badgeFits(21, links.badgeKey(21))).toBe(false);
  });
});
