import type pg from 'pg';

/** What a query needs: a pool, or the one connection of a transaction. */
export type Queryable = Pick<pg.ClientBase, 'query'>;

/**
 * Runs `work` in one transaction on one connection. It is committed when `work` ends, rolled back when it throws; when
 * the connection breaks the server rolls back, and this throws.
 */
export async function inTransaction<T>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  // The pool listens only while a connection is idle.
  let broken: Error | undefined;
  const onError = (error: Error): void => {
    broken = error;
  };
  client.on('error', onError);
  try {
    await client.query('begin');
    const result = await work(client);
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch((second: unknown) => {
      broken ??= second as Error;
    });
    throw error;
  } finally {
    client.off('error', onError);
    client.release(broken);
  }
}
