/** Which run an address is about, and whether its visitor may see it: the first thing that every page of a run asks. */
import type { Context } from 'hono';
import type { Evaluation, RepositoryRef } from '../../../core/app-words.js';
import { runUrl } from '../../site/urls.js';
import type { Site, Visitor } from '../../site/words.js';

const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

type Query = Readonly<Record<string, string | number | null | undefined>>;

export interface OpenedRun {
  readonly evaluation: Evaluation;
  readonly repository: RepositoryRef;
  readonly visitor: Visitor;
  /** Addresses of this run, with what lets this visitor in. */
  readonly address: (below?: string, query?: Query) => string;
  /** The same as hidden fields of a form. */
  readonly carried: readonly (readonly [name: string, value: string])[];
}

/** A response where there is nothing for this visitor; whether there is such a run is not told. */
export async function openRun(site: Site, c: Context, id: string): Promise<OpenedRun | Response> {
  const evaluation = ID.test(id) ? await site.store.evaluation(id) : undefined;
  const repository =
    evaluation === undefined ? undefined : await site.store.repository(evaluation.repositoryId);
  if (evaluation === undefined || repository === undefined) {
    // Who is not signed in is asked to, whatever the address: otherwise the answer would tell which runs exist.
    const person = site.signIn === null ? null : await site.gate.person(c);
    return person instanceof Response ? person : site.gate.nothingHere(c);
  }
  const visitor = await site.gate.visitor(c, repository, evaluation.id);
  if (visitor instanceof Response) return visitor;
  const carried = [...new URLSearchParams(visitor.query)];
  return {
    evaluation,
    repository,
    visitor,
    address: (below = '', query = {}) =>
      runUrl(evaluation.id, below, { ...query, ...Object.fromEntries(carried) }),
    carried,
  };
}
