/** Issues, comments and reactions. */
import { ApiError, notFound } from './answer.js';
import type { Events } from './events.js';
import { isReaction, type Shapes } from './shapes.js';
import type { CommentView } from './types.js';
import {
  now,
  type Account,
  type Comment,
  type Issue,
  type Json,
  type Pull,
  type Reaction,
  type Repository,
  type World,
} from './world.js';

/** https://docs.github.com/rest/issues/comments; a longer one is refused. */
const BODY_CHARACTERS = 65_536;

export class Comments {
  readonly #world: World;
  readonly #shapes: Shapes;
  readonly #events: Events;

  constructor(world: World, shapes: Shapes, events: Events) {
    this.#world = world;
    this.#shapes = shapes;
    this.#events = events;
  }

  createIssue(full: string, login: string, title: string): number {
    const repository = this.#world.repository(full);
    const author = this.#world.account(login);
    const number = repository.nextNumber;
    repository.nextNumber += 1;
    const id = this.#world.nextId();
    const issue: Issue = { id, number, title, author, state: 'open', createdAt: now() };
    repository.issues.set(number, issue);
    this.#events.about(repository, 'issues', author, {
      action: 'opened',
      issue: this.#shapes.issue(repository, issue),
    });
    return number;
  }

  issue(repository: Repository, number: number): Issue | Pull {
    const found = repository.pulls.get(number) ?? repository.issues.get(number);
    if (found === undefined) throw notFound();
    return found;
  }

  create(
    repository: Repository,
    number: number,
    author: Account,
    body: unknown,
    options: { viaApp: boolean; emit: boolean },
  ): Comment {
    const issue = this.issue(repository, number);
    const time = now();
    const comment: Comment = {
      id: this.#world.nextId(),
      number,
      author,
      viaApp: options.viaApp,
      body: checkBody(body),
      edits: 0,
      createdAt: time,
      updatedAt: time,
      reactions: [],
    };
    repository.comments.set(comment.id, comment);
    if (options.emit) this.#emit(repository, issue, comment, 'created', author);
    return comment;
  }

  edit(repository: Repository, id: number, body: unknown, by?: Account): Comment {
    const comment = this.comment(repository, id);
    const from = comment.body;
    comment.body = checkBody(body);
    comment.edits += 1;
    comment.updatedAt = now();
    const issue = this.issue(repository, comment.number);
    this.#emit(repository, issue, comment, 'edited', by ?? comment.author, { changes: { body: { from } } });
    return comment;
  }

  delete(repository: Repository, id: number, by?: Account): void {
    const comment = this.comment(repository, id);
    repository.comments.delete(id);
    const issue = this.issue(repository, comment.number);
    this.#emit(repository, issue, comment, 'deleted', by ?? comment.author);
  }

  comment(repository: Repository, id: number): Comment {
    const comment = repository.comments.get(id);
    if (comment === undefined) throw notFound();
    return comment;
  }

  /** Oldest first. */
  of(repository: Repository, number: number): Comment[] {
    return [...repository.comments.values()].filter((comment) => comment.number === number);
  }

  views(full: string, number: number): CommentView[] {
    const all = this.of(this.#world.repository(full), number);
    return all.map(({ id, author, body, edits }) => ({ id, author: author.login, body, edits }));
  }

  /** A second reaction of the same kind is the first one. */
  react(repository: Repository, id: number, user: Account, content: unknown): [Reaction, isNew: boolean] {
    if (!isReaction(content)) throw new ApiError(422, 'Validation Failed');
    const { reactions } = this.comment(repository, id);
    const known = reactions.find((reaction) => reaction.content === content && reaction.user === user);
    if (known !== undefined) return [known, false];
    const reaction = { id: this.#world.nextId(), content, user, createdAt: now() };
    reactions.push(reaction);
    return [reaction, true];
  }

  #emit(
    repository: Repository,
    issue: Issue | Pull,
    comment: Comment,
    action: string,
    sender: Account,
    extra: Json = {},
  ): void {
    this.#events.about(repository, 'issue_comment', sender, {
      action,
      ...extra,
      issue: this.#shapes.issue(repository, issue),
      comment: this.#shapes.comment(repository, comment),
    });
  }
}

function checkBody(body: unknown): string {
  if (typeof body !== 'string' || body === '')
    throw new ApiError(422, 'Validation Failed', {
      errors: [{ resource: 'IssueComment', code: 'missing_field', field: 'body' }],
    });
  if (body.length > BODY_CHARACTERS && Array.from(body).length > BODY_CHARACTERS)
    throw new ApiError(422, 'Validation Failed', {
      errors: [
        {
          resource: 'IssueComment',
          code: 'unprocessable',
          field: 'data',
          message: `Body is too long (maximum is ${BODY_CHARACTERS} characters)`,
        },
      ],
    });
  return body;
}
