import type { Context } from 'hono';
import type { RepositoryRef } from '../../core/app-words.js';
import type { Site } from './words.js';

/** Longer than any that GitHub gives. */
const NAME_CHARACTERS = 100;

/** The repository that `:owner` and `:name` of the address name; undefined: there is none. */
export async function repositoryAsked(
  { insight }: Pick<Site, 'insight'>,
  c: Context,
): Promise<RepositoryRef | undefined> {
  const owner = c.req.param('owner') ?? '';
  const name = c.req.param('name') ?? '';
  if (owner.length > NAME_CHARACTERS || name.length > NAME_CHARACTERS) return undefined;
  return insight.repositoryNamed(owner, name);
}
