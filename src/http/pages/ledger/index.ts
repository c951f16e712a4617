import { Hono } from 'hono';
import type { Site } from '../../site/words.js';

/** What people decided, and its export. */
export function ledgerPages(_site: Site): Hono {
  return new Hono();
}
