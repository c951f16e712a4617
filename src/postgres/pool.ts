import pg from 'pg';
import { parseIntoClientConfig } from 'pg-connection-string';

/** A statement that takes longer is a bug or a blocked database: it fails, and its job is tried again. */
const STATEMENT_TIMEOUT_MS = 60_000;
/** Beyond it nobody is there to time out: the machine or the network is gone. */
const ANSWER_TIMEOUT_MS = STATEMENT_TIMEOUT_MS + 10_000;
/** A transaction of ours never thinks for so long; one that does has lost its process. */
const IDLE_IN_TRANSACTION_MS = 60_000;
const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Connections to the database. They break when the server restarts: idle ones then report to `onError` and are replaced,
 * a query under way throws. TLS and the like are said in the URL (`?sslmode=verify-full`) or by the PG* variables.
 * `password` is asked for at every new connection, so that one that rotates is followed.
 */
export function openPool(
  connection: { readonly url: string; readonly password?: () => Promise<string> } | pg.PoolConfig,
  options: { readonly max?: number; readonly onError?: (error: Error) => void } = {},
): pg.Pool {
  const pool = new pg.Pool({
    ...('url' in connection ? addressOf(connection) : connection),
    application_name: 'docops',
    max: options.max ?? 10,
    keepAlive: true,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    query_timeout: ANSWER_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
  });
  // Without a listener an idle connection that breaks ends the process.
  pool.on('error', (error) => options.onError?.(error));
  return pool;
}

/** With a password that is asked for at every new connection: pg would take the URL's empty one instead. */
function addressOf({
  url,
  password,
}: {
  readonly url: string;
  readonly password?: () => Promise<string>;
}): pg.PoolConfig {
  return password === undefined ? { connectionString: url } : { ...parseIntoClientConfig(url), password };
}
