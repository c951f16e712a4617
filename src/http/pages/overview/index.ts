import { Hono } from 'hono';
import { sendPage } from '../../site/layout.js';
import type { Site } from '../../site/words.js';
import { OverviewPage } from './page.js';
import { overviewAsked, readOverview } from './read.js';

/** All repositories that somebody may read. */
export function overviewPages(site: Site): Hono {
  const app = new Hono();
  app.get('/', async (c) => {
    const signedIn = await site.gate.person(c);
    if (signedIn instanceof Response) return signedIn;
    const view = await readOverview(site, signedIn, overviewAsked(c.req.query()));
    return sendPage(
      c,
      OverviewPage({ view, person: signedIn.person, signIn: site.signIn === null ? 'not set up' : 'set up' }),
    );
  });
  return app;
}
