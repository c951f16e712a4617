import { Hono } from 'hono';
import type { Site } from '../../site/words.js';

/** A configuration tried before it is committed. */
export function configurationPages(_site: Site): Hono {
  return new Hono();
}
