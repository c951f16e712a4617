/** Answers that end only when their reader leaves: a server that stops does not wait for them. */
import type { ServerResponse } from 'node:http';

const endless = new WeakSet<ServerResponse>();

export function markEndless(response: ServerResponse): void {
  endless.add(response);
}

export function isEndless(response: ServerResponse): boolean {
  return endless.has(response);
}
