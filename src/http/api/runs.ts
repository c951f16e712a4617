/** Runs and their reports. */
import { createRoute, z, type OpenAPIHono } from '@hono/zod-openapi';
import { accepts } from 'hono/accepts';
import { etag } from 'hono/etag';
import { redactReport } from '../../core/check/index.js';
import { renderCsv } from '../../core/report/csv.js';
import { serializeReport } from '../../core/report/json.js';
import { VERDICTS } from '../../core/report/schema.js';
import type { Run } from '../../ports/insight.js';
import type { ApiToken } from '../../ports/tokens.js';
import type { Site } from '../site/words.js';
import { needs, type ApiEnv } from './authenticate.js';
import { ApiProblem } from './problems.js';
import { sees, visibleRepository } from './repositories.js';
import { jsonAnswer, problems, repositoryParams, runParams, text, wholeNumber } from './responses.js';
import { reportListSchema, runPageSchema, runSchema } from './schemas.js';
import { runJson } from './views.js';

const PIPELINE_CHARACTERS = 200;

export const listRuns = createRoute({
  operationId: 'listRuns',
  method: 'get',
  path: '/api/v1/repositories/{owner}/{name}/runs',
  summary: 'Runs of a repository, newest first',
  ...needs('runs:read'),
  request: {
    params: repositoryParams,
    query: z.strictObject({
      base_ref: text(255).optional(),
      pipeline: text(PIPELINE_CHARACTERS).optional(),
      pull_number: wholeNumber(1, 2_147_483_647).optional(),
      verdict: z.enum(VERDICTS, `write one of ${VERDICTS.join(', ')}`).optional(),
      current: z
        .enum(['true', 'false'], 'write true or false')
        .optional()
        .openapi({ description: 'Without runs that a later attempt or head took the place of.' }),
      after: text(300).optional().openapi({ description: 'The `next` of the page before.' }),
      limit: wholeNumber(1, 100).optional().openapi({ description: 'Runs of a page; 50 if it is not said.' }),
    }),
  },
  responses: {
    200: jsonAnswer(runPageSchema, 'A page of runs'),
    ...problems('invalid_input', 'not_found'),
  },
});

export const getRun = createRoute({
  operationId: 'getRun',
  method: 'get',
  path: '/api/v1/runs/{id}',
  summary: 'One run',
  ...needs('runs:read'),
  request: { params: runParams },
  responses: { 200: jsonAnswer(runSchema, 'The run'), ...problems('not_found') },
});

export const listReports = createRoute({
  operationId: 'listReports',
  method: 'get',
  path: '/api/v1/runs/{id}/reports',
  summary: 'Reports of a run, one for each pipeline; none before it is judged',
  ...needs('runs:read'),
  request: { params: runParams },
  responses: { 200: jsonAnswer(reportListSchema, 'The reports'), ...problems('not_found') },
});

export const getReport = createRoute({
  operationId: 'getReport',
  method: 'get',
  path: '/api/v1/runs/{id}/reports/{pipeline}',
  summary: 'A report: docops.report/1, or its values as CSV',
  description:
    'CSV (a line for each value that changed or is wrong) by `Accept: text/csv`, or with `.csv` behind the name. A report never changes: keep it with its ETag.',
  ...needs('runs:read', etag()),
  request: {
    params: runParams.extend({ pipeline: z.string() }),
    headers: z.object({ 'if-none-match': z.string().optional() }),
  },
  responses: {
    200: {
      content: {
        'application/json': { schema: { $ref: '#/components/schemas/Report' } },
        'text/csv': { schema: { type: 'string' } },
      },
      headers: z.object({ etag: z.string() }),
      description: 'The report',
    },
    304: { description: 'The one that is kept already' },
    ...problems('not_found'),
  },
});

export function runRoutes(api: OpenAPIHono<ApiEnv>, site: Site): void {
  api.openapi(listRuns, async (c) => {
    const { owner, name } = c.req.valid('param');
    const { base_ref, pipeline, pull_number, verdict, current, after, limit } = c.req.valid('query');
    const repository = await visibleRepository(site, c.get('token'), owner, name);
    const page = await site.insight.runs(repository.id, {
      ...(base_ref === undefined ? {} : { baseRef: base_ref }),
      ...(pipeline === undefined ? {} : { pipeline }),
      ...(pull_number === undefined ? {} : { pullNumber: pull_number }),
      ...(verdict === undefined ? {} : { verdict }),
      ...(current === undefined ? {} : { currentOnly: current === 'true' }),
      ...(after === undefined ? {} : { after }),
      limit: limit ?? 50,
    });
    return c.json({ runs: page.runs.map(runJson), next: page.next }, 200);
  });

  api.openapi(getRun, async (c) => {
    const run = await visibleRun(site, c.get('token'), c.req.valid('param').id);
    return c.json(runJson(run), 200);
  });

  api.openapi(listReports, async (c) => {
    const run = await visibleRun(site, c.get('token'), c.req.valid('param').id);
    const evaluation = await site.store.evaluation(run.id);
    const aggregatesOnly = evaluation?.trust.aggregatesOnly !== false;
    const reports = run.pipelines.map(({ pipeline, verdict, blocked }) => {
      const json = `/api/v1/runs/${run.id}/reports/${encodeURIComponent(pipeline)}`;
      return { pipeline, verdict, blocked, aggregates_only: aggregatesOnly, json, csv: `${json}.csv` };
    });
    return c.json({ reports }, 200);
  });

  api.openapi(getReport, async (c) => {
    const { id, pipeline: asked } = c.req.valid('param');
    const run = await visibleRun(site, c.get('token'), id);
    const evaluation = await site.store.evaluation(run.id);
    const reports = await site.store.reports(run.id);
    const byName = (name: string) => reports.find(({ pipeline }) => pipeline === name);
    const whole = byName(asked);
    const found = whole ?? (asked.endsWith('.csv') ? byName(asked.slice(0, -'.csv'.length)) : undefined);
    if (evaluation === undefined || found === undefined) throw new ApiProblem('not_found');
    const csv =
      whole === undefined ||
      accepts(c, {
        header: 'Accept',
        supports: ['application/json', 'text/csv'],
        default: 'application/json',
      }) === 'text/csv';
    const report = evaluation.trust.aggregatesOnly ? redactReport(found.report) : found.report;
    // Kept by the program itself, and asked for again with its ETag: a token that is revoked reads nothing more.
    const headers = { 'cache-control': 'private, no-cache', vary: 'Accept, Authorization' };
    return csv
      ? c.body(renderCsv([report]), 200, { ...headers, 'content-type': 'text/csv; charset=utf-8' })
      : c.body(serializeReport(report), 200, { ...headers, 'content-type': 'application/json' });
  });
}

/** Runs of repositories that this token sees; others look like none. */
async function visibleRun(site: Site, token: ApiToken, id: string): Promise<Run> {
  const run = await site.insight.run(id);
  const mayBe = run !== undefined && sees(token, run.repositoryId);
  if (!mayBe || (await site.store.repository(run.repositoryId)) === undefined)
    throw new ApiProblem('not_found');
  return run;
}
