/** Addresses of pages. Those of runs hold through renames of the repository; checks link to them. */
import type { RepositoryRef } from '../../core/app-words.js';

type Named = Pick<RepositoryRef, 'owner' | 'name'>;
type Query = Readonly<Record<string, string | number | null | undefined>>;

/** Parts that are null or undefined are left out. */
export function withQuery(path: string, query: Query): string {
  const pairs = Object.entries(query).flatMap(([name, value]): [string, string][] =>
    value === null || value === undefined ? [] : [[name, String(value)]],
  );
  return pairs.length === 0 ? path : `${path}?${new URLSearchParams(pairs).toString()}`;
}

const part = encodeURIComponent;

export const homeUrl = '/';
export const repositoryUrl = ({ owner, name }: Named, query: Query = {}): string =>
  withQuery(`/repositories/${part(owner)}/${part(name)}`, query);
export const ledgerUrl = (repository: Named, query: Query = {}): string =>
  withQuery(`${repositoryUrl(repository)}/ledger`, query);
export const configurationUrl = (repository: Named, query: Query = {}): string =>
  withQuery(`${repositoryUrl(repository)}/configuration`, query);
export const simulationUrl = (repository: Named, id: string): string =>
  `${repositoryUrl(repository)}/simulations/${part(id)}`;
export const accessUrl = (repository: Named): string => `${repositoryUrl(repository)}/access`;
export const badgeUrl = (repository: Named, query: Query = {}): string =>
  withQuery(`${repositoryUrl(repository)}/badge.svg`, query);
/** `/evaluations/ID`, and below it what belongs to one run: `events`, `document`, `report.json` … */
export const runUrl = (evaluationId: string, below = '', query: Query = {}): string =>
  withQuery(`/evaluations/${part(evaluationId)}${below === '' ? '' : `/${below}`}`, query);
export const signInUrl = (to: string): string => withQuery('/sign-in', { to });
