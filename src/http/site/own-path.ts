/** Where somebody is sent after signing in: a path of ours, whatever was asked for. */
const LONGEST = 2_000;
const ELSEWHERE = 'http://docops.invalid';
/** Signing in in order to sign in goes round in circles. */
const OWN_BUSINESS = /^\/(?:sign-in|sign-out|signed-out)(?:[/?#]|$)/;

/** `/` for everything that is, or that a browser could take for, another site's address. */
export function ownPath(asked: string | undefined): string {
  // eslint-disable-next-line no-control-regex -- browsers drop some of them: `/\t/evil.example` would be `//evil.example`
  if (asked === undefined || asked.length > LONGEST || !/^\/(?!\/)[^\\\u0000-\u0020\u007f]*$/.test(asked))
    return '/';
  if (!URL.canParse(asked, ELSEWHERE)) return '/';
  const { origin, pathname, search } = new URL(asked, ELSEWHERE);
  // `/.//evil.example` becomes `//evil.example` only now.
  if (origin !== ELSEWHERE || pathname.startsWith('//') || OWN_BUSINESS.test(pathname)) return '/';
  return pathname + search;
}
