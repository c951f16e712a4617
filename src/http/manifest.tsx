/**
 * The two pages of `docops setup`: a form that hands GitHub the App's manifest, and the address that GitHub sends the
 * browser back to with a code that buys the App's credentials, once, within an hour.
 */
import { timingSafeEqual } from 'node:crypto';
import { Document, html, policy } from './setup-page.js';
import { say, sendPage, target, type Handler } from './reply.js';

export const CALLBACK_PATH = '/created';

export interface ManifestOptions {
  readonly manifest: object;
  /** Where the form is sent: `https://github.com/settings/apps/new`. */
  readonly createUrl: string;
  /** Random; GitHub hands it back, so that nobody else can hand us an App. */
  readonly state: string;
  /** Hosts (with port) that this server is asked by; another one is a page of a stranger that resolves to us. */
  readonly hosts: readonly string[];
  /** Buys and keeps the credentials. What it throws is shown, without the code. */
  readonly exchange: (code: string) => Promise<{ readonly installUrl: string; readonly name: string }>;
}

const CODE = /^[\w-]{1,200}$/;

export function createManifestHandler(options: ManifestOptions): Handler {
  // A browser that reloads the page must not buy a second time.
  let bought: Promise<{ installUrl: string; name: string }> | undefined;

  return async (request, response) => {
    const asked = target(request);
    if (asked === undefined || request.method !== 'GET') return false;
    if (!options.hosts.includes(request.headers.host ?? ''))
      return say(response, 421, 'asked by another name');
    if (asked.path === '/')
      return sendPage(response, 200, formPage(options), policy(new URL(options.createUrl).origin));
    if (asked.path !== CALLBACK_PATH) return false;
    const code = asked.query.get('code') ?? '';
    if (!same(asked.query.get('state') ?? '', options.state) || !CODE.test(code))
      return say(response, 400, 'this is not the answer to a form of ours; start again at /');
    try {
      const { installUrl, name } = await (bought ??= options.exchange(code));
      return sendPage(response, 200, donePage(installUrl, name), policy());
    } catch (error) {
      bought = undefined;
      return say(
        response,
        502,
        error instanceof Error ? error.message : 'GitHub did not hand out the credentials',
      );
    }
  };
}

function same(given: string, right: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function formPage({ createUrl, state, manifest }: ManifestOptions): string {
  const { default_permissions: permissions } = manifest as { default_permissions: Record<string, string> };
  return html(
    <Document title="Make the GitHub App">
      <p>
        GitHub shows the App with its name, which you can change, and asks you to confirm. Its key and its
        webhook secret then come to this machine and nowhere else.
      </p>
      <table>
        <thead>
          <tr>
            <th scope="col">Permission</th>
            <th scope="col">Access</th>
          </tr>
        </thead>
        <tbody>
          {Object.entries(permissions).map(([permission, access]) => (
            <tr>
              <td>{permission}</td>
              <td>{access}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <form action={`${createUrl}?${new URLSearchParams({ state }).toString()}`} method="post">
        <input type="hidden" name="manifest" value={JSON.stringify(manifest)} />
        <p>
          <button type="submit">Go to GitHub</button>
        </p>
      </form>
    </Document>,
  );
}

function donePage(installUrl: string, name: string): string {
  return html(
    <Document title={`${name} is made`}>
      <p>Its credentials are kept. The terminal says how to go on.</p>
      <p>
        Next: <a href={installUrl}>install it on your repositories</a>, and start <code>docops serve</code>.
      </p>
    </Document>,
  );
}
