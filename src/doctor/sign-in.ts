/** Whether people can sign in to the pages: what GitHub says to a code that nobody was given. */
import { GitHubError } from '../ports/github.js';
import type { SignIn } from '../ports/people.js';
import { findingsOf, type Finding } from './finding.js';

export interface SignInFacts {
  /** Null: sign-in is not set up. */
  readonly signIn: Pick<SignIn, 'exchange'> | null;
  /** Where GitHub is to send people back to. */
  readonly callbackUrl: string;
  /** Page where the App is changed. */
  readonly settingsUrl: string;
}

/** Of the form that RFC 7636 asks for; no code belongs to it. */
const VERIFIER = 'docops-doctor-asks-whether-the-secret-is-right';

export async function examineSignIn({ signIn, callbackUrl, settingsUrl }: SignInFacts): Promise<Finding[]> {
  const { found, ok, warn, fail } = findingsOf('sign-in');
  if (signIn === null) {
    warn(
      'nobody can sign in to the pages: reports are reached by the links of their checks alone, by whoever has the link',
      `set GITHUB_CLIENT_ID, GITHUB_CLIENT_SECRET and DOCOPS_URL; docs/install.md says where they come from`,
    );
    return found;
  }
  try {
    await signIn.exchange({ code: 'docops-doctor', redirectUrl: callbackUrl, verifier: VERIFIER });
    ok(
      `people sign in with GitHub, which knows the client ID and the client secret; it has to know the callback URL ${callbackUrl} too`,
    );
  } catch (error) {
    if (!(error instanceof GitHubError) || error.class !== 'refused') throw error;
    if (error.message.includes('redirect_uri_mismatch'))
      fail(`the App does not have the callback URL ${callbackUrl}`, `add it: ${settingsUrl}`);
    else
      fail(
        `nobody can sign in: ${error.message}`,
        `compare the client ID, and make a new client secret: ${settingsUrl}`,
      );
  }
  return found;
}
