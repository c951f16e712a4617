/** The API over a real database, asked as programs do; every answer is held against the description. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type pg from 'pg';
import { expect } from 'vitest';
import type { RepositoryRef } from '../../src/core/app-words.js';
import { issueToken } from '../../src/flow/api-tokens.js';
import { openApiDocument } from '../../src/http/api/document.js';
import type { SitePorts } from '../../src/http/site/words.js';
import type { RepositoryAccess } from '../../src/ports/people.js';
import type { Job } from '../../src/ports/queue.js';
import { TOKEN_SCOPES, type TokenScope } from '../../src/ports/tokens.js';
import { createApiTokens } from '../../src/postgres/api-tokens.js';
import { createInsight } from '../../src/postgres/insight.js';
import { createSimulations } from '../../src/postgres/simulations.js';
import { createStore } from '../../src/postgres/store.js';
import { testSite } from './site-support.js';

export function world(
  pool: pg.Pool,
  access: readonly RepositoryAccess[] = [],
  more: Partial<SitePorts> = {},
) {
  const store = createStore(pool);
  const jobs: Job[] = [];
  const ports = {
    store,
    insight: createInsight(pool),
    tokens: createApiTokens(pool),
    simulations: createSimulations(pool),
    queue: {
      add: (job: Job) => Promise.resolve(void jobs.push(job)),
      waiting: () => Promise.resolve([]),
    } as unknown as SitePorts['queue'],
    ...more,
  };
  const site = testSite({ access, ports });
  return { ...site, ...ports, jobs };
}

export async function secretFor(
  pool: pg.Pool,
  {
    scopes = TOKEN_SCOPES,
    repository = null,
    ttlMs = 60_000,
    name = 'a test',
  }: {
    readonly scopes?: readonly TokenScope[];
    readonly repository?: RepositoryRef | null;
    readonly ttlMs?: number | null;
    readonly name?: string;
  } = {},
): Promise<string> {
  const tokens = createApiTokens(pool);
  const wanted = { name, scopes, repositoryId: repository?.id ?? null, createdBy: 'ada', ttlMs };
  return (await issueToken(tokens, wanted)).secret;
}

interface Described {
  readonly paths: Record<
    string,
    Record<string, { responses: Record<string, { content?: Record<string, unknown> }> }>
  >;
}
export const description = openApiDocument() as Described;

const ajv = new Ajv2020({ strict: false, validateFormats: true });
addFormats.default(ajv);
ajv.addSchema(description, 'api');

const pointer = (part: string): string =>
  encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'));

/** Fails when the description does not have the answer's status, its type, or its shape. Gives back what was sent. */
export async function asDescribed(method: string, path: string, response: Response): Promise<unknown> {
  const [bare = ''] = path.split('?');
  const template = Object.keys(description.paths)
    .sort((a, b) => a.split('{').length - b.split('{').length)
    .find((each) => new RegExp(`^${each.replace(/\{\w+\}/g, '[^/]+')}$`).test(bare));
  expect(template, `${bare} is in the description`).toBeDefined();
  const { responses } = description.paths[template!]![method.toLowerCase()]!;
  const told = responses[String(response.status)];
  expect(told, `${method} ${bare} may answer ${response.status}`).toBeDefined();
  const [type = ''] = (response.headers.get('content-type') ?? '').split(';');
  const text = await response.text();
  if (told!.content === undefined) {
    expect(text).toBe('');
    return undefined;
  }
  expect(Object.keys(told!.content)).toContain(type);
  if (type === 'text/csv') return text;
  const body: unknown = JSON.parse(text);
  const at = [
    'paths',
    template!,
    method.toLowerCase(),
    'responses',
    String(response.status),
    'content',
    type,
    'schema',
  ];
  const valid = ajv.validate(`api#/${at.map(pointer).join('/')}`, body);
  expect(valid, JSON.stringify(ajv.errors)).toBe(true);
  return body;
}
