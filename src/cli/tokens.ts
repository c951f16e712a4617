/** `docops tokens`: who may use the HTTP API. */
import { userInfo } from 'node:os';
import Table from 'cli-table3';
import { Command } from 'commander';
import type pg from 'pg';
import { formatDuration, parseDuration } from '../core/config/durations.js';
import { issueToken, TOKEN_MAX_TTL_MS, TOKEN_NAME_CHARACTERS, tokenState } from '../flow/api-tokens.js';
import { TOKEN_SCOPES, type ApiToken, type TokenScope } from '../ports/tokens.js';
import type { RepositoryRef } from '../core/app-words.js';
import { readLocalSettings } from '../settings.js';
import { UsageError } from './exit.js';

interface CreateOptions {
  readonly name: string;
  readonly scope: string;
  readonly repository?: string;
  readonly expires: string;
  readonly json?: boolean;
}

export function tokensCommand(): Command {
  const command = new Command('tokens').description('tokens of the HTTP API');
  command
    .command('create')
    .description('make a token; it is shown once')
    .requiredOption('--name <name>', 'what will use it')
    .requiredOption('--scope <scopes>', `what it may do, with commas: ${TOKEN_SCOPES.join(', ')}`)
    .option('--repository <owner/name>', 'the only repository that it sees; default: every one')
    .option('--expires <duration>', 'how long it holds, at most 366d; `never`: until it is revoked', '90d')
    .option('--json', 'print it as JSON')
    .action(create);
  command
    .command('list')
    .description('list the tokens there are and were')
    .option('--json', 'print them as JSON')
    .action(list);
  command
    .command('revoke')
    .description('end a token at once')
    .argument('<id>', 'its id, from the list')
    .action(revoke);
  return command;
}

async function create(options: CreateOptions): Promise<void> {
  const wanted = { name: readName(options.name), scopes: readScopes(options.scope) };
  const ttlMs = readExpiry(options.expires);
  await withDatabase(async ({ tokens, repositories }) => {
    const repository =
      options.repository === undefined ? null : findRepository(options.repository, await repositories());
    const { token, secret } = await issueToken(tokens, {
      ...wanted,
      repositoryId: repository?.id ?? null,
      createdBy: who(),
      ttlMs,
    });
    if (options.json === true) {
      process.stdout.write(`${JSON.stringify({ ...tokenJson(token), token: secret }, null, 2)}\n`);
      return;
    }
    process.stdout.write(`${secret}\n`);
    const sees = repository === null ? 'every repository' : `${repository.owner}/${repository.name}`;
    const until = token.expiresAt === null ? 'until it is revoked' : `until ${token.expiresAt.toISOString()}`;
    process.stderr.write(`Shown this once. It sees ${sees}, ${until}: docops tokens revoke ${token.id}\n`);
  });
}

async function list({ json }: { readonly json?: boolean }): Promise<void> {
  await withDatabase(async ({ tokens, repositories }) => {
    const all = await tokens.tokens(null);
    process.stdout.write(
      json === true
        ? `${JSON.stringify({ tokens: all.map(tokenJson) }, null, 2)}\n`
        : tokensAsText(all, await repositories(), Date.now()),
    );
  });
}

async function revoke(id: string): Promise<void> {
  await withDatabase(async ({ tokens }) => {
    if (await tokens.revokeToken(id, who())) process.stdout.write(`${id} is revoked\n`);
    else
      throw new UsageError(
        `no token that could be revoked has the id ${JSON.stringify(id)}`,
        'docops tokens list shows the ids',
      );
  });
}

function readName(name: string): string {
  const trimmed = name.trim();
  if (trimmed === '' || trimmed.length > TOKEN_NAME_CHARACTERS || /\p{C}/u.test(trimmed))
    throw new UsageError(
      `--name ${JSON.stringify(name)} is no name`,
      `1 to ${TOKEN_NAME_CHARACTERS} visible characters, such as "nightly dashboard"`,
    );
  return trimmed;
}

function readScopes(text: string): readonly TokenScope[] {
  const given = text.split(',').map((scope) => scope.trim());
  const unknown = given.find((scope) => !(TOKEN_SCOPES as readonly string[]).includes(scope));
  if (unknown !== undefined)
    throw new UsageError(
      `there is no scope ${JSON.stringify(unknown)}`,
      `the scopes are ${TOKEN_SCOPES.join(', ')}`,
    );
  return TOKEN_SCOPES.filter((scope) => given.includes(scope));
}

function readExpiry(text: string): number | null {
  if (text === 'never') return null;
  const ms = parseDuration(text);
  if (ms === undefined || ms === 0 || ms > TOKEN_MAX_TTL_MS)
    throw new UsageError(
      `--expires ${JSON.stringify(text)} is no duration that a token can hold for`,
      `write 90d, up to ${formatDuration(TOKEN_MAX_TTL_MS)}, or never`,
    );
  return ms;
}

function findRepository(text: string, known: readonly RepositoryRef[]): RepositoryRef {
  const found = known.find(({ owner, name }) => `${owner}/${name}`.toLowerCase() === text.toLowerCase());
  if (found === undefined)
    throw new UsageError(
      `there is no repository ${JSON.stringify(text)} with the App`,
      'write OWNER/NAME of one that the App is installed on',
    );
  return found;
}

/** For the ledger: whoever has this machine's access to the database. */
function who(): string {
  return `${userInfo().username} (command line)`;
}

interface Opened {
  readonly tokens: ReturnType<typeof import('../postgres/api-tokens.js').createApiTokens>;
  readonly repositories: () => Promise<readonly RepositoryRef[]>;
}

async function withDatabase(work: (opened: Opened) => Promise<void>): Promise<void> {
  const settings = readLocalSettings(process.env);
  const [{ openDatabase }, { createLog }, { createApiTokens }, { createRepositories }] = await Promise.all([
    import('../database.js'),
    import('../log.js'),
    import('../postgres/api-tokens.js'),
    import('../postgres/repositories.js'),
  ]);
  const log = createLog({ ...settings.log, level: 'error' });
  const database = await openDatabase(settings, { log, patienceMs: 0 });
  try {
    await mustBeMigrated(database.pool);
    const known = createRepositories(database.pool);
    await work({
      tokens: createApiTokens(database.pool),
      repositories: () => known.activeRepositories(),
    });
  } finally {
    await database.close();
  }
}

async function mustBeMigrated(pool: pg.Pool): Promise<void> {
  const { pendingMigrations } = await import('../postgres/migrate.js');
  if ((await pendingMigrations(pool)).length > 0)
    throw new UsageError('the database is older than this DocOps', 'run docops migrate');
}

function tokenJson(token: ApiToken): object {
  return {
    id: token.id,
    name: token.name,
    scopes: token.scopes,
    repository_id: token.repositoryId,
    created_by: token.createdBy,
    created_at: token.createdAt,
    expires_at: token.expiresAt,
    last_used_at: token.lastUsedAt,
    revoked_at: token.revokedAt,
    revoked_by: token.revokedBy,
  };
}

export function tokensAsText(
  tokens: readonly ApiToken[],
  repositories: readonly RepositoryRef[],
  nowMs: number,
): string {
  if (tokens.length === 0) return 'there is no token; docops tokens create makes one\n';
  const table = new Table({
    head: ['id', 'name', 'scopes', 'repository', 'made by', 'last used', 'until', 'state'],
    style: { head: [], border: [] },
  });
  const day = (at: Date | null, otherwise: string): string => at?.toISOString().slice(0, 10) ?? otherwise;
  for (const token of tokens) {
    const repository = repositories.find(({ id }) => id === token.repositoryId);
    table.push([
      token.id,
      oneLine(token.name),
      token.scopes.join('\n'),
      token.repositoryId === null
        ? 'every one'
        : repository === undefined
          ? String(token.repositoryId)
          : `${repository.owner}/${repository.name}`,
      oneLine(token.createdBy),
      day(token.lastUsedAt, 'never'),
      day(token.expiresAt, 'revoked'),
      tokenState(token, nowMs),
    ]);
  }
  return `${table.toString()}\ndocops tokens revoke ID ends one\n`;
}

/** Names may come from a database that others write to: no line end and no escape code reaches the terminal. */
function oneLine(text: string): string {
  return text.replace(/\p{C}+/gu, ' ').slice(0, 100);
}
