/** A run: its verdict, its documents, its progress while it runs, and its report for download. */
import { type Context, Hono } from 'hono';
import type { Child } from 'hono/jsx';
import { ALL_DOCUMENTS, filterDocuments, neighbours } from '../../../core/report/filter.js';
import { name, verdictWords } from '../../../core/report/words.js';
import { Layout, sendPage, sendPart } from '../../site/layout.js';
import type { Site } from '../../site/words.js';
import { aboutRun } from './about.js';
import { DocumentPage } from './document-page.js';
import { DocumentsPart } from './documents.js';
import { type DownloadKind, sendFile } from './downloads.js';
import { itemsOf, sendImage } from './evidence.js';
import { LIVE_TIMES, type LiveTimes, sendEvents } from './events.js';
import { gitHubAddresses } from './github.js';
import { PipelinesPage, StatePage } from './index-page.js';
import { createLive, progressOf } from './live.js';
import { type OpenedRun, openRun } from './open.js';
import { asQuery, documentsQuery, textOf } from './query.js';
import { createReports, jsonOf, type ToldReport } from './reports.js';
import { isLive } from './state.js';

/** Seconds after which a page without scripts looks again. */
const REFRESH = 5;

export function runPages(site: Site, times: LiveTimes = LIVE_TIMES): Hono {
  const app = new Hono();
  const reportsOf = createReports(site.store);
  const live = createLive(site, times.pollMs);
  const linked = site.signIn !== null;

  const page = async (
    c: Context,
    opened: OpenedRun,
    title: string,
    body: Child,
    refresh?: number,
  ): Promise<Response> =>
    sendPage(
      c,
      <Layout
        title={title}
        person={await site.gate.signedInAs(c)}
        signIn={linked ? 'set up' : 'not set up'}
        repository={opened.repository}
        tab="runs"
        here="run"
        admin={opened.visitor.role === 'admin'}
        scripts={refresh === undefined ? ['report.js'] : ['htmx-sse.js']}
        {...(refresh === undefined ? {} : { refresh })}
      >
        {body}
      </Layout>,
    );

  /** The report that is asked for: the only one, or the one that is named. */
  const chosen = (c: Context, reports: readonly ToldReport[]): ToldReport | undefined => {
    const wanted = c.req.query('pipeline');
    return wanted === undefined || wanted === ''
      ? onlyOne(reports)
      : reports.find(({ pipeline }) => pipeline === wanted);
  };

  const run = async (c: Context, opened: OpenedRun): Promise<Response> => {
    const { evaluation, repository } = opened;
    const reports = await reportsOf(evaluation);
    const told = chosen(c, reports);
    const wanted = textOf(c, 'pipeline');
    if (told === undefined && wanted !== null) return site.gate.nothingHere(c);
    const query = documentsQuery(c);
    if (told !== undefined && c.req.header('hx-target') === 'documents') {
      c.header('hx-push-url', opened.address('', { pipeline: told.pipeline, ...asQuery(query) }));
      return sendPart(c, <DocumentsPart opened={opened} told={told} query={query} />);
    }
    const about = await aboutRun(site.insight, repository, evaluation);
    const gitHub = gitHubAddresses(site.settings.gitHubUrl, repository);
    const around = { opened, about, gitHub, linked };
    if (told !== undefined) {
      // Charts are large; they are loaded with the first page.
      const { ReportPage } = await import('./report-page.js');
      const title = `${verdictWords(told.report).word} ${name(told.pipeline, 60)}`;
      return page(
        c,
        opened,
        title,
        <ReportPage {...around} told={told} others={reports.filter((one) => one !== told)} query={query} />,
      );
    }
    const short = `Run of ${name(evaluation.headSha, 64).slice(0, 10)}`;
    if (reports.length > 0) return page(c, opened, short, <PipelinesPage {...around} reports={reports} />);
    const progress = await progressOf(site, evaluation);
    return page(
      c,
      opened,
      short,
      <StatePage {...around} progress={progress} />,
      isLive(evaluation) ? REFRESH : undefined,
    );
  };

  const download = async (c: Context, opened: OpenedRun, kind: DownloadKind): Promise<Response> => {
    const reports = await reportsOf(opened.evaluation);
    const told = chosen(c, reports);
    if (told !== undefined) return sendFile(c, kind, [told]);
    if (textOf(c, 'pipeline') !== null || kind === 'html') return site.gate.nothingHere(c);
    return sendFile(c, kind, reports);
  };

  const document = async (c: Context, opened: OpenedRun): Promise<Response> => {
    const told = chosen(c, await reportsOf(opened.evaluation));
    const found = told?.documents.get(c.req.query('document') ?? '');
    if (told === undefined || found === undefined) return site.gate.nothingHere(c);
    const query = documentsQuery(c);
    const filtered = filterDocuments(told.told, query.filter);
    const listed = filtered.includes(found) ? filtered : told.told;
    const kept = listed === filtered ? asQuery(query) : ALL_DOCUMENTS;
    const { items, unseen } = await itemsOf(site, c, opened, told, found.id);
    return page(
      c,
      opened,
      name(found.id),
      <DocumentPage
        told={told}
        document={found}
        around={neighbours(listed, found.id)}
        to={(id) => opened.address('document', { pipeline: told.pipeline, ...kept, document: id })}
        back={`${opened.address('', { pipeline: told.pipeline, ...kept })}#documents`}
        items={items}
        unseen={unseen}
      />,
    );
  };

  const image = async (c: Context, opened: OpenedRun): Promise<Response> => {
    if (!(await site.gate.shortLivedHolds(c))) return site.gate.nothingHere(c);
    const told = chosen(c, await reportsOf(opened.evaluation));
    const found = told?.documents.get(c.req.query('document') ?? '');
    if (told === undefined || found === undefined) return site.gate.nothingHere(c);
    return (await sendImage(site, c, opened, told, found.id)) ?? site.gate.nothingHere(c);
  };

  const opening =
    (answer: (c: Context, opened: OpenedRun) => Response | Promise<Response>) =>
    async (c: Context): Promise<Response> => {
      const opened = await openRun(site, c, c.req.param('id')?.replace(/\.json$/, '') ?? '');
      return opened instanceof Response ? opened : answer(c, opened);
    };

  // The old address of the JSON holds.
  app.get(
    '/evaluations/:id{[^/]+\\.json}',
    opening(async (c, { evaluation }) => {
      return c.body(jsonOf(await reportsOf(evaluation)), 200, {
        'content-type': 'application/json; charset=utf-8',
      });
    }),
  );
  app.get('/evaluations/:id', opening(run));
  app.get('/evaluations/:id/document', opening(document));
  app.get('/evaluations/:id/document/image', opening(image));
  for (const kind of ['json', 'csv', 'html'] as const)
    app.get(
      `/evaluations/:id/report.${kind}`,
      opening((c, opened) => download(c, opened, kind)),
    );
  app.get(
    '/evaluations/:id/events',
    opening((c, opened) => sendEvents(site, c, opened, live, times)),
  );
  // The script asks for it at the end of the stream: the page is loaded anew, now with its report.
  app.get(
    '/evaluations/:id/ended',
    opening((c) => c.body(null, 200, { 'hx-refresh': 'true' })),
  );
  return app;
}

function onlyOne(reports: readonly ToldReport[]): ToldReport | undefined {
  return reports.length === 1 ? reports[0] : undefined;
}
