/** What GitHub says a person may see, asked with that person's own token and believed for a short time. */
import { LRUCache } from 'lru-cache';
import {
  ACCESS_REMEMBERED,
  ACCESS_REMEMBERED_MS,
  PERSON_REPOSITORIES,
  REFUSAL_REMEMBERED_MS,
} from '../../core/limits.js';
import type { RepositoryAccess, SignIn } from '../../ports/people.js';
import type { Standing } from './sessions.js';

export interface Permissions {
  /** Undefined: not a reader. Throws GitHubError when GitHub cannot be asked; that is never remembered. */
  access(standing: Standing, repositoryId: number): Promise<RepositoryAccess | undefined>;
  repositories(standing: Standing): Promise<readonly RepositoryAccess[]>;
}

/** The steady clock of this moment: nobody stays let in because the time of day was set back. */
const perf = { now: () => performance.now() };

/** `null` stands for a no, which is remembered too. */
interface Known {
  readonly access: RepositoryAccess | null;
}

export function createPermissions(signIn: SignIn): Permissions {
  const answers = new LRUCache<string, Known, Standing & { readonly repositoryId: number }>({
    max: ACCESS_REMEMBERED,
    ttl: ACCESS_REMEMBERED_MS,
    ttlResolution: 0,
    perf,
    // Others that fill the memory meanwhile end no question.
    ignoreFetchAbort: true,
    // Together with whoever asks the same meanwhile.
    fetchMethod: async (_key, _stale, { options, context }) => {
      const access = (await signIn.access(context.token, context.repositoryId)) ?? null;
      options.ttl = access === null ? REFUSAL_REMEMBERED_MS : ACCESS_REMEMBERED_MS;
      return { access };
    },
  });
  const lists = new LRUCache<string, readonly RepositoryAccess[], Standing>({
    maxSize: 20 * PERSON_REPOSITORIES,
    sizeCalculation: (list) => list.length + 1,
    ttl: ACCESS_REMEMBERED_MS,
    ttlResolution: 0,
    perf,
    // Others that fill the memory meanwhile end no question.
    ignoreFetchAbort: true,
    fetchMethod: (_key, _stale, { context }) => signIn.repositories(context.token),
  });
  return {
    async access(standing, repositoryId) {
      const key = `${standing.session.id} ${repositoryId}`;
      const known = await answers.fetch(key, { context: { ...standing, repositoryId } });
      return known?.access ?? undefined;
    },
    async repositories(standing) {
      return (await lists.fetch(standing.session.id, { context: standing })) ?? [];
    },
  };
}
