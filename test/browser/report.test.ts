import axe from 'axe-core';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Evidence, renderHtml } from '../../src/core/report/html/index.js';
import type { Report } from '../../src/core/report/schema.js';
import { blockReport, crashReport, HOSTILE_TEXTS, hostileReport, REPORTS } from '../support/report.js';
import { requireTool } from '../support/tools.js';

const present = requireTool('chromium');
const PIXEL =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

/** Text, a picture and a note beside each document, hostile where `text` is. */
function evidenceFor(report: Report, text: string): Evidence {
  return {
    documents: new Map(
      report.documents.map((document) => [
        document.id,
        [
          { kind: 'image', name: `page ${text.slice(0, 50)}`, dataUri: PIXEL, width: 40, height: 40 },
          { kind: 'text', name: text.slice(0, 50), text, truncated: true },
          { kind: 'note', name: 'scan.tiff', text: 'neither text, picture nor PDF' },
        ],
      ]),
    ),
    notes: [text.slice(0, 100)],
  };
}

describe.skipIf(!present)('the HTML report in a browser (needs chromium)', { timeout: 120_000 }, () => {
  let browser: Browser;
  let folder: string;
  const contexts: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'docops-html-'));
    browser = await chromium.launch({
      executablePath: '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
    });
  });
  afterEach(async () => {
    for (const close of contexts.splice(0)) await close();
  });
  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Opens a report; `requests` are those that it made beyond itself, `problems` what the console said. */
  async function open(
    html: string,
    options: BrowserContextOptions = {},
  ): Promise<{ page: Page; requests: string[]; problems: string[] }> {
    const file = join(folder, `${Math.random().toString(36).slice(2)}.html`);
    writeFileSync(file, html);
    const context = await browser.newContext(options);
    contexts.push(() => context.close());
    const page = await context.newPage();
    const requests: string[] = [];
    const problems: string[] = [];
    const self = pathToFileURL(file).href;
    page.on('request', (request) => {
      const url = request.url();
      if (url !== self && !url.startsWith('data:')) requests.push(url);
    });
    page.on('console', (message) => problems.push(message.text()));
    page.on('pageerror', (error) => problems.push(error.message));
    await page.goto(self);
    return { page, requests, problems };
  }

  const axeProblems = async (page: Page): Promise<string[]> => {
    await page.evaluate(axe.source);
    const found = await page.evaluate(async () => {
      // eslint-disable-next-line @typescript-eslint/no-unsafe-call, @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-explicit-any
      return (await (globalThis as any).axe.run()).violations as {
        id: string;
        nodes: { html: string; failureSummary: string }[];
      }[];
    });
    return found.flatMap((one) =>
      one.nodes.map((node) => `${one.id}: ${node.html.slice(0, 160)} ${node.failureSummary}`),
    );
  };

  it.each<[string, 'light' | 'dark']>([
    ...[
      'block',
      'pass',
      'crash',
      'noisy',
      'hidden losses',
      'not measured',
      'not applicable',
      'bootstrap',
    ].map((name): [string, 'light'] => [name, 'light']),
    // The dark colours are another set, the markup is the same.
    ['block', 'dark'],
    ['noisy', 'dark'],
    ['hidden losses', 'dark'],
    ['not applicable', 'dark'],
  ])('has no accessibility problem: %s, %s', async (name, colorScheme) => {
    const given = REPORTS[name]!();
    const report = { ...given, documents: given.documents.slice(0, 12) };
    const { page, requests, problems } = await open(renderHtml(report, evidenceFor(report, 'Invoice 42')), {
      colorScheme,
    });
    await page.locator('details').evaluateAll((all) => {
      for (const one of all as unknown as { open: boolean }[]) one.open = true;
    });
    expect(await axeProblems(page)).toEqual([]);
    expect(requests).toEqual([]);
    expect(problems).toEqual([]);
  });

  it('answers in the first screen what got worse, where and whether it is real', async () => {
    const { page } = await open(renderHtml(blockReport()), { viewport: { width: 1280, height: 800 } });
    for (const text of [
      'BLOCKED',
      '87.4 %',
      '−3.8 points',
      'grand_total fell by 4.2 points',
      '95 % interval',
    ]) {
      const box = await page.getByText(text).first().boundingBox();
      expect(box!.y + box!.height).toBeLessThan(800);
    }
    const link = page.getByRole('link', { name: 'inv-0042' }).first();
    expect((await link.boundingBox())!.y).toBeLessThan(800);
  });

  it('sorts fields by a column, both ways, keeps columns with their table, and says so', async () => {
    const { page } = await open(renderHtml(blockReport()));
    const names = async (): Promise<string[]> =>
      (await page.locator('#field-table tbody th').allInnerTexts()).map((text) => text.split(' ')[0]!.trim());
    expect((await names())[0]).toBe('grand_total');
    const head = page.locator('#field-table thead th', { hasText: 'Δ points' });
    await head.getByRole('button').click();
    expect(await head.getAttribute('aria-sort')).toBe('ascending');
    expect((await names()).slice(0, 2)).toEqual(['grand_total', 'line_items']);
    await head.getByRole('button').press('Enter');
    expect(await head.getAttribute('aria-sort')).toBe('descending');
    const sorted = await names();
    expect(sorted[0]).toBe('due_date');
    const at = sorted.indexOf('line_items');
    expect(sorted.slice(at, at + 4)).toEqual(['line_items', 'name', 'quantity', 'line_total']);
    await page.locator('#field-table thead th', { hasText: 'Field' }).getByRole('button').click();
    expect((await names())[0]).toBe('buyer.name');
  });

  it('filters fields and documents by text and state', async () => {
    const { page } = await open(renderHtml(blockReport()));
    await page.getByLabel('Filter fields').fill('seller');
    await expect.poll(() => page.locator('#field-table tbody tr:visible').count()).toBe(3);
    await page.getByLabel('Filter fields').fill('');
    await page.getByLabel('Show').first().selectOption('worse');
    expect(await page.locator('#field-table tbody tr:visible:not(.column)').count()).toBe(2);
    await page.getByLabel('Filter documents').fill('vendor-17 grand_total');
    expect(await page.locator('#document-table tbody tr:visible').count()).toBe(3);
    expect(await page.locator('details.doc:visible').count()).toBe(3);
    expect(await page.locator('form[data-filter] output').nth(1).innerText()).toBe('3 of 5 shown');
    await page.getByLabel('Show').nth(1).selectOption('better');
    expect(await page.locator('#document-table tbody tr:visible').count()).toBe(0);
  });

  it('opens the document that a link leads to', async () => {
    const { page } = await open(renderHtml(blockReport()));
    const target = page.locator('details.doc').last();
    expect(await target.getAttribute('open')).toBeNull();
    await page.locator('#document-table').getByRole('link', { name: 'inv-0009' }).click();
    await expect.poll(() => target.getAttribute('open')).not.toBeNull();
  });

  it('marks the difference inside a value', async () => {
    const { page } = await open(renderHtml(blockReport()));
    expect(await page.locator('.head-value mark').first().innerText()).toBe('43');
  });

  it('saves the JSON that it was made from', async () => {
    const report = blockReport({ pipeline: '../../<b>&"' });
    const { page, problems } = await open(renderHtml(report), { acceptDownloads: true });
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: /as JSON/ }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('docops--b-.json');
    const chunks: Buffer[] = [];
    for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
    expect(JSON.parse(Buffer.concat(chunks).toString())).toEqual(report);
    expect(problems).toEqual([]);
  });

  it('shows hostile text as text and asks nothing of the network', async () => {
    const report = hostileReport();
    const { page, requests, problems } = await open(
      renderHtml(report, evidenceFor(report, HOSTILE_TEXTS.join('\n'))),
    );
    expect(await page.evaluate(() => 'pwned' in globalThis)).toBe(false);
    expect(
      await page.locator('img:not(.page), iframe, object, a[href^="http"], a[href^="javascript"]').count(),
    ).toBe(0);
    expect(await page.locator('script').count()).toBe(2);
    expect(await page.title()).toContain('<script>window.pwned = 1</script>');
    expect(await page.getByText('<script>window.pwned = 1</script>').count()).toBeGreaterThan(0);
    expect(requests).toEqual([]);
    expect(problems).toEqual([]);
  });

  it('runs no script and no style that it did not bring, even when markup slips in', async () => {
    const html = renderHtml(blockReport()).replace(
      '<main',
      '<script>window.pwned = 1</script><img src="https://evil.example/x.png" onerror="window.pwned = 2"><p id="styled" style="color:rgb(1, 2, 3)">x</p><form action="https://evil.example"></form><main',
    );
    const { page } = await open(html);
    expect(await page.evaluate(() => 'pwned' in globalThis)).toBe(false);
    expect(
      await page
        .locator('#styled')
        .evaluate(
          (node) =>
            (
              globalThis as unknown as { getComputedStyle: (of: unknown) => { color: string } }
            ).getComputedStyle(node).color,
        ),
    ).not.toBe('rgb(1, 2, 3)');
  });

  it('can be read without scripts', async () => {
    const report = crashReport();
    const { page } = await open(renderHtml({ ...report, documents: blockReport().documents }), {
      javaScriptEnabled: false,
    });
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toContain('BLOCKED');
    expect(await page.locator('#field-table tbody tr').count()).toBeGreaterThan(10);
    expect(await page.locator('#field-table button, form.filter:visible, #save-json:visible').count()).toBe(
      0,
    );
    await page.locator('details.doc summary').last().click();
    expect(await page.locator('details.doc').last().locator('table').isVisible()).toBe(true);
  });

  it.each([360, 768, 1280])('does not scroll sideways at %i pixels', async (width) => {
    for (const report of [blockReport(), hostileReport(), crashReport()]) {
      const { page } = await open(renderHtml(report, evidenceFor(report, 'x'.repeat(5_000))), {
        viewport: { width, height: 800 },
      });
      const wide = await page.evaluate(
        () =>
          (globalThis as unknown as { document: { documentElement: { scrollWidth: number } } }).document
            .documentElement.scrollWidth,
      );
      expect(wide).toBeLessThanOrEqual(width);
    }
  });

  it('stays usable for ten thousand documents', async () => {
    const html = renderHtml(REPORTS['huge']!());
    expect(html.length).toBeLessThan(12_000_000);
    const start = performance.now();
    const { page } = await open(html);
    await page.getByLabel('Filter documents').fill('document-000003');
    expect(await page.locator('#document-table tbody tr:visible').count()).toBe(1);
    expect(performance.now() - start).toBeLessThan(20_000);
    expect(await page.locator('#documents').innerText()).toContain('1,000 of 6,667');
  });
});
