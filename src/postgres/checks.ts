/** Check runs and comments of ours, and what GitHub was told of them. */
import type pg from 'pg';
import type { CheckConclusion, CheckContent, CheckRow } from '../core/app-words.js';
import type { CheckRows } from '../ports/store.js';
import { change, isUuid, select } from './query.js';

interface Row {
  readonly id: string;
  readonly evaluation_id: string;
  readonly pipeline: string | null;
  readonly name: string;
  readonly creation_begun_at: Date | null;
  readonly github_id: string | null;
  readonly posted_hash: string | null;
  readonly posted_status: CheckContent['status'] | null;
  readonly posted_conclusion: CheckConclusion | null;
  readonly posted_at: Date | null;
}

function toCheck(row: Row): CheckRow {
  return {
    id: row.id,
    evaluationId: row.evaluation_id,
    pipeline: row.pipeline,
    name: row.name,
    githubId: row.github_id === null ? null : Number(row.github_id),
    creationBegun: row.creation_begun_at !== null,
    postedHash: row.posted_hash,
    postedStatus: row.posted_status,
    postedConclusion: row.posted_conclusion,
    postedAt: row.posted_at,
  };
}

export function createCheckRows(pool: pg.Pool): CheckRows {
  return {
    async checks(evaluationId) {
      if (!isUuid(evaluationId)) return [];
      const rows = await select<Row>(
        pool,
        'select * from docops.checks where evaluation_id = $1 order by ordinal',
        [evaluationId],
      );
      return rows.map(toCheck);
    },

    async checkById(id) {
      if (!isUuid(id)) return undefined;
      const [row] = await select<Row>(pool, 'select * from docops.checks where id = $1', [id]);
      return row === undefined ? undefined : toCheck(row);
    },

    async beginCheckCreation(id) {
      await change(pool, 'update docops.checks set creation_begun_at = now() where id = $1', [id]);
    },

    async savePosted(id, { githubId, hash, status, conclusion }) {
      await change(
        pool,
        `update docops.checks
          set github_id = $2, posted_hash = $3, posted_status = $4, posted_conclusion = $5, posted_at = now(),
            creation_begun_at = coalesce(creation_begun_at, now())
          where id = $1`,
        [id, githubId, hash, status, conclusion],
      );
    },

    async comment(repositoryId, number) {
      const [row] = await select<{ github_id: string; hash: string }>(
        pool,
        'select github_id, hash from docops.comments where repository_id = $1 and number = $2',
        [repositoryId, number],
      );
      return row === undefined ? undefined : { githubId: Number(row.github_id), hash: row.hash };
    },

    async saveComment(repositoryId, number, { githubId, hash }) {
      await change(
        pool,
        `insert into docops.comments (repository_id, number, github_id, hash) values ($1, $2, $3, $4)
          on conflict (repository_id, number) do update
            set github_id = excluded.github_id, hash = excluded.hash, updated_at = now()`,
        [repositoryId, number, githubId, hash],
      );
    },
  };
}
