import { Hono } from 'hono';
import type { Site } from '../site/words.js';

/** The HTTP API and its OpenAPI document. */
export function apiRoutes(_site: Site): Hono {
  return new Hono();
}
