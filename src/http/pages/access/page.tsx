/** The page "API tokens". */
import type { FC } from 'hono/jsx';
import type { RepositoryRef } from '../../../core/app-words.js';
import { Tag, type Tone } from '../../../core/report/html/parts.js';
import { name, sentence } from '../../../core/report/words.js';
import { SCOPE_WORDS, TOKEN_NAME_CHARACTERS, tokenState, type TokenState } from '../../../flow/api-tokens.js';
import type { Person } from '../../../ports/people.js';
import { TOKEN_SCOPES, type ApiToken } from '../../../ports/tokens.js';
import { Layout } from '../../site/layout.js';
import { accessUrl } from '../../site/urls.js';
import type { Site } from '../../site/words.js';
import { Time } from '../parts/time.js';
import { LIFETIMES, type Form } from './form.js';

export type Told =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'problems'; readonly problems: readonly string[] }
  | { readonly kind: 'made'; readonly token: ApiToken; readonly secret: string };

export const AccessPage: FC<{
  site: Site;
  repository: RepositoryRef;
  person: Person;
  tokens: readonly ApiToken[];
  nowMs: number;
  told: Told;
  form: Form;
}> = ({ site, repository, person, tokens, nowMs, told, form }) => (
  <Layout
    title={`API tokens · ${name(repository.owner)}/${name(repository.name)}`}
    person={person}
    signIn={site.signIn === null ? 'not set up' : 'set up'}
    repository={repository}
    tab="access"
    here="API tokens"
    admin
  >
    <main id="main">
      <h1 class="page-title">API tokens</h1>
      <p class="lead">
        For programs that read this repository's runs. A token sees this repository and no other. What the API
        answers is described at <a href="/api/v1/openapi.json">/api/v1/openapi.json</a>.
      </p>
      <Notice told={told} />
      <section aria-labelledby="tokens">
        <h2 id="tokens">Tokens</h2>
        {tokens.length === 0 ? (
          <p class="muted">There is none yet.</p>
        ) : (
          <Tokens tokens={tokens} nowMs={nowMs} repository={repository} />
        )}
      </section>
      <section aria-labelledby="make">
        <h2 id="make">Make a token</h2>
        <MakeForm repository={repository} form={form} />
      </section>
    </main>
  </Layout>
);

const Notice: FC<{ told: Told }> = ({ told }) => {
  if (told.kind === 'nothing') return null;
  if (told.kind === 'problems')
    return (
      <div class="notice bad" role="alert">
        {told.problems.map((problem) => (
          <p>{problem}</p>
        ))}
      </div>
    );
  return (
    <div class="notice good" role="status">
      <p>
        The token "{name(told.token.name)}" is made. It is shown now and never again: put it where the program
        finds it.
      </p>
      <p>
        <code class="secret">{told.secret}</code>
      </p>
    </div>
  );
};

const TONES: Readonly<Record<TokenState, Tone>> = { good: 'good', expired: 'plain', revoked: 'plain' };
const WORDS: Readonly<Record<TokenState, string>> = {
  good: 'valid',
  expired: 'expired',
  revoked: 'revoked',
};

const Tokens: FC<{ tokens: readonly ApiToken[]; nowMs: number; repository: RepositoryRef }> = ({
  tokens,
  nowMs,
  repository,
}) => (
  <div class="scroll">
    <table class="stack">
      <caption>Tokens of this repository, newest first</caption>
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col">May</th>
          <th scope="col">Made</th>
          <th scope="col">Last used</th>
          <th scope="col">Until</th>
          <th scope="col">State</th>
        </tr>
      </thead>
      <tbody>
        {tokens.map((token) => (
          <Token token={token} nowMs={nowMs} repository={repository} />
        ))}
      </tbody>
    </table>
  </div>
);

const Token: FC<{ token: ApiToken; nowMs: number; repository: RepositoryRef }> = ({
  token,
  nowMs,
  repository,
}) => {
  const state = tokenState(token, nowMs);
  return (
    <tr>
      <th scope="row" class="name">
        {name(token.name)}
      </th>
      <td data-label="May">{token.scopes.join(', ')}</td>
      <td data-label="Made">
        <Time at={token.createdAt} nowMs={nowMs} /> by {name(token.createdBy)}
      </td>
      <td data-label="Last used">
        {token.lastUsedAt === null ? 'never' : <Time at={token.lastUsedAt} nowMs={nowMs} />}
      </td>
      <td data-label="Until">{token.expiresAt === null ? 'revoked' : <Time at={token.expiresAt} />}</td>
      <td data-label="State">
        <span class="token-state">
          <Tag tone={TONES[state]}>{WORDS[state]}</Tag>
          {state === 'revoked' && token.revokedBy !== null && (
            <span class="muted small">by {sentence(token.revokedBy, 80)}</span>
          )}
          {state === 'good' && (
            <form method="post" action={`${accessUrl(repository)}/revoke`}>
              <input type="hidden" name="id" value={token.id} />
              <button class="button" type="submit" aria-label={`Revoke ${name(token.name)}`}>
                Revoke
              </button>
            </form>
          )}
        </span>
      </td>
    </tr>
  );
};

const MakeForm: FC<{ repository: RepositoryRef; form: Form }> = ({ repository, form }) => (
  <form class="card token-form" method="post" action={accessUrl(repository)}>
    <label class="token-field">
      Name
      <input
        type="text"
        name="name"
        value={form.name}
        required
        maxlength={TOKEN_NAME_CHARACTERS}
        autocomplete="off"
        aria-describedby="name-hint"
      />
      <span class="muted small" id="name-hint">
        What will use it: "nightly dashboard"
      </span>
    </label>
    <fieldset>
      <legend>It may</legend>
      {TOKEN_SCOPES.map((scope) => (
        <label class="token-scope">
          <input type="checkbox" name="scope" value={scope} checked={form.scopes.includes(scope)} />
          <span>
            {SCOPE_WORDS[scope]} <code class="muted">{scope}</code>
          </span>
        </label>
      ))}
    </fieldset>
    <label class="token-field">
      It expires after
      <select name="days" required>
        {LIFETIMES.map((days) => (
          <option value={String(days)} selected={days === form.days}>
            {days} days
          </option>
        ))}
      </select>
    </label>
    <p>
      <button class="button primary" type="submit">
        Make the token
      </button>
    </p>
  </form>
);
