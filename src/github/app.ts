import type { App, AppInstallation, FailedDelivery } from '../ports/github.js';
import type { RepositoryRef } from '../core/app-words.js';
import type { Client } from './client.js';

interface Attempt {
  /** A bigint beyond 2^53; GitHub's are. */
  readonly id: number | bigint;
  readonly guid: string;
  readonly event: string;
  readonly action: string | null;
  readonly delivered_at: string;
  readonly status_code: number;
}

export function createApp(client: Client): App {
  const { app: octokit } = client;
  return {
    async app() {
      const { data, headers } = await octokit.rest.apps.getAuthenticated();
      if (data === null) throw new Error('GET /app answered nothing');
      const clockMs = Date.parse(headers.date ?? '');
      return {
        id: data.id,
        slug: data.slug ?? '',
        name: data.name,
        permissions: texts(data.permissions),
        events: data.events,
        clockMs: Number.isNaN(clockMs) ? null : clockMs,
      };
    },

    async installations() {
      const list = octokit.paginate.iterator(octokit.rest.apps.listInstallations, { per_page: 100 });
      const found: AppInstallation[] = [];
      for await (const { data } of client.pages('installations', list))
        for (const { id, account, suspended_at, permissions, events } of data)
          found.push({
            id,
            account: accountOf(account),
            suspended: suspended_at !== null,
            permissions: texts(permissions),
            events,
          });
      return found;
    },

    async repositories(installationId) {
      const ours = client.installation(installationId);
      const list = ours.paginate.iterator(ours.rest.apps.listReposAccessibleToInstallation, {
        per_page: 100,
      });
      const found: RepositoryRef[] = [];
      for await (const { data } of client.pages(`repositories of installation ${installationId}`, list))
        for (const { id, name, owner } of listed(data))
          found.push({ id, installationId, owner: owner.login, name });
      return found;
    },

    async webhookUrl() {
      const { data } = await octokit.rest.apps.getWebhookConfigForApp();
      return data.url ?? null;
    },

    async failedDeliveries(since) {
      const list = octokit.paginate.iterator(octokit.rest.apps.listWebhookDeliveries, { per_page: 100 });
      // Newest first, so the first attempt seen of a guid is its newest one.
      const newest = new Map<string, Attempt>();
      const fine = new Set<string>();
      let reached = false;
      for await (const { data } of client.pages('deliveries', list)) {
        for (const attempt of data) {
          reached = Date.parse(attempt.delivered_at) < since.getTime();
          if (reached) break;
          if (!newest.has(attempt.guid)) newest.set(attempt.guid, attempt);
          if (attempt.status_code >= 200 && attempt.status_code < 300) fine.add(attempt.guid);
        }
        if (reached) break;
      }
      return [...newest.values()]
        .filter(({ guid }) => !fine.has(guid))
        .map(failedOf)
        .sort((a, b) => a.deliveredAt.getTime() - b.deliveredAt.getTime());
    },

    async redeliver(deliveryId) {
      // The generated method takes a number only, which most of today's ids do not fit in.
      await octokit.request('POST /app/hook/deliveries/{delivery_id}/attempts', {
        delivery_id: deliveryId as unknown as number,
      });
    },
  };
}

/** Enterprise accounts have a slug and no login; the generated type has both at once. */
function accountOf(account: { readonly login?: string; readonly slug?: string } | null): string {
  return account?.login ?? account?.slug ?? '';
}

function failedOf({ id, guid, event, action, delivered_at }: Attempt): FailedDelivery {
  return {
    id: String(id),
    guid,
    event: action === null ? event : `${event}.${action}`,
    deliveredAt: new Date(delivered_at),
  };
}

/** The generated type keeps the envelope that pagination has taken off. */
function listed<T>(data: readonly T[] | { readonly repositories: readonly T[] }): readonly T[] {
  return 'repositories' in data ? data.repositories : data;
}

function texts(values: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
