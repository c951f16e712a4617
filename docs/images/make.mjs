// Draws the README's pictures anew from a real run: node docs/images/make.mjs (after npm ci; needs Chromium, CHROMIUM names it).
// run.png is the App's page of the same run, from an instance that was filled for it: pages.draw.ts draws all pages.
// check.png is the summary that the App posts, rendered as GitHub renders it, in a frame that looks like its page.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { micromark } from 'micromark';
import { gfm, gfmHtml } from 'micromark-extension-gfm';
import { chromium } from 'playwright-core';
import { materialize } from '../../examples/materialize.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'docops-picture-'));
const repository = join(folder, 'invoices');
const page = join(folder, 'report.html');
const markdown = join(folder, 'check.md');
const check = join(folder, 'check.html');
await materialize(repository);
try {
  execFileSync(
    process.execPath,
    [
      join(here, '../../dist/src/main.js'),
      'eval',
      '--base',
      'main',
      '--head',
      'regression',
      '--html',
      page,
      '--markdown',
      markdown,
    ],
    { cwd: repository, stdio: 'ignore' },
  );
} catch (error) {
  // The branch is blocked, which is what the picture shows.
  if (error.status !== 1) throw error;
}
const [headline, ...rest] = readFileSync(markdown, 'utf8').split('\n');
const body = micromark(rest.join('\n'), {
  allowDangerousHtml: true,
  extensions: [gfm()],
  htmlExtensions: [gfmHtml()],
});
writeFileSync(
  check,
  `<!doctype html><meta charset="utf-8"><style>
  body { margin: 0; font: 14px/1.5 "Liberation Sans", Helvetica, Arial, sans-serif; color: #1f2328; background: #fff; }
  header { display: flex; gap: 12px; align-items: center; padding: 14px 24px; background: #f6f8fa; border-bottom: 1px solid #d1d9e0; }
  header b { font-size: 16px; } header i { flex: none; width: 22px; height: 22px; border-radius: 50%; background: #cf222e; color: #fff; font: bold 13px/22px sans-serif; text-align: center; }
  header small { color: #59636e; } header button { margin-left: auto; padding: 4px 12px; border: 1px solid #d1d9e0; border-radius: 6px; background: #fff; font: inherit; }
  main { padding: 8px 24px; } h2 { margin: 12px 0; font-size: 20px; } h3 { margin: 16px 0 6px; font-size: 16px; } p { margin: 8px 0; } ul { margin: 6px 0; padding-left: 24px; }
  table { border-collapse: collapse; margin: 8px 0; } th, td { padding: 4px 12px; border: 1px solid #d1d9e0; } tr:nth-child(2n) td { background: #f6f8fa; }
  code { padding: 2px 5px; border-radius: 5px; background: #eff1f3; font: 12px monospace; } details { margin: 8px 0; } summary { color: #0969da; }
  </style><header><i>\u2715</i><span><b>DocOps (main)</b><br><small>Required \u00b7 Failing</small></span><button>Re-run</button></header>
  <main><h2>${headline.replace(/^#+\s*/, '')}</h2>${body}</main>`,
);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
});
const tab = await browser.newPage({ viewport: { width: 1180, height: 730 }, deviceScaleFactor: 1.5 });
await tab.goto(pathToFileURL(page).href);
await tab.screenshot({ path: join(here, 'report.png') });
await tab.goto(pathToFileURL(check).href);
await tab.screenshot({ path: join(here, 'check.png') });
await browser.close();

execFileSync('npx', ['vitest', 'run', '--config', 'docs/images/draw.config.ts', '-t', 'light'], {
  cwd: join(here, '../..'),
  env: { ...process.env, DOCOPS_PICTURES: folder },
  stdio: 'inherit',
});
copyFileSync(join(folder, 'a-blocked-run-light.png'), join(here, 'run.png'));
rmSync(folder, { recursive: true, force: true });
