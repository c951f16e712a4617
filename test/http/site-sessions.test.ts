import { expect, it } from 'vitest';
import { createSessions } from '../../src/postgres/sessions.js';
import { useDatabase } from '../support/postgres.js';
import { Browser, testSite } from './site-support.js';

const database = useDatabase();

it('a session lives in PostgreSQL without its secrets, holds in another process, and ends everywhere', async () => {
  const sessions = createSessions(database.pool());
  const here = testSite({ sessions });
  const browser = new Browser(here.app);
  expect((await browser.signIn(here.github)).status).toBe(302);
  const [token] = here.github.tokens.keys();

  const { rows } = await database
    .pool()
    .query<{ text: string }>('select s::text as text from docops.sessions s');
  expect(rows).toHaveLength(1);
  expect(rows[0]!.text).toContain('ada');
  expect(rows[0]!.text).not.toContain(token);
  expect(rows[0]!.text).not.toContain(browser.cookies.get('__Host-docops-session'));

  const elsewhere = new Browser(testSite({ sessions }).app);
  elsewhere.cookies.set('__Host-docops-session', browser.cookies.get('__Host-docops-session')!);
  const isKnown = async (): Promise<boolean> =>
    (await (await elsewhere.ask('/no-such-page')).text()).includes('ada');
  expect(await isKnown()).toBe(true);
  await browser.post('/sign-out');
  expect(await isKnown()).toBe(false);
});

it('a session that PostgreSQL says is over is over', async () => {
  const site = testSite({ sessions: createSessions(database.pool()) });
  const browser = new Browser(site.app);
  await browser.signIn(site.github);
  const known = async (): Promise<boolean> =>
    (await (await browser.ask('/no-such-page')).text()).includes('ada');
  expect(await known()).toBe(true);
  await database
    .pool()
    .query(
      "update docops.sessions set created_at = now() - interval '9 hours', expires_at = now() - interval '1 second'",
    );
  expect(await known()).toBe(false);
});
