/** What frames the pages of `docops setup`; all text in them is escaped by hono/jsx. */
import { createHash } from 'node:crypto';
import { raw } from 'hono/html';
import type { FC } from 'hono/jsx';

const STYLE = `
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 44rem; margin: 3rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; } code { font-family: ui-monospace, monospace; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; } td, th { text-align: left; padding: .4rem .8rem .4rem 0; vertical-align: top; }
button { font: inherit; padding: .5rem 1rem; }
`;

const hash = (text: string): string =>
  `'sha256-${createHash('sha256').update(text, 'utf8').digest('base64')}'`;

/** What these pages may do: their own style. `formTo`: the origin that their form is sent to. */
export function policy(formTo?: string): string {
  return [
    "default-src 'none'",
    `style-src ${hash(STYLE)}`,
    'img-src data:',
    "base-uri 'none'",
    `form-action ${formTo ?? "'none'"}`,
    "frame-ancestors 'none'",
  ].join('; ');
}

export const Document: FC<{ title: string; children?: unknown }> = ({ title, children }) => (
  <html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <link rel="icon" href="data:," />
      <title>{title}</title>
      <style>{raw(STYLE)}</style>
    </head>
    <body>
      <main>
        <h1>{title}</h1>
        {children}
      </main>
    </body>
  </html>
);

/** `element`: a `<Document>`. */
export function html(element: unknown): string {
  return `<!doctype html>\n${(element as { toString(): string }).toString()}\n`;
}
