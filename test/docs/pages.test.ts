/** docs/pages.md against the routes that the pages have. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { badgeUrl } from '../../src/http/site/urls.js';
import { testSite, URL_OF_SITE } from '../http/site-support.js';

const text = readFileSync(new URL('../../docs/pages.md', import.meta.url), 'utf8');

/** Pages that people open: what is neither a file, a part of a page nor the way in. */
function pages(): Set<string> {
  const inside =
    /^\/(?:api|assets|sign-in|signed-out)\b|\.(?:json|csv|html|svg)\b|\\\.|\/(?:image|events|ended)$/;
  return new Set(
    testSite()
      .app.routes.filter(({ method, path }) => method === 'GET' && !inside.test(path))
      .map(({ path }) => path),
  );
}

describe('docs/pages.md', () => {
  it('lists every page and no other', () => {
    const listed = [...text.matchAll(/^\|[^|]+\| `(\/[^`]*)` \|/gm)].map(([, address]) =>
      address!.replace('OWNER', ':owner').replace('NAME', ':name').replace(/ID\b/, ':id'),
    );
    expect(new Set(listed)).toEqual(pages());
    expect(listed.length).toBeGreaterThan(5);
  });

  it('shows the badge as a repository offers it', () => {
    const url = `${URL_OF_SITE}${badgeUrl({ owner: 'acme', name: 'invoices' }, { branch: 'main', key: 'KEY' })}`;
    expect(text).toContain(`(${url})`);
  });

  it.each([...text.matchAll(/\]\(([\w-]+\.md)#([\w-]+)\)/g)].map(([, file, anchor]) => [file!, anchor!]))(
    'leads to a heading that %s has: %s',
    (file, anchor) => {
      const target = readFileSync(new URL(`../../docs/${file}`, import.meta.url), 'utf8');
      const anchors = [...target.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
        heading!
          .toLowerCase()
          .replace(/[^\w\s-]/g, '')
          .replace(/\s/g, '-'),
      );
      expect(anchors).toContain(anchor);
    },
  );
});
