/** Files that pages load, each under the hash of its content: kept for ever, never stale, and nothing from elsewhere. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Hono } from 'hono';
import { SCRIPT as REPORT_SCRIPT } from '../../core/report/html/script.js';
import { STYLE } from './style.js';

const require = createRequire(import.meta.url);

const FILES = {
  'docops.css': ['text/css; charset=utf-8', () => STYLE],
  'report.js': ['text/javascript; charset=utf-8', () => REPORT_SCRIPT],
  'htmx.js': ['text/javascript; charset=utf-8', () => fromPackage('htmx.org/dist/htmx.min.js')],
  'htmx-sse.js': ['text/javascript; charset=utf-8', () => fromPackage('htmx-ext-sse/dist/sse.min.js')],
} as const satisfies Readonly<Record<string, readonly [type: string, read: () => string]>>;

export type AssetName = keyof typeof FILES;

function fromPackage(file: string): string {
  return readFileSync(require.resolve(file), 'utf8');
}

interface Asset {
  readonly type: string;
  readonly text: string;
  readonly url: string;
}

const kept = new Map<AssetName, Asset>();

function asset(name: AssetName): Asset {
  const known = kept.get(name);
  if (known !== undefined) return known;
  const [type, read] = FILES[name];
  const text = read();
  const hash = createHash('sha256').update(text, 'utf8').digest('hex').slice(0, 16);
  const found = { type, text, url: `/assets/${hash}/${name}` };
  kept.set(name, found);
  return found;
}

export const assetUrl = (name: AssetName): string => asset(name).url;

/** Public: they are the same for everybody. Another hash is another version's: nothing here. */
export function assetRoutes(): Hono {
  const app = new Hono();
  app.get('/assets/:hash/:name', (c) => {
    const name = c.req.param('name');
    const found = Object.hasOwn(FILES, name) ? asset(name as AssetName) : undefined;
    if (c.req.path !== found?.url) return c.notFound();
    return c.body(found.text, 200, {
      'content-type': found.type,
      'cache-control': 'public, max-age=31536000, immutable',
    });
  });
  return app;
}
