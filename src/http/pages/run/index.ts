import { Hono } from 'hono';
import type { Site } from '../../site/words.js';

/** A run: its verdict, its documents, its progress while it runs, and its report for download. */
export function runPages(_site: Site): Hono {
  return new Hono();
}
