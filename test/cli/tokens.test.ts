/** `docops tokens`, beside a database that a server would use. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { tokensAsText } from '../../src/cli/tokens.js';
import type { RepositoryRef } from '../../src/core/app-words.js';
import { tokenOf } from '../../src/flow/api-tokens.js';
import { createApiTokens } from '../../src/postgres/api-tokens.js';
import { createStore } from '../../src/postgres/store.js';
import { repositoryRef } from '../postgres/make.js';
import { folderWith } from '../support/folder.js';
import { useDatabase } from '../support/postgres.js';

const PROGRAM = fileURLToPath(new URL('../../dist/src/main.js', import.meta.url));
const database = useDatabase();
let repository: RepositoryRef;

beforeAll(async () => {
  repository = repositoryRef();
  await createStore(database.pool()).saveRepositories([repository]);
});

function docops(...args: string[]): Promise<{ code: number; output: string; errors: string }> {
  const env = {
    PATH: process.env['PATH'],
    DATABASE_URL: database.url(),
    DOCOPS_DATA: folderWith(),
    NO_COLOR: '1',
  };
  return new Promise((resolve) => {
    execFile(process.execPath, [PROGRAM, 'tokens', ...args], { env }, (error, output, errors) => {
      resolve({ code: error === null ? 0 : Number(error.code), output, errors });
    });
  });
}

describe('docops tokens', () => {
  it('makes a token that is shown once, lists it and revokes it', async () => {
    const tokens = createApiTokens(database.pool());
    const full = `${repository.owner}/${repository.name}`.toUpperCase();
    const made = await docops('create', '--name', 'nightly', '--scope', 'runs:read', '--repository', full);
    expect(made.code).toBe(0);
    // Nothing else is on standard output, so that a script can take it.
    expect(made.output).toMatch(/^docops_[A-Za-z0-9_-]{43}\n$/);
    const token = await tokenOf(tokens, made.output.trim());
    expect(token).toMatchObject({ name: 'nightly', scopes: ['runs:read'], repositoryId: repository.id });
    expect(token!.expiresAt!.getTime() - token!.createdAt.getTime()).toBeCloseTo(90 * 86_400_000, -4);
    expect(made.errors).toContain(`docops tokens revoke ${token!.id}`);

    const listed = await docops('list');
    expect(listed.output).toContain('nightly');
    expect(listed.output).not.toContain(made.output.trim());

    expect((await docops('revoke', token!.id)).output).toBe(`${token!.id} is revoked\n`);
    expect(await tokenOf(tokens, made.output.trim())).toBeUndefined();
    const again = await docops('revoke', token!.id);
    expect([again.code, again.errors]).toEqual([2, expect.stringContaining('docops tokens list')]);
    const { rows } = await database
      .pool()
      .query('select action, repository_id from docops.audit order by id');
    expect(rows).toEqual(
      ['token.created', 'token.revoked'].map((action) => ({ action, repository_id: String(repository.id) })),
    );
  }, 120_000);

  it('prints JSON for programs', async () => {
    const scopes = 'configuration:simulate, runs:read';
    const made = await docops('create', '--name', 'all', '--scope', scopes, '--expires', 'never', '--json');
    const { token, ...about } = JSON.parse(made.output) as { token: string };
    expect(about).toMatchObject({
      name: 'all',
      scopes: ['runs:read', 'configuration:simulate'],
      repository_id: null,
      expires_at: null,
    });
    expect(token).toMatch(/^docops_/);
    const { tokens } = JSON.parse((await docops('list', '--json')).output) as { tokens: object[] };
    expect(tokens[0]).toEqual(about);
    expect(JSON.stringify(tokens)).not.toContain(token);
  }, 120_000);

  it.each([
    [['create', '--scope', 'runs:read'], '--name'],
    [['create', '--name', 'x', '--scope', 'all'], 'the scopes are runs:read'],
    [['create', '--name', '', '--scope', 'runs:read'], 'is no name'],
    [['create', '--name', 'x', '--scope', 'runs:read', '--expires', '2y'], 'write 90d, up to 366d, or never'],
    [
      ['create', '--name', 'x', '--scope', 'runs:read', '--expires', '367d'],
      'write 90d, up to 366d, or never',
    ],
    [['create', '--name', 'x', '--scope', 'runs:read', '--repository', 'acme/nowhere'], 'OWNER/NAME'],
    [['revoke', 'x'], 'docops tokens list'],
  ])(
    '%j ends with 2 and says what to write',
    async (args, mend) => {
      const { code, errors, output } = await docops(...args);
      expect([code, output]).toEqual([2, '']);
      expect(errors).toContain(mend);
    },
    60_000,
  );
});

it('names in the list bring no escape code and no line end to the terminal', () => {
  const token = {
    id: 'i',
    name: 'evil\u001b[2J\nname',
    scopes: ['runs:read' as const],
    repositoryId: null,
    createdBy: 'ada',
    createdAt: new Date(0),
    expiresAt: new Date(5),
    lastUsedAt: null,
    revokedAt: null,
    revokedBy: null,
  };
  const text = tokensAsText([token], [], 10);
  expect(text).toContain('evil [2J name');
  expect(text).not.toContain('\u001b[2J');
  expect(text).toContain('expired');
  expect(tokensAsText([], [], 10)).toContain('docops tokens create');
});
