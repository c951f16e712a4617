import { setTimeout as wait } from 'node:timers/promises';
import { UsageError } from './core/errors.js';
import { GitHubError, type AppFacts, type GitHub } from './ports/github.js';
import type { Log } from './ports/log.js';

const PAUSES_MS = [1_000, 2_000, 5_000, 15_000, 30_000];

/** Who we are on GitHub. Waits as long as GitHub is away; throws UsageError when it does not know the App or the key. */
export async function learnOwnApp(
  github: Pick<GitHub, 'app'>,
  log: Log,
  signal?: AbortSignal,
): Promise<AppFacts & { readonly login: string }> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      const facts = await github.app();
      return { ...facts, login: `${facts.slug}[bot]` };
    } catch (error) {
      if (!(error instanceof GitHubError)) throw error;
      const refusal = refusalOf(error);
      if (refusal !== undefined) throw refusal;
      const pause = error.retryAfterMs ?? PAUSES_MS[Math.min(attempt, PAUSES_MS.length - 1)] ?? 30_000;
      log.warn({ problem: error.message, againInMs: pause }, 'GitHub does not answer; asks again');
      await wait(pause, undefined, signal === undefined ? {} : { signal });
    }
  }
}

/** What a person has to mend; undefined for what passes. */
export function refusalOf(error: GitHubError): UsageError | undefined {
  if (error.status === 401)
    return new UsageError(
      'GitHub does not accept the private key',
      "make a new key on the App's settings page, compare APP_ID with it, and look whether this machine's clock is right",
    );
  if (error.class === 'not-found')
    return new UsageError(
      'GitHub does not know this App',
      "compare APP_ID with the App's settings page, and GHE_HOST or GITHUB_API_URL with where it was made",
    );
  if (error.class === 'forbidden' || error.class === 'refused')
    return new UsageError(`GitHub refuses the App: ${error.message}`, 'look at the App on its settings page');
  return undefined;
}
