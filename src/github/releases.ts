import type { Releases } from '../ports/github.js';
import type { Client } from './client.js';

export function createReleases(client: Client): Releases {
  return {
    releases: (repository) =>
      client.inRepository(repository, async (octokit, at) => {
        const { data } = await octokit.rest.repos.listReleases({ ...at, per_page: 100 });
        return data
          .filter(({ draft }) => !draft)
          .map((release) => ({
            tag: release.tag_name,
            at: new Date(release.published_at ?? release.created_at),
          }));
      }),
  };
}
