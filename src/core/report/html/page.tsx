/**
 * The report as one HTML file that needs nothing else: no request leaves it, its policy forbids every script and style
 * but its own, and it can be read without scripts.
 */
import { createHash } from 'node:crypto';
import { raw } from 'hono/html';
import type { FC } from 'hono/jsx';
import { HTML_JSON_CHARACTERS } from '../../limits.js';
import { groupsOf } from '../groups.js';
import { leavesOut, serializeReport } from '../json.js';
import { renderTitle } from '../markdown.js';
import type { Report } from '../schema.js';
import { name } from '../words.js';
import { Documents } from './documents.js';
import { type Evidence, NO_EVIDENCE } from './evidence.js';
import { Fields, Slices } from './fields.js';
import { Groups } from './groups.js';
import { Failures, HiddenLosses, Measured, Notes, Suspects } from './notes.js';
import { SCRIPT } from './script.js';
import { detailedDocuments, toldDocuments } from './select.js';
import { STYLE } from './style.js';
import { Answers, Banner, Eyebrow, Reasons } from './summary.js';

export interface HtmlOptions {
  /** Longest JSON put into the page for the download, in characters. */
  readonly jsonCharacters?: number;
}

const hash = (text: string): string =>
  `'sha256-${createHash('sha256').update(text, 'utf8').digest('base64')}'`;

/** What the page may do: its own script and style, pictures that it carries, and nothing else. */
const POLICY = [
  "default-src 'none'",
  `script-src ${hash(SCRIPT)}`,
  `style-src ${hash(STYLE)}`,
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/** JSON inside a script element: nothing in it can end the element or open a comment. */
function embeddable(json: string): string {
  return json.replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

const Page: FC<{ report: Report; evidence: Evidence; options: HtmlOptions }> = ({
  report,
  evidence,
  options,
}) => {
  const told = toldDocuments(report);
  const detailed = detailedDocuments(report);
  const anchors = new Map(detailed.map((document, i) => [document.id, `document-${i + 1}`]));
  const href = (id: string): string | undefined => {
    const anchor = anchors.get(id);
    return anchor === undefined ? undefined : `#${anchor}`;
  };
  const json = embedded(report, options.jsonCharacters ?? HTML_JSON_CHARACTERS);
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content={POLICY} />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="referrer" content="no-referrer" />
        <meta name="robots" content="noindex" />
        <meta name="color-scheme" content="light dark" />
        <link rel="icon" href="data:," />
        <title>{renderTitle(report)}</title>
        <style>{raw(STYLE)}</style>
      </head>
      <body>
        <a class="skip" href="#main">
          Skip to the details
        </a>
        <header class="top">
          <Eyebrow report={report} />
          <Banner report={report} />
          <Answers report={report} told={told} href={href} />
        </header>
        <main id="main">
          <Failures report={report} />
          <Groups groups={groupsOf(report)} documentHref={href} />
          <HiddenLosses report={report} />
          <Fields report={report} />
          <Slices report={report} />
          <Documents
            report={report}
            told={told}
            detailed={detailed}
            href={href}
            anchors={anchors}
            evidence={evidence}
          />
          <Suspects report={report} documentHref={href} />
          <Notes report={report} />
          <Reasons report={report} />
          <Measured report={report} />
        </main>
        <footer class="end">
          <p>
            {json.text !== null && (
              <button id="save-json" class="button" type="button" hidden data-name={fileName(report)}>
                Save the report as JSON
              </button>
            )}{' '}
            DocOps report {name(report.schema, 40)}, run {name(report.run.id, 60)}.
            {!json.whole && ' The JSON in this page is not complete; docops eval --json writes all of it.'}
          </p>
        </footer>
        {json.text !== null && (
          <script type="application/json" id="report-json">
            {raw(embeddable(json.text))}
          </script>
        )}
        <script>{raw(SCRIPT)}</script>
      </body>
    </html>
  );
};

/** The JSON for the download: whole, or without the last documents' values, or none when even that is too long. */
function embedded(report: Report, limit: number): { text: string | null; whole: boolean } {
  const text = serializeReport(report, limit, 0);
  return text.length > limit ? { text: null, whole: false } : { text, whole: !leavesOut(report, limit) };
}

function fileName(report: Report): string {
  const pipeline = report.pipeline.slice(0, 80).replace(/[^A-Za-z0-9_-]+/g, '-');
  return `docops-${pipeline}.json`;
}

/** Renders a report as one self-contained HTML document. */
export function renderHtml(
  report: Report,
  evidence: Evidence = NO_EVIDENCE,
  options: HtmlOptions = {},
): string {
  const page = (<Page report={report} evidence={evidence} options={options} />) as unknown as {
    toString(): string;
  };
  return `<!doctype html>\n${page.toString()}\n`;
}
