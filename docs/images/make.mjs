// Draws the README's picture anew from a real run: node docs/images/make.mjs (after npm ci; needs Chromium, CHROMIUM names it).
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { materialize } from '../../examples/materialize.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'docops-picture-'));
const repository = join(folder, 'invoices');
const page = join(folder, 'report.html');
await materialize(repository);
try {
  execFileSync(
    process.execPath,
    [join(here, '../../dist/src/main.js'), 'eval', '--base', 'main', '--head', 'regression', '--html', page],
    { cwd: repository, stdio: 'ignore' },
  );
} catch (error) {
  // The branch is blocked, which is what the picture shows.
  if (error.status !== 1) throw error;
}
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
});
const tab = await browser.newPage({ viewport: { width: 1180, height: 730 }, deviceScaleFactor: 1.5 });
await tab.goto(pathToFileURL(page).href);
await tab.screenshot({ path: join(here, 'report.png') });
await browser.close();
rmSync(folder, { recursive: true, force: true });
