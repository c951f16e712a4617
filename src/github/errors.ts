/** Answers of GitHub that are no success → `GitHubError`, with the class that says what to do next. */
import {
  GITHUB_LIMIT_LONGEST_MS,
  GITHUB_LIMIT_UNKNOWN_MS,
  GITHUB_MESSAGE_CHARACTERS,
} from '../core/limits.js';
import { GitHubError, type GitHubErrorClass } from '../ports/github.js';

type Headers = Readonly<Record<string, string | number | undefined>>;

/** Octokit's `RequestError`, told by its shape: several copies of the class may be installed. */
interface RequestError extends Error {
  readonly status: number;
  /** Undefined when GitHub was not reached. */
  readonly response?: { readonly headers: Headers; readonly data: unknown };
}

/** `request` in words: `POST /repos/o/r/check-runs`. Bodies and tokens are left behind; only GitHub's message is kept. */
export function toGitHubError(error: unknown, request: string, nowMs: number): GitHubError {
  if (error instanceof GitHubError) return error;
  if (!isRequestError(error))
    return new GitHubError('unavailable', `${request}: ${messageOf(error)}`, { cause: error });
  const { response } = error;
  if (response === undefined)
    // The cause is the network's own error; the request error itself would carry the request's body along.
    return new GitHubError('unavailable', `${request}: no answer (${cut(error.message)})`, {
      ...(error.cause instanceof Error ? { cause: error.cause } : {}),
    });
  const { status } = error;
  const { headers } = response;
  const message = `${request}: ${status}${ownWords(response.data)}`;
  const retryAfterMs = limitMs(status, headers, error.message, nowMs);
  if (retryAfterMs !== undefined) return new GitHubError('rate-limited', message, { status, retryAfterMs });
  const wanted = headers['x-accepted-github-permissions'];
  const hint = status === 403 && typeof wanted === 'string' ? ` (needs ${cut(wanted)})` : '';
  return new GitHubError(classOf(status), message + hint, { status });
}

function isRequestError(error: unknown): error is RequestError {
  return error instanceof Error && error.name === 'HttpError' && 'status' in error && 'request' in error;
}

function classOf(status: number): GitHubErrorClass {
  if (status === 404 || status === 410) return 'not-found';
  if (status === 401 || status === 403) return 'forbidden';
  if (status >= 500 || status === 408) return 'unavailable';
  return 'refused';
}

/**
 * Milliseconds until the limit is over; undefined where the answer is no limit. A 403 is one when GitHub says so by
 * `retry-after`, by no requests being left, or in its message.
 * https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit
 */
function limitMs(status: number, headers: Headers, message: string, nowMs: number): number | undefined {
  const retryAfter = headers['retry-after'];
  const spent = String(headers['x-ratelimit-remaining']) === '0';
  const limited =
    status === 429 ||
    (status === 403 &&
      (retryAfter !== undefined || spent || /secondary rate limit|rate limit exceeded|abuse/i.test(message)));
  if (!limited) return undefined;
  // Both clocks are GitHub's, so that ours may be wrong.
  const theirs = Date.parse(String(headers['date']));
  const now = Number.isNaN(theirs) ? nowMs : theirs;
  const asked =
    retryAfter === undefined
      ? spent
        ? Number(headers['x-ratelimit-reset']) * 1000 - now + 1000
        : Number.NaN
      : Number.isNaN(Number(retryAfter))
        ? Date.parse(String(retryAfter)) - now
        : Number(retryAfter) * 1000;
  if (Number.isNaN(asked)) return GITHUB_LIMIT_UNKNOWN_MS;
  return Math.min(Math.max(asked, 1000), GITHUB_LIMIT_LONGEST_MS);
}

/** What GitHub's JSON says; the HTML of a gateway says nothing to a person. */
function ownWords(data: unknown): string {
  if (typeof data !== 'object' || data === null || !('message' in data)) return '';
  const errors = 'errors' in data && Array.isArray(data.errors) ? data.errors.map(oneError) : [];
  return ` ${cut([String(data.message), ...errors].join('; '))}`;
}

function oneError(error: unknown): string {
  if (typeof error === 'string') return error;
  if (typeof error !== 'object' || error === null) return '';
  const { message, resource, field, code } = error as Record<string, unknown>;
  return [message, resource, field, code].filter((part) => typeof part === 'string').join(' ');
}

function messageOf(error: unknown): string {
  return cut(error instanceof Error ? error.message : String(error));
}

function cut(text: string): string {
  return text.length > GITHUB_MESSAGE_CHARACTERS ? `${text.slice(0, GITHUB_MESSAGE_CHARACTERS)}…` : text;
}
