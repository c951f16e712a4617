import { ok, paginate } from './answer.js';
import type { Router } from './router.js';
import type { Shapes } from './shapes.js';
import { nodeId, type World } from './world.js';

export function addRelease(
  world: World,
  repo: string,
  tag: string,
  how: { readonly at?: Date; readonly author?: string; readonly draft?: boolean } = {},
): void {
  const repository = world.repository(repo);
  repository.releases.push({
    id: world.nextId(),
    tag,
    author: how.author === undefined ? world.personFor(repository.owner) : world.account(how.author),
    draft: how.draft ?? false,
    createdAt: (how.at ?? new Date()).toISOString(),
  });
}

/** https://docs.github.com/rest/releases/releases */
export function releaseRoutes(router: Router, shapes: Shapes): void {
  router.repository('GET', '/releases', [['contents', 'read']], ({ repository, url }) => {
    const { items, headers } = paginate(url, repository.releases.toReversed());
    const body = items.map(({ id, tag, author, draft, createdAt }) => ({
      id,
      node_id: nodeId('RE', id),
      url: `${shapes.url(repository)}/releases/${id}`,
      assets_url: `${shapes.url(repository)}/releases/${id}/assets`,
      upload_url: `${shapes.url(repository)}/releases/${id}/assets{?name,label}`,
      html_url: `${shapes.html(repository)}/releases/tag/${encodeURIComponent(tag)}`,
      tarball_url: `${shapes.url(repository)}/tarball/${encodeURIComponent(tag)}`,
      zipball_url: `${shapes.url(repository)}/zipball/${encodeURIComponent(tag)}`,
      tag_name: tag,
      target_commitish: repository.defaultBranch,
      name: tag,
      body: null,
      draft,
      prerelease: false,
      created_at: createdAt,
      published_at: draft ? null : createdAt,
      author: shapes.account(author),
      assets: [],
    }));
    return ok(body, headers);
  });
}
