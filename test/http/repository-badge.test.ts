import { describe, expect, it } from 'vitest';
import { repositoryPages } from '../../src/http/pages/repository/index.js';
import type { TrendPoint } from '../../src/ports/insight.js';
import { HOSTILE_TEXTS } from '../support/report.js';
import { get, LINKS, point, REPOSITORY, siteWith } from './insight.js';

const KEY = LINKS.badgeKey(REPOSITORY.id);
const MAIN = [{ pipeline: 'invoices', baseRef: 'main' }];
const refuse = () => Promise.resolve(new Response('sign in', { status: 302 }));

async function badge(trend: readonly TrendPoint[], { key = KEY, pipelines = MAIN, query = '' } = {}) {
  const site = siteWith({
    gate: { visitor: refuse },
    insight: { pipelines: () => Promise.resolve(pipelines), trend: () => Promise.resolve(trend) },
  });
  return get(
    repositoryPages(site),
    `/repositories/acme/invoices/badge.svg?${new URLSearchParams({ key }).toString()}${query}`,
  );
}

const title = (svg: string): string => /<title>([^<]*)<\/title>/.exec(svg)?.[1] ?? '';

describe('the badge', () => {
  it('needs its key and no sign-in', async () => {
    const { status, headers, text } = await badge([point(2, 0.916), point(1, 0.912)]);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('image/svg+xml; charset=utf-8');
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    );
    expect(headers.get('cache-control')).toBe('public, max-age=300');
    expect(title(text)).toBe('extraction accuracy: 91.2 % \u25bc0.4');
  });

  it.each(['', 'x', LINKS.badgeKey(22), LINKS.keyOf('21')])(
    'with the key %# looks like one of an unknown repository',
    async (key) => {
      const wrong = await badge([point(1, 0.9)], { key });
      const unknown = await get(
        repositoryPages(siteWith()),
        `/repositories/acme/unknown/badge.svg?key=${KEY}`,
      );
      expect([wrong.status, wrong.text]).toEqual([unknown.status, unknown.text]);
      expect(wrong.status).toBe(404);
    },
  );

  it.each<[string, readonly TrendPoint[], string]>([
    ['rose', [point(2, 0.9), point(1, 0.912)], '91.2 % \u25b21.2'],
    ['is as it was', [point(2, 0.912), point(1, 0.912)], '91.2 %'],
    ['was measured once', [point(1, 0.912)], '91.2 %'],
    ['has another dataset version', [point(2, 0.95, { datasetVersion: 'x' }), point(1, 0.912)], '91.2 %'],
    ['has no newest score', [point(3, 0.9), point(2, 0.8), point(1, null)], '80.0 % \u25bc10.0'],
    ['was never measured', [], 'not measured'],
  ])('of a branch that %s', async (_, trend, says) => {
    expect(title((await badge(trend)).text)).toBe(`extraction accuracy: ${says}`);
  });

  it('is of another colour where the score fell', async () => {
    const fell = await badge([point(2, 0.9), point(1, 0.8)]);
    const rose = await badge([point(2, 0.8), point(1, 0.9)]);
    expect(fell.text).toContain('#a4330a');
    expect(rose.text).not.toContain('#a4330a');
  });

  it('names its pipeline where there are several', async () => {
    const pipelines = [...MAIN, { pipeline: 'receipts', baseRef: 'main' }];
    const { text } = await badge([point(1, 0.9)], { pipelines, query: '&pipeline=receipts' });
    expect(title(text)).toBe('extraction accuracy: receipts: 90.0 %');
  });

  it.each(HOSTILE_TEXTS.map((text, i) => [i, text] as const))(
    'shows a hostile pipeline as text: %i',
    async (_, pipeline) => {
      const { status, text } = await badge([point(1, 0.9)], {
        pipelines: [
          { pipeline, baseRef: 'main' },
          { pipeline: 'other', baseRef: 'main' },
        ],
      });
      expect(status).toBe(200);
      expect(text).not.toMatch(
        /<(?!\/?(?:svg|title|filter|feGaussianBlur|linearGradient|stop|clipPath|rect|g|text|a)\b)/,
      );
      // eslint-disable-next-line no-control-regex
      expect(text).not.toMatch(/[\u0000-\u001f\u200b\u202e]|\p{Cs}/u);
      expect(text.length).toBeLessThan(5_000);
    },
  );

  it('is offered on the page as markdown with its key', async () => {
    const site = siteWith({ insight: { pipelines: () => Promise.resolve(MAIN) } });
    const { text } = await get(repositoryPages(site), '/repositories/acme/invoices');
    expect(text).toContain(
      `[![extraction accuracy](https://docops.example.com/repositories/acme/invoices/badge.svg?branch=main&amp;key=${KEY})](https://docops.example.com/repositories/acme/invoices)`,
    );
  });

  it('is not offered where nobody knows this server\u2019s address', async () => {
    const site = siteWith({ url: null, insight: { pipelines: () => Promise.resolve(MAIN) } });
    const { text } = await get(repositoryPages(site), '/repositories/acme/invoices');
    expect(text).toContain('DOCOPS_URL');
    expect(text).not.toContain('[![');
  });
});
