/** What people do on the pages, in a browser: filters, keyboard, sign-in, progress, a configuration tried. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { signIn, useSite } from '../support/site/browser.js';
import { requireTool } from '../support/tools.js';

const present = requireTool('chromium');
const INVOICES = '/repositories/acme/invoices';

const rowsOf = (page: Page, table: string): Promise<string[]> =>
  page.locator(`${table} tbody tr th`).allInnerTexts();

/** Chooses in a form as a person does. With the script that is enough; without it the form is sent. */
async function choose(page: Page, form: string, name: string, value: string, script: boolean): Promise<void> {
  const control = page.locator(`${form} [name=${name}]`);
  const tag = await control.evaluate((one) => (one as unknown as { tagName: string }).tagName);
  if (tag === 'SELECT') await control.selectOption(value);
  else if ((await control.getAttribute('type')) === 'checkbox') await control.check();
  else await control.fill(value);
  if (!script) await page.locator(`${form} button[type=submit]`).click();
}

describe.skipIf(!present)('people on the pages, in a browser (need chromium)', { timeout: 120_000 }, () => {
  const seeded = useSite();

  describe.each([
    ['with the script', true],
    ['without the script', false],
  ])('%s', (_name, script) => {
    const visit = async () => {
      const kept = await seeded().as('ada', { javaScriptEnabled: script });
      // What a page still asked for when the test before left it.
      await kept.page.goto('about:blank');
      kept.problems.length = 0;
      return kept;
    };

    it.each([
      ['q', 'alpenblick', /^alpenblick/],
      ['field', 'grand_total', /^(?:alpenblick|bistro|cornerstone|rheinstahl)/],
      ['change', 'became-wrong', /^alpenblick/],
      ['kind', 'missing', /./],
      ['template', 'bistro', /^bistro/],
      ['slice', 'language:de', /^(?!cornerstone|bistro)/],
    ])('documents of a run are filtered: %s', async (name, value, all) => {
      const { site } = seeded();
      const { page, problems } = await visit();
      await page.goto(`${site.url}/evaluations/${site.runs.blocked}`);
      const before = await rowsOf(page, '#document-table');
      await choose(page, 'form.documents-filter', name, value, script);
      await page.waitForURL((url) => url.search.includes(encodeURIComponent(value)));
      await expect.poll(() => rowsOf(page, '#document-table')).not.toEqual(before);
      const after = await rowsOf(page, '#document-table');
      expect(after.length).toBeGreaterThan(0);
      for (const row of after) expect(row.trim()).toMatch(all);
      // The address shows the same by itself.
      await page.reload();
      expect(await rowsOf(page, '#document-table')).toEqual(after);
      expect(problems).toEqual([]);
    });

    it('runs of a repository are filtered', async () => {
      const { site } = seeded();
      const { page } = await visit();
      const words = async (): Promise<string[]> => page.locator('#runs table tbody tr').allInnerTexts();
      for (const [name, value, is] of [
        ['run_pipeline', 'receipts', /receipts/],
        ['verdict', 'block', /blocked|accepted/i],
        ['pull', '111', /#111/],
      ] as const) {
        await page.goto(`${site.url}${INVOICES}`);
        const before = await words();
        await choose(page, '#runs form', name, value, script);
        if (name === 'pull' && script) await page.keyboard.press('Enter');
        await page.waitForURL((url) => url.search.includes(value));
        await expect.poll(async () => (await words()).filter((row) => !is.test(row))).toEqual([]);
        expect(await words()).not.toEqual(before);
      }
    });

    it('lines of the ledger and repositories are found', async () => {
      const { site } = seeded();
      const { page } = await visit();
      await page.goto(`${site.url}${INVOICES}/ledger`);
      await page.locator('main form select[name=action]').selectOption({ index: 1 });
      await page.locator('main form input[name=actor]').fill('ada');
      await page.locator('main form button[type=submit]').first().click();
      await page.waitForURL((url) => url.search.includes('actor=ada'));
      expect(await page.locator('main').innerText()).toContain('ada');
      await page.goto(`${site.url}/`);
      await page.locator('input[name=search]').fill('receipts');
      await page.keyboard.press('Enter');
      await page.waitForURL((url) => url.search.includes('search=receipts'));
      await expect.poll(() => page.locator('#repository-list').innerText()).not.toContain('acme/invoices');
      expect(await page.locator('#repository-list').innerText()).toContain('acme/receipts');
    });

    it('a token is made, shown once and revoked', async () => {
      const { site } = seeded();
      const { page, problems } = await visit();
      await page.goto(`${site.url}${INVOICES}/access`);
      await page.locator('input[name=name]').fill(`nightly ${String(script)}`);
      await page.locator('input[name=scope]').first().check();
      await page.locator('button.primary').click();
      const secret = await page.locator('.secret').innerText();
      expect(secret.length).toBeGreaterThan(30);
      await page.goto(`${site.url}${INVOICES}/access`);
      expect(await page.locator('body').innerText()).not.toContain(secret);
      await page.getByRole('button', { name: `Revoke nightly ${String(script)}` }).click();
      await expect
        .poll(() => page.locator('tr', { hasText: `nightly ${String(script)}` }).innerText())
        .toContain('revoked');
      expect(problems).toEqual([]);
    });

    it('a configuration is checked, and tried on runs of the past', async () => {
      const { site } = seeded();
      const { page, problems } = await visit();
      await page.goto(`${site.url}${INVOICES}/configuration`);
      const area = page.locator('textarea#configuration');
      const text = await area.inputValue();
      expect(text).toContain('pipelines:');
      await area.fill(text.replace('min: 0.85', 'min: 85'));
      if (!script) await page.getByRole('button', { name: 'Check', exact: true }).click();
      await expect.poll(() => page.locator('main').innerText()).toContain('out of range');
      await page.locator('textarea#configuration').fill(text);
      await page.getByRole('button', { name: /Try it on the last runs/ }).click();
      await page.waitForURL(/simulations\/[0-9a-f-]{36}/);
      const id = /simulations\/([0-9a-f-]{36})/.exec(page.url())![1]!;
      await site.simulations.claimSimulation(id, 'worker-1', 60_000);
      await site.simulations.addSimulated(id, 'worker-1', {
        evaluationId: site.runs.blocked,
        pipeline: 'invoices',
        was: { verdict: 'block', blocked: true },
        would: {
          verdict: 'pass',
          blocked: false,
          base: 0.96,
          head: 0.955,
          reasons: ['Nothing fell by more than is allowed.'],
        },
        note: null,
      });
      await site.simulations.endSimulation(id, 'worker-1', null);
      if (!script) await page.reload();
      await expect
        .poll(() => page.locator('main').innerText(), { timeout: 20_000 })
        .toContain('Nothing fell by more than is allowed.');
      expect(problems).toEqual([]);
    });
  });

  it('the keyboard skips to the content, and reaches the filter and the documents', async () => {
    const { site, as } = seeded();
    const { page } = await as('ada');
    await page.goto(`${site.url}/evaluations/${site.runs.blocked}`);
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.className')).toBe('skip');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('location.hash')).toBe('#main');
    const reached: string[] = [];
    for (let i = 0; i < 120 && !reached.includes('a:document'); i += 1) {
      await page.keyboard.press('Tab');
      reached.push(
        await page.evaluate(
          `(() => { const one = document.activeElement; const link = one.closest('#document-table') !== null && one.tagName === 'A'; return link ? 'a:document' : one.name ?? one.tagName; })()`,
        ),
      );
    }
    const filter = reached.filter((name) =>
      ['q', 'field', 'change', 'kind', 'template', 'slice', 'size'].includes(name),
    );
    expect([...new Set(filter)]).toEqual(['q', 'field', 'change', 'kind', 'template', 'slice', 'size']);
    expect(reached.at(-1)).toBe('a:document');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/document\?/);
  });

  it('progress moves without loading the page again, and the answer comes by itself', async () => {
    const { site, as } = seeded();
    const { page, problems } = await as('ada');
    const id = site.runs.running;
    await page.goto(`${site.url}/evaluations/${id}`);
    await page.evaluate('window.sameDocument = true');
    const bar = page.locator('progress');
    expect(await bar.getAttribute('value')).toBe('26');
    await site.store.heartbeat(id, 'worker-1', {
      stage: 'scoring invoices',
      done: 57,
      total: 58,
      estimatedEndMs: null,
    });
    await expect.poll(() => bar.getAttribute('value'), { timeout: 20_000 }).toBe('57');
    expect(await page.locator('main').innerText()).toContain('scoring invoices');
    expect(await page.evaluate('window.sameDocument')).toBe(true);
    const [report] = await site.store.reports(site.runs.blocked);
    await site.store.finish(id, 'worker-1', { reports: [report!], warnings: [], attribution: null });
    await expect
      .poll(() => page.locator('main').innerText(), { timeout: 20_000 })
      .toContain('grand_total fell from');
    expect(problems).toEqual([]);
  });

  it('sign-in leads to where one wanted to go, and sign-out ends it', async () => {
    const { site, nobody } = seeded();
    const { page } = await nobody();
    const run = `${site.url}/evaluations/${site.runs.blocked}`;
    await page.goto(run);
    expect(new URL(page.url()).origin).not.toBe(new URL(site.url).origin);
    await page.getByRole('button', { name: 'rita', exact: true }).click();
    await page.waitForURL(run);
    expect(await page.locator('.who').innerText()).toContain('rita');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.waitForURL(/\/signed-out$/);
    const answer = await page.request.get(run, { maxRedirects: 0 });
    expect(answer.status()).toBe(302);
  });

  it('who cancels at GitHub, or comes from another site, is not signed in', async () => {
    const { site, nobody } = seeded();
    const { page } = await nobody();
    await page.goto(`${site.url}/sign-in`);
    await page.getByRole('button', { name: 'Cancel' }).click();
    expect(await page.locator('h1').innerText()).toBe('You are not signed in');
    await signIn(page, site, 'rita');
    const answer = await page.request.post(`${site.url}/sign-out`, {
      headers: { origin: 'https://evil.example' },
    });
    expect(answer.status()).toBe(403);
    await page.goto(`${site.url}/`);
    expect(await page.locator('.who').innerText()).toContain('rita');
  });
});
