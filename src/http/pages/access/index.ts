/** Tokens of the API that see one repository: made, listed and revoked by its administrators. */
import { Hono, type Context } from 'hono';
import type { RepositoryRef } from '../../../core/app-words.js';
import { issueToken, tokenState } from '../../../flow/api-tokens.js';
import type { Person } from '../../../ports/people.js';
import { sendPage } from '../../site/layout.js';
import { repositoryAsked } from '../../site/repository.js';
import { accessUrl } from '../../site/urls.js';
import type { Site } from '../../site/words.js';
import { EMPTY_FORM, readForm, type Form } from './form.js';
import { AccessPage, type Told } from './page.js';

const PATH = '/repositories/:owner/:name/access';
const DAY_MS = 24 * 60 * 60_000;

export function accessPages(site: Site): Hono {
  const app = new Hono();
  const show = async (
    c: Context,
    { repository, person }: Administrator,
    told: Told,
    form: Form = EMPTY_FORM,
    status: 200 | 409 | 422 = 200,
  ): Promise<Response> => {
    const [tokens, nowMs] = await Promise.all([site.tokens.tokens(repository.id), site.store.now()]);
    const page = AccessPage({ site, repository, person, tokens, nowMs, told, form });
    // What is shown once is kept by nobody.
    c.header('cache-control', 'no-store');
    return sendPage(c, page, status);
  };

  app.get(PATH, (c) => forAdministrators(site, c, (who) => show(c, who, { kind: 'nothing' })));

  app.post(PATH, (c) =>
    forAdministrators(site, c, async (who) => {
      const form = readForm(await c.req.parseBody({ all: true }));
      if (form.problems.length > 0)
        return show(c, who, { kind: 'problems', problems: form.problems }, form, 422);
      const [tokens, nowMs] = await Promise.all([site.tokens.tokens(who.repository.id), site.store.now()]);
      // Also keeps a page that is loaded again from making a second one.
      const taken = tokens.some((token) => token.name === form.name && tokenState(token, nowMs) === 'good');
      if (taken) {
        const problems = ['There is a token of this name. Revoke it first, or choose another name.'];
        return show(c, who, { kind: 'problems', problems }, form, 409);
      }
      const { token, secret } = await issueToken(site.tokens, {
        name: form.name,
        scopes: form.scopes,
        repositoryId: who.repository.id,
        createdBy: who.person.login,
        ttlMs: form.days * DAY_MS,
      });
      return show(c, who, { kind: 'made', token, secret });
    }),
  );

  app.post(`${PATH}/revoke`, (c) =>
    forAdministrators(site, c, async ({ repository, person }) => {
      const { id } = await c.req.parseBody();
      if (typeof id === 'string') await site.tokens.revokeToken(id, person.login, repository.id);
      return c.redirect(accessUrl(repository), 303);
    }),
  );
  return app;
}

interface Administrator {
  readonly repository: RepositoryRef;
  readonly person: Person;
}

async function forAdministrators(
  site: Site,
  c: Context,
  answer: (who: Administrator) => Promise<Response>,
): Promise<Response> {
  const repository = await repositoryAsked(site, c);
  if (repository === undefined) return site.gate.nothingHere(c);
  const visitor = await site.gate.visitorWith(c, repository, 'admin');
  if (visitor instanceof Response) return visitor;
  return visitor.person === null ? site.gate.nothingHere(c) : answer({ repository, person: visitor.person });
}
