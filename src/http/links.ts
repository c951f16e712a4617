/**
 * Links that carry their own key. Who reads a check may read its report, and GitHub does not tell us who reads: so
 * the link itself is the key, an HMAC over the evaluation's id. It cannot be guessed and cannot be turned into another's.
 */
import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';

export interface Links {
  /** Page of an evaluation; null where this server has no public address. */
  detailsUrl(evaluationId: string): string | null;
  keyOf(evaluationId: string): string;
  /** In constant time. */
  fits(evaluationId: string, key: string): boolean;
  /** Opens a repository's badges and nothing else: whoever shows one in a README gives it to all its readers. */
  badgeKey(repositoryId: number): string;
  /** In constant time. */
  badgeFits(repositoryId: number, key: string): boolean;
}

/**
 * `secrets`: webhook secrets, the current one first; links made with an earlier one hold as long as it is listed.
 * `signIn`: people show who they are, so links to pages of evaluations carry no key.
 */
export function createLinks(
  url: string | null,
  secrets: readonly [string, ...string[]],
  { signIn }: { readonly signIn: boolean } = { signIn: false },
): Links {
  const evaluations = createKeys(secrets, 'docops evaluation pages');
  const badges = createKeys(secrets, 'docops badges');
  return {
    detailsUrl(id) {
      if (url === null) return null;
      return signIn ? `${url}${pagePath(id)}` : `${url}${pagePath(id)}?key=${evaluations.keyOf(id)}`;
    },
    keyOf: evaluations.keyOf,
    fits: evaluations.fits,
    badgeKey: (repositoryId) => badges.keyOf(String(repositoryId)),
    badgeFits: (repositoryId, key) => badges.fits(String(repositoryId), key),
  };
}

/** Keys for one purpose: `label` keeps those of one from opening what belongs to another. */
function createKeys(secrets: readonly [string, ...string[]], label: string): Pick<Links, 'keyOf' | 'fits'> {
  const keys = secrets.map((secret) => Buffer.from(hkdfSync('sha256', secret, '', label, 32)));
  const keyWith = (key: Buffer, id: string): string =>
    createHmac('sha256', key).update(id, 'utf8').digest('base64url');
  return {
    keyOf: (id) => keyWith(keys[0] as Buffer, id),
    fits(id, given) {
      let fits = false;
      for (const key of keys) {
        const right = Buffer.from(keyWith(key, id));
        const asked = Buffer.from(given);
        if (right.length === asked.length && timingSafeEqual(right, asked)) fits = true;
      }
      return fits;
    },
  };
}

export function pagePath(evaluationId: string): string {
  return `/evaluations/${evaluationId}`;
}
