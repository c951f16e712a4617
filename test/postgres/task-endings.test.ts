import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { openPool } from '../../src/postgres/pool.js';
import { createTaskEndings, type TaskEndings } from '../../src/postgres/task-endings.js';
import { silent } from '../queue/silent.js';
import { useDatabase } from '../support/postgres.js';
import { breakConnections, newNumber } from './make.js';

const database = useDatabase();

/** As another process has it. */
function open(): TaskEndings {
  const pool = openPool({ url: database.url() }, { max: 2 });
  const endings = createTaskEndings(pool, silent);
  onTestFinished(async () => {
    await endings.close();
    await pool.end();
  });
  return endings;
}

/** Waits until the connection is there: everybody is woken then. */
async function listens(endings: TaskEndings): Promise<void> {
  const heard = vi.fn();
  const stop = endings.endings.on(`arn:${newNumber()}`, heard);
  await vi.waitFor(
    () => {
      expect(heard).toHaveBeenCalled();
    },
    { timeout: 10_000 },
  );
  stop();
}

const within = { timeout: 10_000, interval: 20 };

describe('the end of a task', () => {
  it('is heard by every process that waits for it, and by nobody else', async () => {
    const [teller, one, two] = [open(), open(), open()];
    await Promise.all([listens(one), listens(two)]);
    const [arn, other] = [`arn:${newNumber()}`, `arn:${newNumber()}`];
    const [here, there, also, not] = [vi.fn(), vi.fn(), vi.fn(), vi.fn()];
    one.endings.on(arn, here);
    two.endings.on(arn, there);
    two.endings.on(arn, also);
    two.endings.on(other, not);
    await teller.announce(arn);
    await vi.waitFor(() => {
      for (const heard of [here, there, also]) expect(heard).toHaveBeenCalledOnce();
    }, within);
    expect(not).not.toHaveBeenCalled();
  });

  it('is not heard any more by who does not wait any more', async () => {
    const endings = open();
    await listens(endings);
    const arn = `arn:${newNumber()}`;
    const [gone, stays] = [vi.fn(), vi.fn()];
    endings.endings.on(arn, gone)();
    endings.endings.on(arn, stays);
    await endings.announce(arn);
    await vi.waitFor(() => {
      expect(stays).toHaveBeenCalledOnce();
    }, within);
    expect(gone).not.toHaveBeenCalled();
  });

  it('is looked for by everybody when the connection was broken, and heard again after that', async () => {
    const endings = open();
    await listens(endings);
    const arn = `arn:${newNumber()}`;
    const heard = vi.fn();
    endings.endings.on(arn, heard);
    await breakConnections(database.pool());
    await vi.waitFor(() => {
      expect(heard).toHaveBeenCalledOnce();
    }, within);
    await vi.waitFor(async () => {
      await endings.announce(arn);
      expect(heard.mock.calls.length).toBeGreaterThan(1);
    }, within);
  });

  it('reaches the others although one listener fails', async () => {
    const endings = open();
    await listens(endings);
    const arn = `arn:${newNumber()}`;
    const heard = vi.fn();
    endings.endings.on(arn, () => {
      throw new Error('a defect');
    });
    endings.endings.on(arn, heard);
    await endings.announce(arn);
    await vi.waitFor(() => {
      expect(heard).toHaveBeenCalledOnce();
    }, within);
  });

  it('is passed on without a connection of one’s own until somebody waits, and none is left afterwards', async () => {
    const endings = open();
    const connections = async (): Promise<number> => {
      const { rows } = await database
        .pool()
        .query<{ n: string }>(
          `select count(*) as n from pg_stat_activity where datname = current_database() and query ilike 'listen %'`,
        );
      return Number(rows[0]?.n);
    };
    const before = await connections();
    await endings.announce('arn:1');
    expect(await connections()).toBe(before);
    await listens(endings);
    expect(await connections()).toBe(before + 1);
    await endings.close();
    await vi.waitFor(async () => {
      expect(await connections()).toBe(before);
    }, within);
  });

  it('is no matter for a process that closes while the database is away', async () => {
    const pool = openPool({ url: 'postgres://nobody@127.0.0.1:1/nothing' });
    const endings = createTaskEndings(pool, silent);
    endings.endings.on('arn:1', () => undefined);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await endings.close();
    await pool.end();
    expect(pool.totalCount).toBe(0);
  });
});
