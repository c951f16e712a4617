/**
 * What leaves this server and comes back, or lies in the database: sealed (JWE, A256GCM) or signed (HMAC) with keys made
 * of the installation's secrets, one for each purpose. The first secret seals and signs; all of them open.
 */
import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { EncryptJWT, jwtDecrypt } from 'jose';

export type Purpose = 'session token' | 'sign-in';

export interface Seals {
  /** `ttlMs`: after which it cannot be opened any more. */
  seal(purpose: Purpose, claims: Readonly<Record<string, string>>, ttlMs: number): Promise<string>;
  /** Undefined when it is not ours, was sealed for something else, or is too old. */
  open(purpose: Purpose, text: string): Promise<Readonly<Record<string, unknown>> | undefined>;
  /** base64url. */
  sign(text: string): string;
  /** In constant time. */
  isSigned(text: string, signature: string): boolean;
}

export function createSeals(secrets: readonly [string, ...string[]]): Seals {
  const keysFor = (purpose: string): readonly [Buffer, ...Buffer[]] => {
    const keyOf = (secret: string) => Buffer.from(hkdfSync('sha256', secret, '', `docops ${purpose}`, 32));
    const [first, ...earlier] = secrets;
    return [keyOf(first), ...earlier.map(keyOf)];
  };
  const sealing = { 'session token': keysFor('session token'), 'sign-in': keysFor('sign-in') };
  const signing = keysFor('short-lived links');
  const mac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text, 'utf8').digest();

  return {
    seal: (purpose, claims, ttlMs) =>
      new EncryptJWT(claims)
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
        .setExpirationTime(new Date(Date.now() + ttlMs))
        .encrypt(sealing[purpose][0]),
    async open(purpose, text) {
      for (const key of sealing[purpose])
        try {
          const { payload } = await jwtDecrypt(text, key, {
            keyManagementAlgorithms: ['dir'],
            contentEncryptionAlgorithms: ['A256GCM'],
            requiredClaims: ['exp'],
          });
          return payload;
        } catch {
          // Another key's, too old, or nobody's.
        }
      return undefined;
    },
    sign: (text) => mac(signing[0], text).toString('base64url'),
    isSigned(text, signature) {
      const given = Buffer.from(signature, 'base64url');
      let right = false;
      for (const key of signing) {
        const expected = mac(key, text);
        if (given.length === expected.length && timingSafeEqual(given, expected)) right = true;
      }
      return right;
    },
  };
}
