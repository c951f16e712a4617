/**
 * A link ends with the credentials that have signed it, whatever was asked for, and those of a role are replaced a few
 * minutes before they end and no earlier: links of that moment would end while the task that they are for still runs. So
 * whoever signs for longer than they last asks for others first.
 */
import type { S3Client } from '@aws-sdk/client-s3';

/** Where none that last longer are to be had, it is asked so often. */
const ASK_AGAIN_MS = 60_000;

/** Asks for other credentials when those of the client end within so many seconds. */
export function lastingCredentials(client: S3Client): (seconds: number) => Promise<void> {
  let askedMs = -Infinity;
  let asking: Promise<unknown> = Promise.resolve();
  return async (seconds) => {
    const { expiration } = await client.config.credentials();
    if (expiration === undefined || expiration.getTime() - Date.now() >= seconds * 1000) return;
    if (Date.now() - askedMs >= ASK_AGAIN_MS) {
      askedMs = Date.now();
      // Those at hand hold for now; when they do not, signing says so.
      asking = client.config.credentials({ forceRefresh: true }).catch(() => undefined);
    }
    await asking;
  };
}
