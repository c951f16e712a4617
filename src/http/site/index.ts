/** All pages and the API as one handler of the web server. */
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { apiRoutes } from '../api/index.js';
import { accessPages } from '../pages/access/index.js';
import { configurationPages } from '../pages/configuration/index.js';
import { ledgerPages } from '../pages/ledger/index.js';
import { overviewPages } from '../pages/overview/index.js';
import { repositoryPages } from '../pages/repository/index.js';
import { runPages } from '../pages/run/index.js';
import type { Handler } from '../reply.js';
import { assetRoutes } from './assets.js';
import type { Site } from './words.js';

export function createSite(site: Site): Handler {
  const app = new Hono();
  app.route('/', assetRoutes());
  for (const pages of [
    overviewPages,
    repositoryPages,
    runPages,
    configurationPages,
    ledgerPages,
    accessPages,
    apiRoutes,
  ])
    app.route('/', pages(site));
  const listener = getRequestListener((request) => app.fetch(request));
  return async (request, response) => {
    await listener(request, response);
    return true;
  };
}
