import type { Actor } from '../core/app-words.js';

/** A user as GitHub writes one; null where the account was deleted, which GitHub's pages show as `ghost`. */
export function actorOf(
  user: { readonly login?: string | undefined; readonly type?: string | undefined } | null | undefined,
): Actor {
  if (user?.login === undefined) return { login: 'ghost', type: 'unknown' };
  const { login, type } = user;
  if (type === 'Bot' || login.endsWith('[bot]')) return { login, type: 'bot' };
  return { login, type: type === 'User' ? 'user' : 'unknown' };
}
