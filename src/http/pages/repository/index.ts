import { Hono } from 'hono';
import type { Site } from '../../site/words.js';

/** A repository: how accuracy developed, how the gate did, what ran last; its badge. */
export function repositoryPages(_site: Site): Hono {
  return new Hono();
}
