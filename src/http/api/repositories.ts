/** Repositories, and what is known of each over time. */
import { createRoute, z, type OpenAPIHono } from '@hono/zod-openapi';
import type { RepositoryRef } from '../../core/app-words.js';
import type { ApiToken } from '../../ports/tokens.js';
import type { Site } from '../site/words.js';
import { needs, type ApiEnv } from './authenticate.js';
import { ApiProblem } from './problems.js';
import { jsonAnswer, problems, repositoryParams, text, wholeNumber } from './responses.js';
import {
  datasetListSchema,
  gateRecordSchema,
  repositoryPageSchema,
  repositoryStateSchema,
  trendSchema,
} from './schemas.js';
import { datasetJson, gateJson, pointJson, repositoryJson, stateJson } from './views.js';

const DAY_MS = 24 * 60 * 60_000;
/** Versions of datasets in one answer. */
const DATASETS = 200;

/** A token of one repository sees that one alone. */
export function sees(token: ApiToken, repositoryId: number): boolean {
  return token.repositoryId === null || token.repositoryId === repositoryId;
}

/** One that is not for this token looks like none. */
export async function visibleRepository(
  site: Site,
  token: ApiToken,
  owner: string,
  name: string,
): Promise<RepositoryRef> {
  const repository = await site.insight.repositoryNamed(owner, name);
  if (repository === undefined || !sees(token, repository.id)) throw new ApiProblem('not_found');
  return repository;
}

export const listRepositories = createRoute({
  operationId: 'listRepositories',
  method: 'get',
  path: '/api/v1/repositories',
  summary: 'Repositories that the token sees, in the order of their ids',
  ...needs('runs:read'),
  request: {
    query: z.strictObject({
      after: wholeNumber(0, Number.MAX_SAFE_INTEGER)
        .optional()
        .openapi({ description: 'The `next` of the page before.' }),
      limit: wholeNumber(1, 100).optional().openapi({ description: '100 if it is not said.' }),
    }),
  },
  responses: {
    200: jsonAnswer(repositoryPageSchema, 'A page of repositories'),
    ...problems('invalid_input'),
  },
});

export const getRepository = createRoute({
  operationId: 'getRepository',
  method: 'get',
  path: '/api/v1/repositories/{owner}/{name}',
  summary: 'How a repository stands',
  ...needs('runs:read'),
  request: { params: repositoryParams },
  responses: {
    200: jsonAnswer(repositoryStateSchema, 'The repository'),
    ...problems('invalid_input', 'not_found'),
  },
});

export const getTrend = createRoute({
  operationId: 'getTrend',
  method: 'get',
  path: '/api/v1/repositories/{owner}/{name}/trend',
  summary: 'How accurate a pipeline was on a branch, oldest first',
  description: 'One point for each state of code and dataset, as they followed each other.',
  ...needs('runs:read'),
  request: {
    params: repositoryParams,
    query: z.strictObject({
      pipeline: text(200),
      base_ref: text(255),
      limit: wholeNumber(1, 500)
        .optional()
        .openapi({ description: 'The newest so many; 100 if it is not said.' }),
    }),
  },
  responses: {
    200: jsonAnswer(trendSchema, 'The trend; without points where nothing was measured'),
    ...problems('invalid_input', 'not_found'),
  },
});

export const getGateRecord = createRoute({
  operationId: 'getGateRecord',
  method: 'get',
  path: '/api/v1/repositories/{owner}/{name}/gate-record',
  summary: 'How the gate itself did: blocks, overrides, disputes, and equal inputs with different verdicts',
  ...needs('runs:read'),
  request: {
    params: repositoryParams,
    query: z.strictObject({
      days: wholeNumber(1, 365)
        .optional()
        .openapi({ description: 'Of the last so many days; 90 if it is not said.' }),
    }),
  },
  responses: {
    200: jsonAnswer(gateRecordSchema, 'The record'),
    ...problems('invalid_input', 'not_found'),
  },
});

export const listDatasets = createRoute({
  operationId: 'listDatasets',
  method: 'get',
  path: '/api/v1/repositories/{owner}/{name}/datasets',
  summary: `Versions of datasets that runs read, the last read first, at most ${DATASETS}`,
  ...needs('datasets:read'),
  request: { params: repositoryParams },
  responses: {
    200: jsonAnswer(datasetListSchema, 'The versions'),
    ...problems('invalid_input', 'not_found'),
  },
});

export function repositoryRoutes(api: OpenAPIHono<ApiEnv>, site: Site): void {
  const { insight, store } = site;

  api.openapi(listRepositories, async (c) => {
    const { after = 0, limit = 100 } = c.req.valid('query');
    const token = c.get('token');
    const found = (await store.activeRepositories())
      .filter(({ id }) => id > after && sees(token, id))
      .sort((a, b) => a.id - b.id);
    const page = found.slice(0, limit);
    const next = found.length > limit ? (page.at(-1)?.id ?? null) : null;
    return c.json({ repositories: page.map(repositoryJson), next }, 200);
  });

  api.openapi(getRepository, async (c) => {
    const { owner, name } = c.req.valid('param');
    const repository = await visibleRepository(site, c.get('token'), owner, name);
    const [[line], pipelines] = await Promise.all([
      insight.overview([repository.id]),
      insight.pipelines(repository.id),
    ]);
    if (line === undefined) throw new ApiProblem('not_found');
    return c.json(stateJson(line, pipelines), 200);
  });

  api.openapi(getTrend, async (c) => {
    const { owner, name } = c.req.valid('param');
    const { pipeline, base_ref, limit = 100 } = c.req.valid('query');
    const repository = await visibleRepository(site, c.get('token'), owner, name);
    const points = await insight.trend(repository.id, { pipeline, baseRef: base_ref, limit });
    return c.json({ pipeline, base_ref, points: points.map(pointJson) }, 200);
  });

  api.openapi(getGateRecord, async (c) => {
    const { owner, name } = c.req.valid('param');
    const { days = 90 } = c.req.valid('query');
    const repository = await visibleRepository(site, c.get('token'), owner, name);
    const since = new Date((await store.now()) - days * DAY_MS);
    return c.json(gateJson(await insight.gateRecord(repository.id, since), since), 200);
  });

  api.openapi(listDatasets, async (c) => {
    const { owner, name } = c.req.valid('param');
    const repository = await visibleRepository(site, c.get('token'), owner, name);
    const datasets = await insight.datasets(repository.id, DATASETS);
    return c.json({ datasets: datasets.map(datasetJson) }, 200);
  });
}
