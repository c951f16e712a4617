/** Who owns a running server: the process whose connection holds an advisory lock in it. */
import { dirname } from 'node:path';
import pg from 'pg';
import { UsageError } from '../../core/errors.js';
import { SUPERUSER, type Cluster } from './cluster.js';

export const DATABASE = 'docops';
/** Advisory lock in the database `postgres`; any number, the same in all versions. */
const OWNER_LOCK = 4_061_972;

/** The owner's connection; undefined while the server cannot be reached. Throws `UsageError` when somebody else owns it. */
export async function own(cluster: Cluster, port: number): Promise<pg.Client | undefined> {
  const guard = new pg.Client({
    connectionString: urlOf(cluster, port, 'postgres'),
    application_name: `docops owner ${process.pid}`,
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
  });
  // What breaks it shows as its end.
  guard.on('error', () => undefined);
  let owner: string | null;
  try {
    await guard.connect();
    const { rows } = await guard.query<{ mine: boolean; folder: string; owner: string | null }>(
      `select pg_try_advisory_lock($1) as mine, current_setting('data_directory') as folder,
        (select a.application_name from pg_locks l join pg_stat_activity a using (pid)
          where l.locktype = 'advisory' and l.objid = $1 and l.granted and l.pid <> pg_backend_pid() limit 1) as owner`,
      [OWNER_LOCK],
    );
    const [row] = rows;
    if (row?.mine === true && row.folder === cluster.data) {
      // What keeps the process alive is its work, never this connection.
      loop(guard).unref();
      return guard;
    }
    owner = row?.mine === false ? (row.owner ?? 'a process that is just leaving') : null;
  } catch {
    await guard.end().catch(() => undefined);
    return undefined;
  }
  await guard.end().catch(() => undefined);
  // A server of another folder has our port: not ours to wait for.
  if (owner === null) return undefined;
  throw new UsageError(
    `The database in ${dirname(cluster.data)} is in use by another DocOps (${owner.replace('docops owner', 'process')}).`,
    'End it, or name another data folder. Several processes share a PostgreSQL of yours: set DATABASE_URL for each.',
  );
}

/** Waiting for its end is work again. */
export async function letGo(guard: pg.Client): Promise<void> {
  loop(guard).ref();
  await guard.end().catch(() => undefined);
}

/** @types/pg lacks these two. */
function loop(client: pg.Client): { ref(): void; unref(): void } {
  return client as unknown as { ref(): void; unref(): void };
}

export async function createDatabase(cluster: Cluster, port: number): Promise<void> {
  const client = new pg.Client({ connectionString: urlOf(cluster, port, 'postgres') });
  // The query under way says it; without a listener it would end the process.
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [DATABASE]);
    if (rowCount === 0) await client.query(`create database ${DATABASE}`);
  } finally {
    await client.end();
  }
}

export function urlOf(cluster: Cluster, port: number, database: string): string {
  return `postgres://${SUPERUSER}:${encodeURIComponent(cluster.password)}@127.0.0.1:${port}/${database}`;
}
