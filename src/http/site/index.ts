/** All pages and the API as one handler of the web server. */
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { methodNotAllowed } from 'hono/method-not-allowed';
import { API_BODY_BYTES } from '../../core/limits.js';
import { apiRoutes } from '../api/index.js';
import { accessPages } from '../pages/access/index.js';
import { configurationPages } from '../pages/configuration/index.js';
import { ledgerPages } from '../pages/ledger/index.js';
import { overviewPages } from '../pages/overview/index.js';
import { repositoryPages } from '../pages/repository/index.js';
import { runPages } from '../pages/run/index.js';
import type { Handler } from '../reply.js';
import { assetRoutes } from './assets.js';
import { createDoor, createGatekeeper } from './gate.js';
import { failed, headers, inTime, ownPagesOnly, sane, smallBodies } from './guard.js';
import { absent } from './refusals.js';
import { signInPages } from './sign-in.js';
import type { Site, SitePorts } from './words.js';

/** The pages as a Hono app: what tests ask, and what `createSite` puts behind a web server. */
export function siteApp(ports: SitePorts): Hono {
  const { signIn, settings, log } = ports;
  const door = createDoor(ports);
  const site: Site = { ...ports, gate: createGatekeeper(ports, door) };
  const origin = settings.url === null ? null : new URL(settings.url).origin;
  const app = new Hono();
  app.use(headers({ https: origin?.startsWith('https:') === true }));
  // Programs are no browsers: the API says no in its own words, and takes larger bodies than a form.
  app.route('/', apiRoutes(site));
  app.use(sane(), methodNotAllowed({ app }), ownPagesOnly(origin), smallBodies(), inTime());
  app.route('/', assetRoutes());
  app.route('/', signInPages(ports, door));
  for (const pages of [
    overviewPages,
    repositoryPages,
    runPages,
    configurationPages,
    ledgerPages,
    accessPages,
  ])
    app.route('/', pages(site));
  app.notFound(async (c) =>
    absent(c, {
      person: await site.gate.signedInAs(c),
      signIn: signIn === null ? 'not set up' : 'set up',
    }),
  );
  app.onError(failed(log));
  return app;
}

/** Answers every request: it stands behind all other handlers. Throws when sign-in is set up and `settings.url` is not. */
export function createSite(ports: SitePorts): Handler {
  if (ports.signIn !== null && ports.settings.url === null)
    throw new Error('sign-in needs to know where people reach this server');
  const app = siteApp(ports);
  const listener = getRequestListener((request, env) => app.fetch(request, env), {
    overrideGlobalObjects: false,
  });
  return async (request, response) => {
    const asks = request.headers.expect?.toLowerCase() === '100-continue';
    if (asks && Number(request.headers['content-length'] ?? 0) <= API_BODY_BYTES) response.writeContinue();
    await listener(request, response);
    return true;
  };
}
