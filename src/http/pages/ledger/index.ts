/** What people decided, for people and as a file. Whoever may read the repository may read and export it. */
import { Hono, type Context } from 'hono';
import type { RepositoryRef } from '../../../core/app-words.js';
import { LEDGER_PAGE_LINES } from '../../../core/limits.js';
import { readLedger } from '../../ledger/read.js';
import { sendPage } from '../../site/layout.js';
import { repositoryAsked } from '../../site/repository.js';
import type { Site, Visitor } from '../../site/words.js';
import { exportCsv, exportJson } from './export.js';
import { LedgerPage } from './page.js';
import { asked } from './query.js';

const PATH = '/repositories/:owner/:name/ledger';

export function ledgerPages(site: Site): Hono {
  const app = new Hono();
  let verifying: ReturnType<typeof site.insight.ledgerIsWhole> | undefined;
  /** Reads every line of the instance: once for all who ask meanwhile. */
  const verified = (): NonNullable<typeof verifying> =>
    (verifying ??= site.insight.ledgerIsWhole().finally(() => {
      verifying = undefined;
    }));
  app.get(PATH, (c) =>
    forReaders(site, c, async (repository, visitor) => {
      const query = asked(c);
      const [page, chain] = await Promise.all([
        readLedger(site, repository.id, { ...query.filter, limit: LEDGER_PAGE_LINES }),
        c.req.query('verify') === '1' ? verified() : null,
      ]);
      return sendPage(c, LedgerPage({ site, repository, visitor, query, page, chain }));
    }),
  );
  app.get(`${PATH}.csv`, (c) =>
    forReaders(site, c, (repository) => exportCsv(site, repository, asked(c).filter)),
  );
  app.get(`${PATH}.json`, (c) =>
    forReaders(site, c, (repository) => exportJson(site, repository, asked(c).filter)),
  );
  return app;
}

async function forReaders(
  site: Site,
  c: Context,
  answer: (repository: RepositoryRef, visitor: Visitor) => Response | Promise<Response>,
): Promise<Response> {
  const repository = await repositoryAsked(site, c);
  if (repository === undefined) return site.gate.nothingHere(c);
  const visitor = await site.gate.visitor(c, repository);
  return visitor instanceof Response ? visitor : answer(repository, visitor);
}
