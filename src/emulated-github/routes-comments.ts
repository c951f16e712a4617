import { ok, paginate } from './answer.js';
import type { Comments } from './comments.js';
import { field, idOf, type Router } from './router.js';
import type { Shapes } from './shapes.js';
import { nodeId, type Json, type Reaction, type World } from './world.js';

/** https://docs.github.com/rest/issues/comments and https://docs.github.com/rest/reactions */
export function commentRoutes(router: Router, comments: Comments, shapes: Shapes, world: World): void {
  const write = [
    ['issues', 'write'],
    ['pull_requests', 'write'],
  ] as const;
  const read = [
    ['issues', 'read'],
    ['pull_requests', 'read'],
  ] as const;
  // Whoever writes over HTTP does so with an installation token.
  const actor = world.bot;

  router.repository('GET', '/issues/:number', read, (call) =>
    ok(shapes.issue(call.repository, comments.issue(call.repository, idOf(call, 'number')))),
  );

  router.repository('POST', '/issues/:number/comments', write, ({ repository, body, params }) => {
    const number = Number(params['number']);
    const options = { viaApp: true, emit: true };
    const comment = comments.create(repository, number, actor, field(body, 'body'), options);
    return { status: 201, body: shapes.comment(repository, comment) };
  });

  router.repository('GET', '/issues/:number/comments', read, (call) => {
    const { number } = comments.issue(call.repository, idOf(call, 'number'));
    const since = call.url.searchParams.get('since');
    const all = comments
      .of(call.repository, number)
      .filter(({ updatedAt }) => since === null || Date.parse(updatedAt) >= Date.parse(since));
    const { items, headers } = paginate(call.url, all);
    return ok(
      items.map((comment) => shapes.comment(call.repository, comment)),
      headers,
    );
  });

  router.repository('GET', '/issues/comments/:id', read, (call) =>
    ok(shapes.comment(call.repository, comments.comment(call.repository, idOf(call, 'id')))),
  );

  router.repository('PATCH', '/issues/comments/:id', write, (call) => {
    const text = field(call.body, 'body');
    const comment = comments.edit(call.repository, idOf(call, 'id'), text, actor);
    return ok(shapes.comment(call.repository, comment));
  });

  router.repository('DELETE', '/issues/comments/:id', write, (call) => {
    comments.delete(call.repository, idOf(call, 'id'), actor);
    return { status: 204 };
  });

  const reactionOf = (reaction: Reaction): Json => ({
    id: reaction.id,
    node_id: nodeId('Reaction', reaction.id),
    user: shapes.account(reaction.user),
    content: reaction.content,
    created_at: reaction.createdAt,
  });

  router.repository('POST', '/issues/comments/:id/reactions', write, (call) => {
    const content = field(call.body, 'content');
    const [reaction, isNew] = comments.react(call.repository, idOf(call, 'id'), actor, content);
    return { status: isNew ? 201 : 200, body: reactionOf(reaction) };
  });

  router.repository('GET', '/issues/comments/:id/reactions', read, (call) => {
    const { reactions } = comments.comment(call.repository, idOf(call, 'id'));
    const { items, headers } = paginate(call.url, reactions);
    return ok(items.map(reactionOf), headers);
  });
}
