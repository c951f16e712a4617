/** Every page in a browser: nothing breaks, nothing goes elsewhere, everybody can read it, hostile text stays text. */
import { describe, expect, it } from 'vitest';
import { pagesOf } from '../support/site/addresses.js';
import { axeProblems, overflow, useSite } from '../support/site/browser.js';
import { requireTool } from '../support/tools.js';

const present = requireTool('chromium');
const MODES = {
  light: { options: { viewport: { width: 1180, height: 900 } }, which: 'all' },
  dark: { options: { viewport: { width: 1180, height: 900 }, colorScheme: 'dark' }, which: 'kinds' },
  phone: { options: { viewport: { width: 390, height: 844 } }, which: 'kinds' },
} as const;

describe.skipIf(!present)('pages in a browser (need chromium)', { timeout: 120_000 }, () => {
  const seeded = useSite();

  it.each(Object.entries(MODES))(
    'open without complaints or requests elsewhere, and axe finds nothing: %s',
    async (_name, { options, which }) => {
      const { site, as } = seeded();
      const { page, problems, elsewhere } = await as('ada', options);
      for (const [name, path] of Object.entries(pagesOf(site, which))) {
        const answer = await page.goto(`${site.url}${path}`);
        const status = name === 'a hostile document' ? 404 : 200;
        expect({ name, status: answer?.status() }).toEqual({ name, status });
        expect({ name, headings: await page.locator('h1').count() }).toEqual({ name, headings: 1 });
        await page.locator('details').evaluateAll((all) => {
          for (const one of all as unknown as { open: boolean }[]) one.open = true;
        });
        expect({ name, axe: await axeProblems(page) }).toEqual({ name, axe: [] });
        expect({ name, overflow: await overflow(page) }).toEqual({ name, overflow: 0 });
        // A page that is not there says so in the console.
        if (status === 404) problems.length = 0;
        expect({ name, problems, elsewhere }).toEqual({ name, problems: [], elsewhere: [] });
      }
      expect(site.complaints).toEqual([]);
    },
  );

  it('are no wider than a phone of 360 pixels', async () => {
    const { site, as } = seeded();
    const { page } = await as('ada', { viewport: { width: 360, height: 740 } });
    const wide: Record<string, number> = {};
    for (const [name, path] of Object.entries(pagesOf(site, 'all'))) {
      await page.goto(`${site.url}${path}`);
      const pixels = await overflow(page);
      if (pixels !== 0) wide[name] = pixels;
    }
    expect(wide).toEqual({});
  });

  it('show hostile text as text', async () => {
    const { site, as } = seeded();
    const { page, problems, elsewhere } = await as('ada');
    const paths = ['/', '/repositories/acme/invoices', `/evaluations/${site.runs.hostile}`];
    for (const path of paths) {
      await page.goto(`${site.url}${path}`);
      expect(await page.locator('body').innerText()).toContain('<script>');
      expect(await page.evaluate('window.pwned')).toBeUndefined();
      const injected =
        'main script, main iframe, main object, main img[src^="http"], main [style], main [onerror]';
      expect({ path, injected: await page.locator(injected).count() }).toEqual({ path, injected: 0 });
    }
    expect({ problems, elsewhere }).toEqual({ problems: [], elsewhere: [] });
  });

  it('are not there for a reader of another repository', async () => {
    const { site, as } = seeded();
    const { page } = await as('carol');
    const seen: Record<string, number | undefined> = {};
    for (const [name, path] of Object.entries(pagesOf(site, 'kinds')))
      seen[name] = (await page.goto(`${site.url}${path}`))?.status();
    const { overview, ...others } = seen;
    expect(overview).toBe(200);
    expect(Object.values(others)).toEqual(Object.values(others).map(() => 404));
    const own = await page.goto(`${site.url}/evaluations/${site.runs.contracts}`);
    expect(own?.status()).toBe(200);
  });

  it('of a masked field show neither its values nor documents', async () => {
    const { site, as } = seeded();
    const { page } = await as('carol');
    await page.goto(`${site.url}/evaluations/${site.runs.masked}`);
    const text = await page.locator('body').innerText();
    expect(text).toContain('The configuration masks grand_total, seller.vat_id');
    expect(text).not.toContain('2805.84');
    await page.goto(
      `${site.url}/evaluations/${site.runs.masked}/document?pipeline=contracts&document=alpenblick-02`,
    );
    const document = await page.locator('body').innerText();
    expect(document).toContain('masked');
    expect(document).not.toMatch(/2805\.84|2'595\.60/);
    expect(await page.locator('main img').count()).toBe(0);
  });

  it('show a document of a private repository to its readers, and of a public one to those who write', async () => {
    const { site, as } = seeded();
    const path = (id: string): string => `${site.url}/evaluations/${id}/document?document=alpenblick-02`;
    const reader = await as('rita');
    await reader.page.goto(`${path(site.runs.blocked)}&pipeline=invoices`);
    await reader.page.locator('main img').first().waitFor();
    const stranger = await as('mallory');
    const answer = await stranger.page.goto(`${path(site.runs.receipts)}&pipeline=receipts`);
    expect(answer?.status()).toBe(200);
    expect(await stranger.page.locator('main img').count()).toBe(0);
  });
});
