import { readFileSync } from 'node:fs';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import { apiRoutes } from '../../src/http/api/index.js';
import { PROBLEMS } from '../../src/http/api/problems.js';
import type { Site } from '../../src/http/site/words.js';
import { schemaFiles } from '../../src/schemas.js';
import { createStore } from '../../src/postgres/store.js';
import { age, repositoryRef } from '../postgres/make.js';
import { useDatabase } from '../support/postgres.js';
import { asDescribed, description, secretFor, world } from './api-support.js';

const database = useDatabase();
const REPOSITORIES = '/api/v1/repositories';
const bearer = (secret: string) => ({ headers: { authorization: `Bearer ${secret}` } });
const json = { 'content-type': 'application/json' };

async function told(response: Response) {
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  const body = (await response.json()) as { code: keyof typeof PROBLEMS; status: number; detail: string };
  expect([body.status, response.status]).toEqual([PROBLEMS[body.code][0], PROBLEMS[body.code][0]]);
  return body;
}

describe('the description', () => {
  it('is OpenAPI 3.1', async () => {
    const result = await new Validator().validate(structuredClone(description) as never);
    expect(result.errors ?? []).toEqual([]);
    expect(result.valid).toBe(true);
    const broken = { ...structuredClone(description), paths: { x: 1 } };
    expect((await new Validator().validate(broken as never)).valid).toBe(false);
  });

  it('is committed as it is generated, and served to everybody', async () => {
    const committed = readFileSync(new URL('../../schema/openapi.json', import.meta.url), 'utf8');
    expect(committed).toBe(schemaFiles()['openapi.json']);
    const response = await world(database.pool()).app.request('/api/v1/openapi.json');
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual(JSON.parse(committed));
  });

  it('names every code of a problem that a route can answer', () => {
    const text = JSON.stringify(description);
    const general = ['method_not_allowed'];
    for (const code of Object.keys(PROBLEMS))
      expect(text.includes(`\`${code}\``) || general.includes(code), code).toBe(true);
  });
});

describe('a token', () => {
  it('is needed, and cookies are none', async () => {
    const { app } = world(database.pool());
    for (const headers of [
      {},
      { cookie: 'docops=x' },
      { authorization: 'Basic eDp4' },
      { authorization: 'Bearer' },
    ]) {
      const response = await app.request(REPOSITORIES, { headers: headers as Record<string, string> });
      expect(response.headers.get('www-authenticate')).toBe('Bearer realm="docops"');
      expect(await told(response)).toMatchObject({ code: 'unauthorized' });
      expect(response.headers.has('set-cookie')).toBe(false);
    }
  });

  it.each([
    'docops_',
    `docops_${'a'.repeat(43)}`,
    `ghp_${'a'.repeat(40)}`,
    `docops_${'a'.repeat(5000)}`,
    "docops_' or 1=1 --",
  ])('that nobody made opens nothing: %s', async (secret) => {
    const response = await world(database.pool()).app.request(REPOSITORIES, bearer(secret));
    expect(response.headers.get('www-authenticate')).toContain(
      secret.includes(' ') ? 'Bearer realm="docops"' : 'error="invalid_token"',
    );
    expect(response.status).toBe(401);
  });

  it('that is revoked or has expired looks like one that nobody made', async () => {
    const { app, tokens } = world(database.pool());
    const revoked = await secretFor(database.pool(), { name: 'to be revoked' });
    expect((await app.request(REPOSITORIES, bearer(revoked))).status).toBe(200);
    const [made] = await tokens.tokens(null);
    expect(await tokens.revokeToken(made!.id, 'ada')).toBe(true);
    const expired = await secretFor(database.pool(), { ttlMs: 60_000 });
    await age(database.pool(), 'api_tokens', ['expires_at'], 120_000);
    const unknown = await app.request(REPOSITORIES, bearer(`docops_${'b'.repeat(43)}`));
    const expected = await told(unknown);
    expect(expected).toMatchObject({ code: 'invalid_token' });
    for (const secret of [revoked, expired])
      expect(await told(await app.request(REPOSITORIES, bearer(secret)))).toEqual(expected);
  });

  it('is kept as a hash alone', async () => {
    const secret = await secretFor(database.pool());
    const { rows } = await database.pool().query('select * from docops.api_tokens, docops.audit');
    expect(rows.length).toBeGreaterThan(0);
    expect(JSON.stringify(rows)).not.toContain(secret.slice('docops_'.length));
  });

  it('without the scope is told which one is needed', async () => {
    const { app } = world(database.pool());
    const secret = await secretFor(database.pool(), { scopes: ['datasets:read'] });
    const response = await app.request(REPOSITORIES, bearer(secret));
    expect(response.headers.get('www-authenticate')).toContain(
      'error="insufficient_scope", scope="runs:read"',
    );
    expect(await told(response)).toMatchObject({ code: 'insufficient_scope' });
    const validate = await app.request('/api/v1/validate', { ...bearer(secret), method: 'POST' });
    expect(await told(validate)).toMatchObject({
      detail: 'This needs a token with the scope configuration:simulate.',
    });
  });

  it('says in the description and to the token the same scope for every route', async () => {
    const { app } = world(database.pool());
    const secret = await secretFor(database.pool(), { scopes: [] });
    for (const [path, methods] of Object.entries(description.paths))
      for (const [method, { security }] of Object.entries(
        methods as unknown as Record<string, { security: [{ token: [string] }] }>,
      )) {
        const response = await app.request(path.replace(/\{\w+\}/g, 'x'), {
          ...bearer(secret),
          method: method.toUpperCase(),
        });
        expect(response.status, path).toBe(403);
        expect(response.headers.get('www-authenticate')).toContain(`scope="${security[0].token[0]}"`);
      }
  });

  it('asks so often and no more, each for itself', async () => {
    const { ports } = world(database.pool());
    const app = new Hono().route('/', apiRoutes(ports as Site, { points: 2, seconds: 60 }));
    const secret = await secretFor(database.pool());
    const first = await app.request(REPOSITORIES, bearer(secret));
    expect(first.headers.get('ratelimit-policy')).toBe('"token";q=2;w=60');
    expect(first.headers.get('ratelimit')).toMatch(/^"token";r=1;t=\d+$/);
    expect((await app.request(REPOSITORIES, bearer(secret))).status).toBe(200);
    const third = await app.request(REPOSITORIES, bearer(secret));
    expect(Number(third.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(third.headers.get('ratelimit')).toMatch(/r=0/);
    await asDescribed('GET', REPOSITORIES, third.clone());
    expect(await told(third)).toMatchObject({ code: 'rate_limited' });
    expect((await app.request(REPOSITORIES, bearer(await secretFor(database.pool())))).status).toBe(200);
  });
});

describe('a request', () => {
  const ask = async (path: string, init: RequestInit = {}) => {
    const secret = await secretFor(database.pool());
    const headers = { ...bearer(secret).headers, ...(init.headers as Record<string, string>) };
    return world(database.pool()).app.request(path, { ...init, headers });
  };

  it('with a body that is no JSON, no JSON type or too much of it is refused', async () => {
    const path = '/api/v1/validate';
    const post = (body: string, headers: Record<string, string>) =>
      ask(path, { method: 'POST', body, headers });
    expect(await told(await post('{', json))).toMatchObject({ code: 'invalid_json' });
    expect(await told(await post('{"text":"x"}', { 'content-type': 'text/plain' }))).toMatchObject({
      code: 'unsupported_media_type',
    });
    const large = JSON.stringify({ text: 'x'.repeat(4 * 1024 * 1024) });
    const length = { 'content-length': String(large.length) };
    expect(await told(await post(large, { ...json, ...length }))).toMatchObject({ code: 'too_large' });
    const long = JSON.stringify({ text: 'x'.repeat(600 * 1024) });
    expect(await told(await post(long, json))).toMatchObject({ errors: [{ in: 'body', name: 'text' }] });
    expect(await told(await post('{"text":"x","more":1}', json))).toMatchObject({ code: 'invalid_input' });
    expect(await told(await post('null', json))).toMatchObject({ code: 'invalid_input' });
  });

  it('to an address that is none is told so, whatever it asks', async () => {
    for (const path of [
      '/api',
      '/api/',
      '/api/v1',
      '/api/v2/repositories',
      '/api/v1/repositories/',
      '/api/v1/%2e%2e/x',
    ])
      expect((await ask(path)).status, path).toBe(404);
    expect(await told(await ask('/api/v1/nowhere', { method: 'POST' }))).toMatchObject({ code: 'not_found' });
  });

  it('with another method is told which there are', async () => {
    const response = await ask(REPOSITORIES, { method: 'DELETE' });
    expect(response.headers.get('allow')).toBe('GET, HEAD, OPTIONS');
    expect(await told(response)).toMatchObject({ code: 'method_not_allowed' });
    const options = await world(database.pool()).app.request('/api/v1/validate', { method: 'OPTIONS' });
    expect([options.status, options.headers.get('allow')]).toEqual([204, 'POST, OPTIONS']);
  });

  it('of a page of another site gets no leave to read', async () => {
    for (const init of [{}, { method: 'OPTIONS' }]) {
      const response = await ask(REPOSITORIES, { ...init, headers: { origin: 'https://evil.example' } });
      expect(JSON.stringify(Object.fromEntries(response.headers))).not.toContain('access-control');
    }
  });

  it('for the head gets what a GET gets, without the body', async () => {
    const [get, head] = [await ask(REPOSITORIES), await ask(REPOSITORIES, { method: 'HEAD' })];
    expect([head.status, head.headers.get('content-type')]).toEqual([200, get.headers.get('content-type')]);
    expect(await head.text()).toBe('');
    expect(get.headers.get('cache-control')).toBe('no-store');
    expect(get.headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('that fails tells the log why, and the program nothing', async () => {
    const repository = repositoryRef();
    await createStore(database.pool()).saveRepositories([repository]);
    const { ports } = world(database.pool());
    const said: string[] = [];
    const log = { ...ports.log, error: (_fields: object, message: string) => void said.push(message) };
    const store = {
      ...ports.store,
      activeRepositories: () => Promise.reject(new Error('password of the database')),
    };
    const app = new Hono().route('/', apiRoutes({ ...ports, store, log } as unknown as Site));
    const response = await app.request(REPOSITORIES, bearer(await secretFor(database.pool())));
    const body = await told(response);
    expect(body).toMatchObject({ code: 'internal' });
    expect(JSON.stringify(body)).not.toContain('password');
    expect(said).toEqual(['a request of the API failed']);
  });
});
