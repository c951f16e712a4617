/**
 * `/evaluations/ID?key=…`: the report of an evaluation for people, `/evaluations/ID.json?key=…` for programs. A wrong key
 * and an unknown evaluation look the same.
 */
import type { PipelineReport } from '../core/app-words.js';
import type { Store } from '../ports/store.js';
import type { Links } from './links.js';
import { pagePath } from './links.js';
import { indexPage, policy, statePage } from './pages.js';
import { jsonOf, shown } from './pages/run/reports.js';
import { say, sendJson, sendPage, target, type Handler } from './reply.js';

const PATH = /^\/evaluations\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(\.json)?$/;

/** The page names its own script and style by hash in a meta element; a header cannot loosen that, it can only add. */
const REPORT_POLICY =
  "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

export function createEvaluationsHandler({
  store,
  links,
}: {
  readonly store: Pick<Store, 'evaluation' | 'reports'>;
  readonly links: Links;
}): Handler {
  return async (request, response) => {
    const asked = target(request);
    if (asked?.path.startsWith('/evaluations/') !== true) return false;
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return say(response, 405, 'reports are read only', { allow: 'GET, HEAD' });
    const [, id, json] = PATH.exec(asked.path) ?? [];
    const key = asked.query.get('key') ?? '';
    const evaluation = id === undefined || !links.fits(id, key) ? undefined : await store.evaluation(id);
    if (evaluation === undefined) return say(response, 404, 'there is nothing here');
    const reports = shown(evaluation, await store.reports(evaluation.id));
    if (json !== undefined) return sendJson(response, 200, jsonOf(reports));
    const wanted = asked.query.get('pipeline');
    const chosen = wanted === null ? onlyOne(reports) : reports.find(({ pipeline }) => pipeline === wanted);
    if (chosen !== undefined) {
      // Charts are large; they are loaded with the first page.
      const { renderHtml } = await import('../core/report/html/index.js');
      return sendPage(response, 200, renderHtml(chosen.report), REPORT_POLICY);
    }
    if (wanted !== null) return say(response, 404, 'there is nothing here');
    const link = (pipeline: string): string =>
      `${pagePath(evaluation.id)}?${new URLSearchParams({ key, pipeline }).toString()}`;
    const page = reports.length === 0 ? statePage(evaluation) : indexPage(evaluation, reports, link);
    return sendPage(response, 200, page, policy());
  };
}

function onlyOne(reports: readonly PipelineReport[]): PipelineReport | undefined {
  return reports.length === 1 ? reports[0] : undefined;
}
