import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { tokensCommand } from '../../src/cli/tokens.js';
import type { RepositoryRef } from '../../src/core/app-words.js';
import { SCOPE_WORDS } from '../../src/flow/api-tokens.js';
import { REQUESTS } from '../../src/http/api/authenticate.js';
import { PROBLEMS } from '../../src/http/api/problems.js';
import { LEDGER_COLUMNS } from '../../src/http/pages/ledger/export.js';
import { createStore } from '../../src/postgres/store.js';
import { asDescribed, description, secretFor, world } from '../http/api-support.js';
import { newEvaluation, repositoryRef, sha } from '../postgres/make.js';
import { useDatabase } from '../support/postgres.js';
import { blockReport } from '../support/report.js';

const text = readFileSync(new URL('../../docs/api.md', import.meta.url), 'utf8');
const database = useDatabase();
const repository: RepositoryRef = repositoryRef({ name: 'invoices' });
let run = '';

beforeAll(async () => {
  const store = createStore(database.pool());
  await store.saveRepositories([repository]);
  const { evaluation } = await store.createEvaluation({
    ...newEvaluation({ repositoryId: repository.id, headSha: sha(1), baseRef: 'main' }),
    state: 'judged',
    reports: [{ pipeline: 'invoices', planId: 'plan', report: blockReport(), reusedFrom: null }],
  });
  run = evaluation.id;
});

async function ask(method: string, path: string, body?: string): Promise<{ status: number; body: unknown }> {
  const { app } = world(database.pool());
  const response = await app.request(path, {
    method,
    headers: {
      authorization: `Bearer ${await secretFor(database.pool())}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body }),
  });
  return { status: response.status, body: await asDescribed(method, path, response) };
}

describe('docs/api.md', () => {
  const requests = [
    ...text.matchAll(/```json request (GET|POST) (\S+)\n([^]*?)```[^]*?```json answer (\d+)\n([^]*?)```/g),
  ].map(
    ([, method, path, body, status, answer]) => [method!, path!, body!, Number(status), answer!] as const,
  );

  it('shows three requests', () => {
    expect(requests).toHaveLength(3);
  });

  it.each(requests)('%s %s is answered as it says', async (method, path, body, status, answer) => {
    const found = await ask(method, path, body.trim() === '' ? undefined : body);
    expect(found.status).toBe(status);
    expect(found.body).toMatchObject(JSON.parse(answer) as object);
  });

  const addresses = [...text.matchAll(/^\| `(\/api\/v1\/[^`]+)` \|/gm)].map(([, path]) => path!);

  it.each(addresses)('%s is there', async (path) => {
    expect((await ask('GET', path.replace('RUN', run))).status).toBe(200);
  });

  it('names every address that reads', () => {
    expect(addresses).toHaveLength(
      Object.entries(description.paths).filter(
        ([path, methods]) => 'get' in methods && !path.endsWith('/{id}'),
      ).length + 2,
    );
  });

  it('lists the codes with their status, the scopes in their words, and the limit', () => {
    const codes = [...text.matchAll(/^\| `([a-z_]+)` \| (\d{3}) \|/gm)].map(([, code, status]) => [
      code,
      Number(status),
    ]);
    expect(codes).toEqual(Object.entries(PROBLEMS).map(([code, [status]]) => [code, status]));
    for (const [scope, words] of Object.entries(SCOPE_WORDS))
      expect(text).toContain(`| \`${scope}\` | ${words} |`);
    expect(text).toContain(`more than ${REQUESTS.points} requests in ${REQUESTS.seconds} seconds`);
  });

  it('lists the columns of the export', () => {
    expect(text).toContain(`Its columns: ${LEDGER_COLUMNS.map((column) => `\`${column}\``).join(', ')}.`);
  });

  it('shows commands that there are', () => {
    const lines = [...text.matchAll(/^docops tokens (\w+)(.*)$/gm)];
    const commands = new Map(tokensCommand().commands.map((command) => [command.name(), command]));
    expect(lines.map(([, name]) => name)).toEqual([...commands.keys()]);
    for (const [, name, rest] of lines)
      for (const [option] of rest!.matchAll(/--\w+/g))
        expect(
          commands.get(name!)!.options.map(({ long }) => long),
          option,
        ).toContain(option);
  });
});
