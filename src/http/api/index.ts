/** The HTTP API. Everything under `/api/` is answered here, in its own words; pages have nothing to do with it. */
import { OpenAPIHono } from '@hono/zod-openapi';
import type { Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { methodNotAllowed } from 'hono/method-not-allowed';
import { API_BODY_BYTES } from '../../core/limits.js';
import type { Site } from '../site/words.js';
import { authenticate, type ApiEnv, REQUESTS } from './authenticate.js';
import { configurationRoutes } from './configuration.js';
import { openApiDocument } from './document.js';
import { ledgerRoutes } from './ledger.js';
import { ApiProblem, problem, whenItThrows, type InputProblem } from './problems.js';
import { repositoryRoutes } from './repositories.js';
import { runRoutes } from './runs.js';

const PLACES: Readonly<Record<string, InputProblem['in']>> = { param: 'path', query: 'query', json: 'body' };

/** `requests`: what one token may ask of this process. */
export function apiRoutes(site: Site, requests: { points: number; seconds: number } = REQUESTS): Hono {
  const api = new OpenAPIHono<ApiEnv>({
    defaultHook: (result) => {
      if (result.success) return;
      const errors = result.error.issues.slice(0, 20).map(({ path, message }) => ({
        in: PLACES[result.target] ?? 'body',
        name: path.join('.'),
        detail: message,
      }));
      throw new ApiProblem('invalid_input', { members: { errors } });
    },
  });
  const description = JSON.stringify(openApiDocument());

  api.use('/api/*', noStore, methodNotAllowed({ app: api, onMethodNotAllowed: otherMethod }));
  api.get('/api/v1/openapi.json', (c) => c.body(description, 200, { 'content-type': 'application/json' }));
  api.use(
    '/api/*',
    authenticate(site.tokens, requests),
    bodyLimit({ maxSize: API_BODY_BYTES, onError: (c) => problem(c, 'too_large') }),
  );
  repositoryRoutes(api, site);
  runRoutes(api, site);
  configurationRoutes(api, site);
  ledgerRoutes(api, site);
  api.all('/api/*', (c) => problem(c, 'not_found'));
  api.onError(whenItThrows(site.log));
  return api as unknown as Hono;
}

async function noStore(c: Context, next: () => Promise<void>): Promise<void> {
  await next();
  if (!c.res.headers.has('cache-control')) c.res.headers.set('cache-control', 'no-store');
}

function otherMethod(c: Context, methods: readonly string[]): Response {
  const allow = [...methods, 'OPTIONS'].join(', ');
  return c.req.method === 'OPTIONS'
    ? c.body(null, 204, { allow })
    : problem(c, 'method_not_allowed', { headers: { allow } });
}
