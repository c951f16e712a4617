import { ApiError, notFound, ok, paginate } from './answer.js';
import type { BranchRules } from './branches.js';
import { branches, commits as readCommits, readRef } from './git.js';
import { commitJson } from './routes-pulls.js';
import { permissionsOf, rankOf, roleOf } from './roles.js';
import type { Router } from './router.js';
import type { Shapes } from './shapes.js';
import type { Repository, World } from './world.js';

/** Role → the older permission that stands beside it. https://docs.github.com/rest/collaborators/collaborators */
const PERMISSIONS = {
  admin: 'admin',
  maintain: 'write',
  write: 'write',
  triage: 'read',
  read: 'read',
  none: 'none',
} as const;

/** Branches, their rules, and what people may do. */
export function repositoryRoutes(router: Router, world: World, shapes: Shapes, rules: BranchRules): void {
  const metadata = [['metadata', 'read']] as const;
  const contents = [['contents', 'read']] as const;

  router.repository('GET', '', metadata, ({ repository }) => ok(shapes.repository(repository)));

  router.repository('GET', '/collaborators/:login/permission', metadata, ({ repository, params }) => {
    const account = world.findAccount(params['login'] ?? '');
    if (account === undefined || account.type === 'Organization') throw notFound();
    const permissions = permissionsOf(rankOf(repository, account.login));
    const role = roleOf(repository, account.login) as keyof typeof PERMISSIONS;
    const user = { ...shapes.account(account), permissions, role_name: role };
    return ok({ permission: PERMISSIONS[role], role_name: role, user });
  });

  router.repository('GET', '/rules/branches/:branch+', metadata, ({ repository, params, url }) => {
    const { items, headers } = paginate(url, rules.rules(repository, params['branch'] ?? ''));
    return ok(items, headers);
  });

  router.repository(
    'GET',
    '/branches/:branch+/protection',
    [['administration', 'read']],
    ({ repository, params, url }) =>
      ok(rules.classic(repository, params['branch'] ?? '', `${url.origin}${url.pathname}`)),
  );

  const protectedBy = (repository: Repository, branch: string) =>
    repository.requirements.some((requirement) => requirement.branch === branch);
  const protectionUrl = (repository: Repository, branch: string) =>
    `${shapes.url(repository)}/branches/${branch}/protection`;

  router.repository('GET', '/branches', contents, async ({ repository, url }) => {
    const { items, headers } = paginate(url, [...(await branches(repository.bare))]);
    const body = items.map(([name, sha]) => ({
      name,
      commit: { sha, url: `${shapes.url(repository)}/commits/${sha}` },
      protected: protectedBy(repository, name),
    }));
    return ok(body, headers);
  });

  router.repository('GET', '/branches/:branch+', contents, async ({ repository, params }) => {
    const name = params['branch'] ?? '';
    const sha = await readRef(repository.bare, `refs/heads/${name}`).catch(() => undefined);
    const [commit] = sha === undefined ? [] : await readCommits(repository.bare, [sha], 1);
    if (commit === undefined) throw new ApiError(404, 'Branch not found');
    return ok({
      name,
      commit: commitJson(shapes, repository, commit),
      _links: {
        self: `${shapes.url(repository)}/branches/${name}`,
        html: `${shapes.html(repository)}/tree/${name}`,
      },
      protected: protectedBy(repository, name),
      protection: rules.protection(repository, name),
      protection_url: protectionUrl(repository, name),
    });
  });
}
