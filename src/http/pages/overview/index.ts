import { Hono } from 'hono';
import type { Site } from '../../site/words.js';

/** All repositories that somebody may read. */
export function overviewPages(_site: Site): Hono {
  return new Hono();
}
