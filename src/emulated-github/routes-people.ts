/** What a person's own token shows, and the way to one. */
import type { Access } from './access.js';
import { ApiError, notFound, ok, paginate, type Answer } from './answer.js';
import type { PeopleSignIn } from './people-sign-in.js';
import { permissionsOf, rankOf, roleOf } from './roles.js';
import { field, idOf, type Router } from './router.js';
import type { Shapes } from './shapes.js';
import type { Account, Installation, Json, Repository, World } from './world.js';

/** https://docs.github.com/rest/apps/installations and https://docs.github.com/rest/apps/oauth-applications */
export function peopleRoutes(
  router: Router,
  parts: {
    readonly world: World;
    readonly shapes: Shapes;
    readonly access: Access;
    readonly signIn: PeopleSignIn;
  },
): void {
  const { world, shapes, access, signIn } = parts;

  router.open('GET', '/login/oauth/authorize', ({ url }): Answer => {
    const outcome = signIn.authorize(url.searchParams);
    if (outcome.kind === 'back') return { status: 302, headers: { location: outcome.location } };
    return { status: outcome.kind === 'page' ? 200 : 404, html: outcome.html };
  });
  router.open('POST', '/login/oauth/access_token', ({ body }) =>
    ok(signIn.exchange(typeof body === 'object' && body !== null ? (body as Json) : {})),
  );

  router.person('GET', '/user', ({ person }) =>
    ok({
      ...shapes.account(person),
      name: person.login,
      company: null,
      blog: '',
      location: null,
      email: null,
      hireable: null,
      bio: null,
      public_repos: 0,
      public_gists: 0,
      followers: 0,
      following: 0,
      created_at: '2024-01-01T00:00:00Z',
      updated_at: '2024-01-01T00:00:00Z',
    }),
  );

  /** Everybody reads what is public; what is private, whoever has a role and the App with them. */
  router.person('GET', '/repositories/:id', (call) => {
    const repository = world.repositories.find(({ id }) => id === idOf(call, 'id'));
    if (repository === undefined || repository.deleted) throw notFound();
    const { person } = call;
    if (rankOf(repository, person.login) === 0) throw notFound();
    if (repository.private && world.installationOf(repository) === undefined) throw notFound();
    return ok(withPermissions(shapes, repository, person));
  });

  /** Those with a repository that this person has a role of their own in. */
  const installationsOf = (person: Account): readonly Installation[] =>
    world.installations.filter(
      (installation) => !installation.deleted && repositoriesOf(installation, person).length > 0,
    );
  const repositoriesOf = (installation: Installation, person: Account): readonly Repository[] =>
    world
      .repositoriesOf(installation)
      .filter((repository) => hasOwnRole(repository, person) && rankOf(repository, person.login) > 0);

  router.person('GET', '/user/installations', ({ url, person }) => {
    const all = installationsOf(person);
    const { items, headers } = paginate(url, all);
    const installations = items.map((installation) => shapes.installation(installation));
    return ok({ total_count: all.length, installations }, headers);
  });
  router.person('GET', '/user/installations/:id/repositories', (call) => {
    const { person } = call;
    const installation = installationsOf(person).find(({ id }) => id === idOf(call, 'id'));
    if (installation === undefined) throw notFound();
    const all = repositoriesOf(installation, person);
    const { items, headers } = paginate(call.url, all);
    const repositories = items.map((repository) => withPermissions(shapes, repository, person));
    return ok({ total_count: all.length, repository_selection: 'all', repositories }, headers);
  });

  router.open('DELETE', '/applications/:client_id/token', ({ params, body, auth }) => {
    if (auth.kind !== 'client' || params['client_id'] !== world.app.clientId)
      throw new ApiError(401, 'Bad credentials');
    if (!access.revokeUser(String(field(body, 'access_token')))) throw notFound();
    return { status: 204 };
  });
}

function hasOwnRole(repository: Repository, person: Account): boolean {
  return repository.owner === person || repository.roles.has(person.login.toLowerCase());
}

function withPermissions(shapes: Shapes, repository: Repository, person: Account): Json {
  return {
    ...shapes.repository(repository),
    permissions: permissionsOf(rankOf(repository, person.login)),
    role_name: roleOf(repository, person.login),
  };
}
