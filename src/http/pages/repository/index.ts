import { Hono } from 'hono';
import { sendPage, sendPart } from '../../site/layout.js';
import { repositoryAsked } from '../../site/repository.js';
import type { Site } from '../../site/words.js';
import { badgeSvg } from './badge-svg.js';
import { RepositoryPage } from './page.js';
import { asked, nameable, scopeOf } from './query.js';
import { readRepository, readRunList } from './read.js';
import { RUN_LIST, RunList } from './runs.js';

/** Enough to find the score before the newest one. */
const BADGE_POINTS = 20;

/** A repository: how accuracy developed, how the gate did, what ran last; its badge. */
export function repositoryPages(site: Site): Hono {
  const app = new Hono();

  app.get('/repositories/:owner/:name', async (c) => {
    const repository = await repositoryAsked(site, c);
    if (repository === undefined) return site.gate.nothingHere(c);
    const visitor = await site.gate.visitor(c, repository);
    if (visitor instanceof Response) return visitor;
    const want = asked(c.req.query());
    // The list alone: its filters and its waiting need nothing else of the page.
    if (c.req.header('hx-target') === RUN_LIST)
      return sendPart(c, RunList({ view: await readRunList(site, repository, want) }));
    const view = await readRepository(site, repository, want);
    return sendPage(
      c,
      RepositoryPage({
        view,
        frame: {
          person: visitor.person,
          signIn: site.signIn === null ? 'not set up' : 'set up',
          admin: visitor.role === 'admin',
        },
        gitHubUrl: site.settings.gitHubUrl,
        url: site.settings.url,
        badgeKey: site.links.badgeKey(repository.id),
      }),
    );
  });

  // Images of a README are fetched without a sign-in: the key in the link is what opens them.
  app.get('/repositories/:owner/:name/badge.svg', async (c) => {
    const repository = await repositoryAsked(site, c);
    if (repository === undefined || !site.links.badgeFits(repository.id, c.req.query('key') ?? ''))
      return site.gate.nothingHere(c);
    const known = nameable(await site.insight.pipelines(repository.id));
    const scope = scopeOf(known, asked(c.req.query()));
    const trend =
      scope === null
        ? []
        : await site.insight.trend(repository.id, {
            pipeline: scope.pipeline,
            baseRef: scope.branch,
            limit: BADGE_POINTS,
          });
    const several = scope !== null && scope.pipelines.length > 1;
    return c.body(badgeSvg(trend, several ? scope.pipeline : null), 200, {
      'content-type': 'image/svg+xml; charset=utf-8',
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
      'cache-control': 'public, max-age=300',
      // Any page may show it: that is what it is for.
      'cross-origin-resource-policy': 'cross-origin',
    });
  });

  return app;
}
