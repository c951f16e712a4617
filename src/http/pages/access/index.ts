import { Hono } from 'hono';
import type { Site } from '../../site/words.js';

/** Tokens of the HTTP API. */
export function accessPages(_site: Site): Hono {
  return new Hono();
}
