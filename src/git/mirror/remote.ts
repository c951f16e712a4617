import { isAbsolute } from 'node:path';
import { MirrorError } from '../../ports/mirror.js';
import { HARMLESS } from './faults.js';

/** A token is asked for again after so long; whoever gives it knows how long it lives. */
const TOKEN_KEPT_MS = 30_000;

/** Of the process's environment git gets the way to the network and nothing else: no configuration, no prompt, no trace. */
const PASSED =
  /^(?:PATH|TMPDIR|(?:https?|all|no)_proxy|SSL_CERT_(?:FILE|DIR)|CURL_CA_BUNDLE|GIT_SSL_CA(?:INFO|PATH)|GIT_EXEC_PATH|LD_LIBRARY_PATH)$/i;

const SETTINGS: readonly (readonly [string, string])[] = [
  // An empty value drops the helpers that were named before it.
  ['credential.helper', ''],
  ['core.askPass', ''],
  // Git would send the header with the token to wherever it is sent.
  ['http.followRedirects', 'false'],
  // A server that sends less than 1,000 bytes a second for a minute hangs.
  ['http.lowSpeedLimit', '1000'],
  ['http.lowSpeedTime', '60'],
  ['protocol.version', '2'],
  ['protocol.ext.allow', 'never'],
  ['transfer.fsckObjects', 'true'],
  ...HARMLESS.map((name) => [`fetch.fsck.${name}`, 'ignore'] as const),
  // Several processes fetch into one mirror.
  ['core.filesRefLockTimeout', '10000'],
  ['core.packedRefsTimeout', '10000'],
];

export interface RemoteOptions {
  readonly url: string;
  readonly token: (renew: boolean) => Promise<string>;
  readonly environment: NodeJS.ProcessEnv;
  readonly now: () => number;
}

/** One repository's address and the token for it. The token stands in environments of git processes, nowhere else. */
export class Remote {
  /** For git without a token: what is read from disk needs none. */
  readonly plainEnvironment: NodeJS.ProcessEnv;
  readonly #options: RemoteOptions;
  readonly #protocol: string;
  #token: { readonly value: string; readonly since: number } | undefined;
  #refused = false;
  readonly #secrets = new Set<string>();

  /** Throws MirrorError for an address that a token must not be sent to. */
  constructor(options: RemoteOptions) {
    this.#options = options;
    this.#protocol = protocolOf(options.url);
    this.plainEnvironment = {
      ...Object.fromEntries(Object.entries(options.environment).filter(([name]) => PASSED.test(name))),
      // No ~/.netrc, no ~/.gitconfig.
      HOME: '/nonexistent',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_ALLOW_PROTOCOL: this.#protocol,
      ...configured(this.#settings('')),
    };
  }

  /** With the token, for one command. Throws MirrorError when there is none to be had. */
  async environment(): Promise<NodeJS.ProcessEnv> {
    return { ...this.plainEnvironment, ...configured(this.#settings(await this.#tokenNow())) };
  }

  /** The token did not work: the next command asks for a new one. */
  dropToken(): void {
    this.#token = undefined;
    this.#refused = true;
  }

  /** The text without a token that this was given. */
  redact(text: string): string {
    let clean = text;
    for (const secret of this.#secrets) clean = clean.replaceAll(secret, '[token]');
    return clean;
  }

  async #tokenNow(): Promise<string> {
    const now = this.#options.now();
    if (this.#token !== undefined && Math.abs(now - this.#token.since) < TOKEN_KEPT_MS)
      return this.#token.value;
    let value: string;
    try {
      value = await this.#options.token(this.#refused);
    } catch (error) {
      throw new MirrorError('there is no token for the repository now', true, { cause: error });
    }
    if (/[\p{Cc}\s]/u.test(value)) throw new MirrorError('the token for the repository is malformed', true);
    this.#token = { value, since: now };
    this.#refused = false;
    if (value !== '') {
      this.#secrets.add(value);
      this.#secrets.add(basic(value));
    }
    return value;
  }

  #settings(token: string): readonly (readonly [string, string])[] {
    const { url } = this.#options;
    const address = [...SETTINGS, ['remote.origin.url', url] as const];
    if (token === '' || this.#protocol === 'file') return address;
    return [...address, [`http.${url}.extraHeader`, `Authorization: Basic ${basic(token)}`]];
  }
}

function basic(token: string): string {
  return Buffer.from(`x-access-token:${token}`).toString('base64');
}

/** As `git -c`, but in the environment, where other users cannot read it. https://git-scm.com/docs/git-config#Documentation/git-config.txt-GITCONFIGCOUNT */
function configured(settings: readonly (readonly [string, string])[]): NodeJS.ProcessEnv {
  const variables: NodeJS.ProcessEnv = { GIT_CONFIG_COUNT: String(settings.length) };
  settings.forEach(([key, value], at) => {
    variables[`GIT_CONFIG_KEY_${at}`] = key;
    variables[`GIT_CONFIG_VALUE_${at}`] = value;
  });
  return variables;
}

/** `https`; `http` on this machine and `file` for trying things out. */
function protocolOf(text: string): string {
  if (isAbsolute(text)) return 'file';
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new MirrorError('the address to clone from is no URL', false);
  }
  if (url.username !== '' || url.password !== '')
    throw new MirrorError('the address to clone from holds a password', false);
  if (url.protocol === 'https:' || url.protocol === 'file:') return url.protocol.slice(0, -1);
  const here = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(url.hostname);
  if (url.protocol === 'http:' && here) return 'http';
  throw new MirrorError(
    `repositories are cloned over https, not over ${url.protocol}//${url.hostname}`,
    false,
  );
}
