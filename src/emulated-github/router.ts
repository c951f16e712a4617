/** Paths to handlers. A `:name` matches one segment, `:name+` several (branch names have slashes). */
import { requireApp, requirePermission, type Auth, type Need } from './access.js';
import type { Answer } from './answer.js';
import type { Account, Repository } from './world.js';

export interface Call {
  /** With the origin that callers see, for links to further pages. */
  readonly url: URL;
  readonly params: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly auth: Auth;
}

export interface RepositoryCall extends Call {
  readonly repository: Repository;
}

export interface PersonCall extends Call {
  readonly person: Account;
}

type Result = Answer | Promise<Answer>;

interface Route<C> {
  readonly method: string;
  readonly pattern: RegExp;
  readonly handle: (call: C) => Result;
}

function compile(path: string): RegExp {
  const source = path
    .replace(/[.]/g, '\\.')
    .replace(/:(\w+)\+/g, '(?<$1>.+)')
    .replace(/:(\w+)/g, '(?<$1>[^/]+)');
  return new RegExp(`^${source}$`);
}

function decoded(groups: Record<string, string> | undefined): Record<string, string> {
  return Object.fromEntries(
    Object.entries(groups ?? {}).map(([name, value]) => [name, decodeURIComponent(value)]),
  );
}

export class Router {
  readonly #plain: Route<Call>[] = [];
  readonly #ofPerson: Route<PersonCall>[] = [];
  readonly #ofRepository: Route<RepositoryCall>[] = [];

  open(method: string, path: string, handle: (call: Call) => Result): void {
    this.#plain.push({ method, pattern: compile(path), handle });
  }

  app(method: string, path: string, handle: (call: Call) => Result): void {
    this.open(method, path, (call) => {
      requireApp(call.auth);
      return handle(call);
    });
  }

  /** For the token of a person. */
  person(method: string, path: string, handle: (call: PersonCall) => Result): void {
    this.#ofPerson.push({ method, pattern: compile(path), handle });
  }

  /** `path` below `/repos/{owner}/{repo}`. `needs`: one of them, of the installation token. */
  repository(
    method: string,
    path: string,
    needs: readonly Need[],
    handle: (call: RepositoryCall) => Result,
  ): void {
    const checked = (call: RepositoryCall) => {
      requirePermission(call.auth, call.repository, needs);
      return handle(call);
    };
    this.#ofRepository.push({ method, pattern: compile(path), handle: checked });
  }

  find(method: string, path: string): ((call: Omit<Call, 'params'>) => Result) | undefined {
    for (const { method: wanted, pattern, handle } of this.#plain) {
      const match = method === wanted ? pattern.exec(path) : null;
      if (match !== null) return (call) => handle({ ...call, params: decoded(match.groups) });
    }
    return undefined;
  }

  findOfPerson(method: string, path: string): ((call: Omit<PersonCall, 'params'>) => Result) | undefined {
    for (const { method: wanted, pattern, handle } of this.#ofPerson) {
      const match = method === wanted ? pattern.exec(path) : null;
      if (match !== null) return (call) => handle({ ...call, params: decoded(match.groups) });
    }
    return undefined;
  }

  findInRepository(
    method: string,
    path: string,
  ): ((call: Omit<RepositoryCall, 'params'>) => Result) | undefined {
    for (const { method: wanted, pattern, handle } of this.#ofRepository) {
      const match = method === wanted ? pattern.exec(path) : null;
      if (match !== null) return (call) => handle({ ...call, params: decoded(match.groups) });
    }
    return undefined;
  }
}

/** `check_run_id` and the like; what is no number exists nowhere. */
export function idOf(call: Call, name: string): number {
  return Number(call.params[name]);
}

export function field(body: unknown, name: string): unknown {
  return typeof body === 'object' && body !== null ? (body as Record<string, unknown>)[name] : undefined;
}
