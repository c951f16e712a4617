/** Documents: a table of those with something to tell, and below it each one's values beside what it looks like. */
import type { FC } from 'hono/jsx';
import { HTML_TABLE_ROWS } from '../../limits.js';
import type { Report, ReportCell, ReportDocument } from '../schema.js';
import { count, percent, plural, points, showValues, visible, visibleLines } from '../values.js';
import { documentDelta, documentNote, documentState, name } from '../words.js';
import type { Evidence, EvidenceItem, ShownItem } from './evidence.js';
import { Filter, HeadRow, Sign, Tag, type Tone, Value } from './parts.js';

export const STATES = {
  worse: { mark: '\u25bc', word: 'worse', tone: 'bad' },
  better: { mark: '\u25b2', word: 'better', tone: 'good' },
  changed: { mark: '\u25c6', word: 'changed', tone: 'warn' },
  same: { mark: '=', word: 'wrong on both sides', tone: 'plain' },
} as const;

export const CHANGES: Readonly<Record<ReportCell['change'], { mark: string; word: string; tone: Tone }>> = {
  regressed: { mark: '\u25bc', word: 'became wrong', tone: 'bad' },
  changed: { mark: '\u25c6', word: 'wrong in another way', tone: 'warn' },
  fixed: { mark: '\u25b2', word: 'became right', tone: 'good' },
  same: { mark: '=', word: 'wrong on both sides', tone: 'plain' },
};
const CHANGE_ORDER = { regressed: 0, changed: 1, fixed: 2, same: 3 } as const;

/** Cells told of one document, and of all together: a page that a browser can open. */
const MAX_CELLS = 60;
const MAX_CELLS_IN_ALL = 5_000;
/** Documents whose values are unfolded from the start. */
const OPEN = 3;

export const isWrong = (outcome: ReportCell['base_outcome']): boolean =>
  outcome !== 'correct' && outcome !== 'absent';

export const Documents: FC<{
  report: Report;
  told: readonly ReportDocument[];
  detailed: readonly ReportDocument[];
  href: (id: string) => string | undefined;
  anchors: ReadonlyMap<string, string>;
  evidence: Evidence;
}> = ({ report, told, detailed, href, anchors, evidence }) => {
  if (report.verdict === 'not-applicable' || report.dataset.documents === 0) return <></>;
  const rows = told.slice(0, HTML_TABLE_ROWS);
  const right = Math.max(0, report.dataset.documents - told.length);
  return (
    <section id="documents" aria-labelledby="documents-title">
      <h2 id="documents-title">Documents</h2>
      <p class="about">
        {plural(told.length, 'document')} with something to tell; {plural(right, 'other')} of{' '}
        {count(report.dataset.documents)} {right === 1 ? 'is' : 'are'} right on both sides.
      </p>
      {rows.length > 0 && (
        <>
          <Filter
            target="#document-table tbody tr, details.doc"
            what="documents"
            states={[
              ['', 'all'],
              ['worse', 'worse'],
              ['better', 'better'],
              ['changed', 'otherwise changed'],
              ['same', 'wrong on both sides'],
              ['failed', 'failed'],
            ]}
          />
          <DocumentTable
            documents={rows}
            href={href}
            more={rows.length < told.length ? `the first ${count(rows.length)} of ${count(told.length)}` : ''}
            sortable
          />
          <Details detailed={detailed} anchors={anchors} evidence={evidence} told={told.length} />
        </>
      )}
    </section>
  );
};

/** `more`: which of how many they are, where they are not all. `href`: where a document is told, if anywhere. */
export const DocumentTable: FC<{
  documents: readonly ReportDocument[];
  href: (id: string) => string | undefined;
  more: string;
  /** By the page's script; a table of one page of many is not sorted by itself. */
  sortable: boolean;
}> = ({ documents, href, more, sortable }) => (
  <div class="scroll" tabindex={0} role="group" aria-labelledby="documents-title">
    <table id="document-table" data-sortable={sortable ? '' : undefined}>
      <caption>
        Score of each document, base against head; cells that became wrong and right
        {more !== '' && `. Shown: ${more}`}
      </caption>
      <HeadRow
        columns={[
          { title: 'State', unseen: true },
          { title: 'Document', kind: 'text' },
          { title: 'Template, slices', kind: 'text', class: 'wide' },
          { title: 'Base', kind: 'number', class: 'num' },
          { title: 'Head', kind: 'number', class: 'num' },
          { title: 'Δ points', kind: 'number', class: 'num' },
          { title: 'Became wrong', kind: 'number', class: 'num wide' },
          { title: 'Became right', kind: 'number', class: 'num wide' },
        ]}
      />
      <tbody>
        {documents.map((document) => (
          <DocumentRow document={document} href={href(document.id)} />
        ))}
      </tbody>
    </table>
  </div>
);

const DocumentRow: FC<{ document: ReportDocument; href: string | undefined }> = ({ document, href }) => {
  const state = documentState(document);
  const delta = documentDelta(document);
  const of = (change: ReportCell['change']): number =>
    document.cells.filter((cell) => cell.change === change).length;
  const failed = document.head_status !== 'ok' || document.base_status !== 'ok';
  return (
    <tr data-state={failed ? `${state} failed` : state} data-text={searchText(document)}>
      <td>
        <Sign {...STATES[state]} />
      </td>
      <th scope="row" class="name">
        {href === undefined ? name(document.id) : <a href={href}>{name(document.id)}</a>}{' '}
        <Status document={document} />
      </th>
      <td class="name wide">{documentNote(document)}</td>
      <td class="num" data-sort={document.base === null ? '' : String(document.base)}>
        {percent(document.base)}
      </td>
      <td class="num" data-sort={document.head === null ? '' : String(document.head)}>
        {percent(document.head)}
      </td>
      <td class="num" data-sort={delta === null ? '' : String(delta)}>
        <span class={`${STATES[state].tone}-text`}>{points(delta)}</span>
      </td>
      <td class="num wide" data-sort={String(of('regressed'))}>
        {count(of('regressed'))}
      </td>
      <td class="num wide" data-sort={String(of('fixed'))}>
        {count(of('fixed'))}
      </td>
    </tr>
  );
};

export const Status: FC<{ document: ReportDocument }> = ({ document }) => (
  <>
    {document.base_status !== 'ok' && <Tag tone="warn">base {name(document.base_status, 30)}</Tag>}{' '}
    {document.head_status !== 'ok' && <Tag tone="bad">head {name(document.head_status, 30)}</Tag>}
  </>
);

/** What the filter looks through: id, template, slices and the fields that changed. */
function searchText(document: ReportDocument): string {
  const fields = new Set(document.cells.slice(0, MAX_CELLS).map((cell) => name(cell.field)));
  return [name(document.id), documentNote(document), ...fields].join(' ');
}

const Details: FC<{
  detailed: readonly ReportDocument[];
  anchors: ReadonlyMap<string, string>;
  evidence: Evidence;
  told: number;
}> = ({ detailed, anchors, evidence, told }) => {
  let left = MAX_CELLS_IN_ALL;
  const parts = detailed.map((document, i) => {
    const cells = byChange(document.cells).slice(0, Math.min(MAX_CELLS, left));
    left -= cells.length;
    return (
      <Detail
        document={document}
        cells={cells}
        anchor={anchors.get(document.id) ?? ''}
        items={evidence.documents.get(document.id) ?? []}
        open={i < OPEN}
      />
    );
  });
  return (
    <>
      <section id="values" aria-labelledby="values-title">
        <h2 id="values-title">Values, document by document</h2>
        <p class="about">
          Where a value is not what the label says, the difference is underlined; an underlined gap stands
          where something is missing.
          {told > detailed.length &&
            ` Shown: ${count(detailed.length)} of ${count(told)} documents; the JSON report has the others.`}
        </p>
        {evidence.notes.map((note) => (
          <p class="muted small">{visible(note)}</p>
        ))}
        {parts}
      </section>
    </>
  );
};

const Detail: FC<{
  document: ReportDocument;
  cells: readonly ReportCell[];
  anchor: string;
  items: readonly EvidenceItem[];
  open: boolean;
}> = ({ document, cells, anchor, items, open }) => {
  const state = documentState(document);
  const omitted = document.cells.length - cells.length + (document.cells_omitted ?? 0);
  const failed = document.head_status !== 'ok' || document.base_status !== 'ok';
  const note = documentNote(document);
  return (
    <details
      class="doc"
      id={anchor}
      open={open}
      data-state={failed ? `${state} failed` : state}
      data-text={searchText(document)}
    >
      <summary>
        <h3>
          <Sign {...STATES[state]} /> {name(document.id)}
        </h3>
        <span class="num">
          {percent(document.base)} → {percent(document.head)}{' '}
          <span class={`${STATES[state].tone}-text`}>({points(documentDelta(document))})</span>
        </span>
        {note !== '' && <span class="muted small">{note}</span>}
        <Status document={document} />
      </summary>
      <div class={items.length === 0 ? 'body alone' : 'body'}>
        <div class="cells">
          <Cells document={document} cells={cells} omitted={omitted} />
        </div>
        <DocumentItems document={document} items={items.map(shown)} />
      </div>
    </details>
  );
};

/** Expected, base and head of each cell. `omitted`: cells that are not among them. */
export const Cells: FC<{ document: ReportDocument; cells: readonly ReportCell[]; omitted: number }> = ({
  document,
  cells,
  omitted,
}) => (
  <table class="stack">
    <caption>
      Values of {name(document.id)}
      {omitted > 0 && `; ${plural(omitted, 'more cell')} not shown`}
    </caption>
    <thead>
      <tr>
        <th scope="col">Field</th>
        <th scope="col">Expected</th>
        <th scope="col">Base</th>
        <th scope="col">Head</th>
      </tr>
    </thead>
    <tbody>
      {cells.map((cell) => (
        <CellRow cell={cell} />
      ))}
    </tbody>
  </table>
);

/** Became wrong first. */
export function byChange(cells: readonly ReportCell[]): ReportCell[] {
  return [...cells].sort((a, b) => CHANGE_ORDER[a.change] - CHANGE_ORDER[b.change]);
}

function shown(item: EvidenceItem): ShownItem {
  if (item.kind !== 'image') return item;
  const { dataUri: src, ...rest } = item;
  return { ...rest, src };
}

/** What the document looks like, beside its values; nothing where there is nothing to show. */
export const DocumentItems: FC<{ document: ReportDocument; items: readonly ShownItem[] }> = ({
  document,
  items,
}) =>
  items.length === 0 ? (
    <></>
  ) : (
    <div class="evidence" tabindex={0} role="group" aria-label={`The document ${name(document.id)}`}>
      {items.map((item) => (
        <Item item={item} of={name(document.id)} folded={items.some((other) => other.kind === 'image')} />
      ))}
    </div>
  );

const CellRow: FC<{ cell: ReportCell }> = ({ cell }) => {
  const [expected = '', base = '', head = ''] = showValues([cell.expected, cell.base, cell.head], 2_000);
  return (
    <tr>
      <th scope="row" class="name">
        <Sign {...CHANGES[cell.change]} /> {name(cell.field)}
        {cell.row !== undefined && (
          <span class="row"> {cell.row === null ? 'additional row' : `row ${cell.row}`}</span>
        )}
      </th>
      <td data-label="expected">
        <Value text={expected} expected={expected} wrong={false} side="expected" />
      </td>
      <td data-label="base">
        <Value text={base} expected={expected} wrong={isWrong(cell.base_outcome)} side="base" />
      </td>
      <td data-label="head">
        <Value text={head} expected={expected} wrong={isWrong(cell.head_outcome)} side="head" />
      </td>
    </tr>
  );
};

/** `folded`: there is a picture, so that the text needs to be seen only on request. */
const Item: FC<{ item: ShownItem; of: string; folded: boolean }> = ({ item, of, folded }) => {
  const title = name(item.name, 120);
  if (item.kind === 'note') {
    return (
      <p class="muted small">
        {title}: {visible(item.text)}
      </p>
    );
  }
  if (item.kind === 'image') {
    return (
      <figure>
        <figcaption>{title}</figcaption>
        <img
          class="page"
          src={item.src}
          width={item.width}
          height={item.height}
          alt={`${title} of ${of}`}
          loading="lazy"
          decoding="async"
        />
      </figure>
    );
  }
  const body = (
    <pre tabindex={0} role="group" aria-label={`Text of ${of}: ${title}`}>
      {visibleLines(item.text)}
    </pre>
  );
  const caption = `${title}${item.truncated ? ' (its beginning)' : ''}`;
  return folded ? (
    <details>
      <summary class="small">{caption}</summary>
      {body}
    </details>
  ) : (
    <figure>
      <figcaption>{caption}</figcaption>
      {body}
    </figure>
  );
};
