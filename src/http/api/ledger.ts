/** What people decided. */
import { createRoute, z, type OpenAPIHono } from '@hono/zod-openapi';
import { readLedger } from '../ledger/read.js';
import { ledgerLine } from '../ledger/wire.js';
import type { Site } from '../site/words.js';
import { needs, type ApiEnv } from './authenticate.js';
import { visibleRepository } from './repositories.js';
import { jsonAnswer, problems, repositoryParams, text, wholeNumber } from './responses.js';
import { ledgerPageSchema } from './schemas.js';

export const listLedger = createRoute({
  operationId: 'listLedger',
  method: 'get',
  path: '/api/v1/repositories/{owner}/{name}/ledger',
  summary: 'The ledger of a repository, newest first',
  description: 'Lines are added and never changed; only the state of an acceptance is as of now.',
  ...needs('runs:read'),
  request: {
    params: repositoryParams,
    query: z.strictObject({
      action: text(100)
        .optional()
        .openapi({ description: 'Beginning of the action: `acceptance`, `command.dispute-label`, \u2026' }),
      actor: text(100).optional().openapi({ description: 'Login at GitHub, or `docops`.' }),
      before: wholeNumber(1, Number.MAX_SAFE_INTEGER)
        .optional()
        .openapi({ description: 'The `next` of the page before.' }),
      limit: wholeNumber(1, 100).optional().openapi({ description: '50 if it is not said.' }),
    }),
  },
  responses: {
    200: jsonAnswer(ledgerPageSchema, 'A page of lines'),
    ...problems('invalid_input', 'not_found'),
  },
});

export function ledgerRoutes(api: OpenAPIHono<ApiEnv>, site: Site): void {
  api.openapi(listLedger, async (c) => {
    const { owner, name } = c.req.valid('param');
    const { action, actor, before, limit = 50 } = c.req.valid('query');
    const repository = await visibleRepository(site, c.get('token'), owner, name);
    const page = await readLedger(site, repository.id, {
      ...(action === undefined ? {} : { action }),
      ...(actor === undefined ? {} : { actor }),
      ...(before === undefined ? {} : { before }),
      limit,
    });
    return c.json({ lines: page.lines.map(ledgerLine), next: page.next }, 200);
  });
}
