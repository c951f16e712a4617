/** Reads the ledger of a repository with what stands behind its lines, a page at a time. */
import type { LedgerFilter } from '../../ports/insight.js';
import type { Site } from '../site/words.js';
import { tellLine, type ToldLine } from './words.js';

type Ports = Pick<Site, 'insight' | 'store'>;

/** Lines of an export that are read at once. */
const CHUNK = 500;

export interface LedgerPage {
  readonly lines: readonly ToldLine[];
  /** The `before` of the next page; null: no more. */
  readonly next: number | null;
}

/** Newest first. */
export async function readLedger(
  { insight, store }: Ports,
  repositoryId: number,
  filter: LedgerFilter,
): Promise<LedgerPage> {
  const found = await insight.ledger(repositoryId, { ...filter, limit: filter.limit + 1 });
  const lines = found.slice(0, filter.limit);
  const ids = lines.map(({ subject }) => subject);
  const [decided, nowMs] = await Promise.all([
    insight.decided(repositoryId, {
      acceptances: ids.flatMap(({ acceptance }) => (typeof acceptance === 'string' ? [acceptance] : [])),
      comments: lines.flatMap(({ action, subject }) =>
        action === 'command.dispute-label' && typeof subject['comment'] === 'number'
          ? [subject['comment']]
          : [],
      ),
    }),
    store.now(),
  ]);
  return {
    lines: lines.map((line) => tellLine(line, decided, nowMs)),
    next: found.length > filter.limit ? (lines.at(-1)?.id ?? null) : null,
  };
}

/** All of it, newest first, without ever holding all of it. */
export async function* readWholeLedger(
  ports: Ports,
  repositoryId: number,
  filter: Omit<LedgerFilter, 'limit' | 'before'>,
): AsyncGenerator<ToldLine> {
  let before: number | undefined;
  for (;;) {
    const { lines } = await readLedger(ports, repositoryId, {
      ...filter,
      ...(before === undefined ? {} : { before }),
      limit: CHUNK,
    });
    yield* lines;
    before = lines.at(-1)?.line.id;
    if (before === undefined) return;
  }
}
