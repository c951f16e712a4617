/**
 * Draws every page of the seeded instance, in light, in dark and on a phone, into the folder DOCOPS_PICTURES:
 * DOCOPS_PICTURES=/tmp/pages npx vitest run --config docs/images/draw.config.ts
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { pagesOf } from '../../test/support/site/addresses.js';
import { useSite } from '../../test/support/site/browser.js';

const MODES = {
  light: { viewport: { width: 1180, height: 900 }, deviceScaleFactor: 1.5 },
  dark: { viewport: { width: 1180, height: 900 }, deviceScaleFactor: 1.5, colorScheme: 'dark' },
  phone: { viewport: { width: 390, height: 844 } },
} as const;

const seeded = useSite();

it.each(Object.entries(MODES))('%s', { timeout: 300_000 }, async (mode, options) => {
  const { site, as } = seeded();
  const folder = process.env['DOCOPS_PICTURES'];
  if (folder === undefined) throw new Error('DOCOPS_PICTURES names the folder for the pictures');
  mkdirSync(folder, { recursive: true });
  const { page } = await as('ada', options);
  for (const [name, path] of Object.entries(pagesOf(site, 'all'))) {
    const answer = await page.goto(`${site.url}${path}`);
    expect(answer?.status()).toBeLessThan(500);
    const file = `${name.replaceAll(' ', '-')}-${mode}`;
    await page.screenshot({ path: join(folder, `${file}.png`) });
    // As long as dozens of screens where hostile text is.
    if (!name.includes('hostile'))
      await page.screenshot({ path: join(folder, `${file}-whole.png`), fullPage: true });
  }
});
