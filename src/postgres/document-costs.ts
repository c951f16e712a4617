/** What documents took and cost when they were last measured. */
import type pg from 'pg';
import type { DocumentCost, DocumentCosts } from '../ports/spending.js';
import { change, select } from './query.js';

/** Documents in one statement. */
const BATCH = 5_000;

export function createDocumentCosts(pool: pg.Pool): DocumentCosts {
  return {
    async read(repositoryId, pipeline, contentHashes) {
      const costs = new Map<string, DocumentCost>();
      for (const some of batches(contentHashes)) {
        const rows = await select<{ content_hash: string; seconds: number; usd: number | null }>(
          pool,
          `select content_hash, seconds, usd from docops.document_costs
            where repository_id = $1 and pipeline = $2 and content_hash = any($3::text[])`,
          [repositoryId, pipeline, some],
        );
        for (const { content_hash, seconds, usd } of rows) costs.set(content_hash, { seconds, usd });
      }
      return costs;
    },

    async write(repositoryId, pipeline, costs) {
      // In the order of the hashes, so that two at once do not wait for each other in a circle.
      const all = [...costs].sort(([one], [other]) => (one < other ? -1 : 1));
      for (const some of batches(all))
        await change(
          pool,
          `insert into docops.document_costs (repository_id, pipeline, content_hash, seconds, usd)
            select $1, $2, new.* from unnest($3::text[], $4::double precision[], $5::double precision[])
                as new (content_hash, seconds, usd)
            on conflict (repository_id, pipeline, content_hash) do update
              set seconds = excluded.seconds, usd = excluded.usd, measured_at = now()`,
          [
            repositoryId,
            pipeline,
            some.map(([hash]) => hash),
            some.map(([, { seconds }]) => seconds),
            some.map(([, { usd }]) => usd),
          ],
        );
    },
  };
}

function* batches<T>(all: readonly T[]): Generator<readonly T[]> {
  for (let from = 0; from < all.length; from += BATCH) yield all.slice(from, from + BATCH);
}
