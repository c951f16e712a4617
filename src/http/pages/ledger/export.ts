/** The whole ledger of a repository as a file, written as it is read: never more than a few hundred lines are held. */
import { Readable } from 'node:stream';
import { stringify } from 'csv-stringify/sync';
import type { RepositoryRef } from '../../../core/app-words.js';
import type { LedgerFilter } from '../../../ports/insight.js';
import type { Log } from '../../../ports/log.js';
import { readWholeLedger } from '../../ledger/read.js';
import { ledgerLine } from '../../ledger/wire.js';
import type { ToldLine } from '../../ledger/words.js';
import type { Site } from '../../site/words.js';

type Filter = Pick<LedgerFilter, 'action' | 'actor'>;
type Ports = Pick<Site, 'insight' | 'store' | 'log'>;

/** In the order of the file; described in docs/api.md. */
export const LEDGER_COLUMNS = [
  'id',
  'at',
  'actor',
  'action',
  'says',
  'reason',
  'state',
  'expires_at',
  'revoked_at',
  'revoked_by',
  'pull_number',
  'run',
  'commit',
  'subject',
  'hash',
] as const;

export function exportCsv(site: Ports, repository: RepositoryRef, filter: Filter): Response {
  return file(site.log, repository, 'csv', 'text/csv; charset=utf-8', async function* () {
    yield csvOf(LEDGER_COLUMNS);
    for await (const told of readWholeLedger(site, repository.id, only(filter))) yield csvOf(columnsOf(told));
  });
}

export function exportJson(site: Ports, repository: RepositoryRef, filter: Filter): Response {
  return file(site.log, repository, 'json', 'application/json', async function* () {
    const { id, owner, name } = repository;
    yield `{"schema":"docops.ledger/1","repository":${JSON.stringify({ id, owner, name })},"lines":[`;
    let between = '\n';
    for await (const told of readWholeLedger(site, repository.id, only(filter))) {
      yield between + JSON.stringify(ledgerLine(told));
      between = ',\n';
    }
    yield '\n]}\n';
  });
}

/** From the newest line on, wherever the page was. */
const only = ({ action, actor }: Filter): Filter => ({
  ...(action === undefined ? {} : { action }),
  ...(actor === undefined ? {} : { actor }),
});

/** Reasons are typed by people: no cell is taken for a formula. */
function csvOf(cells: readonly (string | number | null)[]): string {
  return stringify([[...cells]], { record_delimiter: 'windows', escape_formulas: true });
}

function columnsOf(told: ToldLine): (string | number | null)[] {
  const { line, acceptance } = told;
  return [
    line.id,
    line.at.toISOString(),
    line.actor,
    line.action,
    told.says,
    told.reason,
    acceptance?.state ?? null,
    acceptance?.expiresAt.toISOString() ?? null,
    acceptance?.revokedAt?.toISOString() ?? null,
    acceptance?.revokedBy ?? null,
    told.pullNumber,
    told.evaluationId,
    told.commit,
    JSON.stringify(line.subject),
    line.hash,
  ];
}

function file(
  log: Log,
  { owner, name }: RepositoryRef,
  ending: string,
  type: string,
  write: () => AsyncGenerator<string>,
): Response {
  const safe = `ledger-${owner}-${name}`.replace(/[^A-Za-z0-9._-]/g, '_');
  const body = Readable.toWeb(Readable.from(bytes(log, write()))) as ReadableStream<Uint8Array>;
  return new Response(body, {
    headers: {
      'content-type': type,
      'content-disposition': `attachment; filename="${safe}.${ending}"`,
      'cache-control': 'no-store',
    },
  });
}

/** What failed is for the log: the web server writes the message of an error to the end of what it has sent. */
async function* bytes(log: Log, texts: AsyncGenerator<string>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  let whole = false;
  try {
    for await (const text of texts) yield encoder.encode(text);
    whole = true;
  } catch (error) {
    log.error({ err: error }, 'an export of the ledger failed');
  }
  if (!whole) throw new Error('the export ends here too early; the log of the server says why');
}
