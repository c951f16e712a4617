import { requireToken, type Access } from './access.js';
import { ApiError, notFound, ok, paginate, paginateByCursor } from './answer.js';
import type { Backing } from './backing.js';
import type { Manifests } from './manifests.js';
import { field, idOf, type Call, type Router } from './router.js';
import type { Shapes } from './shapes.js';
import type { DeliveryRecord } from './types.js';
import type { Webhooks } from './webhooks.js';
import type { Installation, Json, World } from './world.js';

/** https://docs.github.com/rest/apps */
export function appRoutes(
  router: Router,
  parts: {
    readonly world: World;
    readonly shapes: Shapes;
    readonly access: Access;
    readonly backing: Backing;
    readonly webhooks: Webhooks;
    readonly manifests: Manifests;
  },
): void {
  const { world, shapes, access, backing, webhooks } = parts;

  router.app('GET', '/app', async () => {
    const { body } = await backing.forward('GET', '/app', 'app');
    return ok({ ...(body as Json), ...shapes.app() });
  });

  const active = () => world.installations.filter(({ deleted }) => !deleted);
  const installationOf = (call: Call): Installation => {
    const installation = active().find(({ id }) => id === idOf(call, 'id'));
    if (installation === undefined) throw notFound();
    return installation;
  };

  router.app('GET', '/app/installations', ({ url }) => {
    const { items, headers } = paginate(url, active());
    return ok(
      items.map((installation) => shapes.installation(installation)),
      headers,
    );
  });
  router.app('GET', '/app/installations/:id', (call) => ok(shapes.installation(installationOf(call))));

  router.app('POST', '/app/installations/:id/access_tokens', async (call) => {
    const installation = installationOf(call);
    if (installation.suspendedAt !== null) throw new ApiError(403, 'This installation has been suspended');
    const answer = await backing.issueToken(installation, call.body);
    if (answer.status === 201) access.add(tokenOf(installation, answer.body as Json));
    return answer;
  });

  const ofAccount = (call: Call) => {
    const owner = world.findAccount(call.params['login'] ?? '');
    const installation = active().find(({ account }) => account === owner);
    if (installation === undefined) throw notFound();
    return ok(shapes.installation(installation));
  };
  router.app('GET', '/orgs/:login/installation', ofAccount);
  router.app('GET', '/users/:login/installation', ofAccount);
  router.app('GET', '/repos/:owner/:repo/installation', ({ params }) => {
    const repository = world.findRepository(params['owner'] ?? '', params['repo'] ?? '');
    const installation = repository === undefined ? undefined : world.installationOf(repository);
    if (installation === undefined) throw notFound();
    return ok(shapes.installation(installation));
  });

  router.open('GET', '/installation/repositories', ({ url, auth }) => {
    const { installation, repositoryIds } = requireToken(auth);
    const all = world
      .repositoriesOf(installation)
      .filter(({ id }) => repositoryIds === null || repositoryIds.has(id));
    const { items, headers } = paginate(url, all);
    const body = {
      total_count: all.length,
      repository_selection: repositoryIds === null ? 'all' : 'selected',
      repositories: items.map((repository) => shapes.repository(repository)),
    };
    return ok(body, headers);
  });

  router.open('GET', '/users/:login', ({ params }) => {
    const account = world.findAccount(params['login'] ?? '');
    if (account === undefined) throw notFound();
    return ok(shapes.account(account));
  });

  const hook = () => ({
    url: webhooks.url ?? '',
    content_type: 'json',
    insecure_ssl: '0',
    secret: '********',
  });
  router.app('GET', '/app/hook/config', () => ok(hook()));
  router.app('PATCH', '/app/hook/config', ({ body }) => {
    const url = field(body, 'url');
    if (typeof url === 'string') webhooks.url = url;
    return ok(hook());
  });

  router.app('GET', '/app/hook/deliveries', ({ url }) => {
    const wanted = url.searchParams.get('status');
    const fits = (delivery: DeliveryRecord) =>
      wanted === null || (wanted === 'success') === (delivery.statusCode >= 200 && delivery.statusCode < 400);
    const { items, headers } = paginateByCursor(url, webhooks.deliveries.filter(fits).toReversed());
    return ok(items.map(deliveryItem), headers);
  });
  const deliveryOf = (call: Call): DeliveryRecord => {
    const delivery = webhooks.deliveries.find(({ id }) => id === idOf(call, 'id'));
    if (delivery === undefined) throw notFound();
    return delivery;
  };
  router.app('GET', '/app/hook/deliveries/:id', (call) => {
    const delivery = deliveryOf(call);
    const headers = { 'X-GitHub-Event': delivery.event, 'X-GitHub-Delivery': delivery.guid };
    return ok({
      ...deliveryItem(delivery),
      url: webhooks.url ?? '',
      request: { headers, payload: JSON.parse(delivery.body) as unknown },
      response: { headers: {}, payload: null },
    });
  });
  router.app('POST', '/app/hook/deliveries/:id/attempts', (call) => {
    webhooks.redeliver(deliveryOf(call).guid);
    return { status: 202, body: {} };
  });

  const register = ({ body, url }: Call) => {
    const location = parts.manifests.register(field(body, 'manifest'), url.searchParams.get('state'));
    return { status: 302, headers: { location } };
  };
  router.open('POST', '/settings/apps/new', register);
  router.open('POST', '/organizations/:login/settings/apps/new', register);
  router.open('POST', '/app-manifests/:code/conversions', ({ params }) => ({
    status: 201,
    body: parts.manifests.convert(params['code'] ?? ''),
  }));
}

function tokenOf(installation: Installation, body: Json) {
  const repositories = body['repositories'] as readonly { readonly id: number }[] | undefined;
  return {
    token: String(body['token']),
    installation,
    permissions: body['permissions'] as Readonly<Record<string, string>>,
    repositoryIds: repositories === undefined ? null : new Set(repositories.map(({ id }) => id)),
    expiresAt: Date.parse(String(body['expires_at'])),
    revoked: false,
  };
}

function deliveryItem(delivery: DeliveryRecord): Json {
  return {
    id: delivery.id,
    guid: delivery.guid,
    delivered_at: delivery.deliveredAt.toISOString(),
    redelivery: delivery.redelivery,
    duration: delivery.durationMs / 1000,
    status: delivery.status,
    status_code: delivery.statusCode,
    event: delivery.event,
    action: delivery.action,
    installation_id: delivery.installationId,
    repository_id: delivery.repositoryId,
    throttled_at: null,
  };
}
