/** What a document of a run looks like: for those who may see documents, through addresses that hold for some minutes. */
import type { Context } from 'hono';
import type { ShownItem } from '../../../core/report/html/evidence.js';
import type { Report } from '../../../core/report/schema.js';
import type { DocumentAddress } from '../../../ports/document-views.js';
import type { Site } from '../../site/words.js';
import type { OpenedRun } from './open.js';
import type { ToldReport } from './reports.js';

/** Browsers ask again for a page that is left and opened again; the address holds for about as long. */
const KEPT_SECONDS = 300;

export interface Evidence {
  readonly items: readonly ShownItem[];
  /** Why there is nothing to see. */
  readonly unseen: string | null;
}

/** Null: why the document is not shown is not the visitor's business, or said by `unseen`. */
function addressOf(opened: OpenedRun, { report }: ToldReport, documentId: string): DocumentAddress | string {
  if (!opened.visitor.seesDocuments)
    return 'The document itself is shown to those who may read the repository, or write to a public one.';
  // Beside masked values the page that they stand on would show them.
  if (masks(report)) return 'The document itself is not shown: the configuration masks fields of it.';
  const { dataset, base, head } = report;
  const commit = dataset.read_from === 'head' ? head.commit : base.commit;
  if (dataset.read_from === 'folder' || (commit === null && dataset.read_from !== 'address'))
    return 'The document itself is not shown: it was not read from a commit.';
  return {
    repository: opened.repository,
    commit: commit ?? '',
    dataset: dataset.source,
    documentId,
  };
}

function masks({ masked }: { readonly masked?: readonly string[] } & Pick<Report, 'dataset'>): boolean {
  return masked !== undefined && masked.length > 0;
}

export async function itemsOf(
  site: Site,
  c: Context,
  opened: OpenedRun,
  told: ToldReport,
  documentId: string,
): Promise<Evidence> {
  const address = addressOf(opened, told, documentId);
  if (typeof address === 'string') return { items: [], unseen: address };
  const items = await site.documents.view(address, c.req.raw.signal);
  const shown = items.map(async (item, at): Promise<ShownItem> => {
    if (item.kind !== 'image') return item;
    const path = opened.address('document/image', {
      pipeline: told.pipeline,
      document: documentId,
      item: at,
    });
    const { kind, name, width, height } = item;
    return { kind, name, width, height, src: await site.gate.shortLived(c, path) };
  });
  return { items: await Promise.all(shown), unseen: null };
}

/** Undefined: there is no such picture. Whether the address holds is asked before. */
export async function sendImage(
  site: Site,
  c: Context,
  opened: OpenedRun,
  told: ToldReport,
  documentId: string,
): Promise<Response | undefined> {
  const address = addressOf(opened, told, documentId);
  const at = c.req.query('item') ?? '';
  if (typeof address === 'string' || !/^\d{1,3}$/.test(at)) return undefined;
  const item = (await site.documents.view(address, c.req.raw.signal))[Number(at)];
  if (item?.kind !== 'image') return undefined;
  return c.body(new Uint8Array(item.bytes), 200, {
    'content-type': item.type,
    'content-length': String(item.bytes.length),
    'content-security-policy': "default-src 'none'; sandbox",
    'x-content-type-options': 'nosniff',
    'cache-control': `private, max-age=${KEPT_SECONDS}`,
  });
}
