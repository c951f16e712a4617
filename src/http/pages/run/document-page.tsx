/** One document: what it looks like beside what was expected, what the base said and what the head says. */
import type { FC } from 'hono/jsx';
import { type Neighbours } from '../../../core/report/filter.js';
import { byChange, Cells, DocumentItems, STATES, Status } from '../../../core/report/html/documents.js';
import type { ShownItem } from '../../../core/report/html/evidence.js';
import { Sign } from '../../../core/report/html/parts.js';
import type { ReportDocument } from '../../../core/report/schema.js';
import { count, percent, plural, points } from '../../../core/report/values.js';
import { documentDelta, documentNote, documentState, name, sentence } from '../../../core/report/words.js';
import { CellGrid, tablesOf } from './grid.js';
import type { ToldReport } from './reports.js';

export const DocumentPage: FC<{
  told: ToldReport;
  document: ReportDocument;
  around: Neighbours;
  /** To another document within the same filter, and back to the list. */
  to: (document: string) => string;
  back: string;
  items: readonly ShownItem[];
  /** Why there is nothing to see of the document itself. */
  unseen: string | null;
}> = ({ told, document, around, to, back, items, unseen }) => {
  const state = documentState(document);
  const { tables, others } = tablesOf(told.report.fields, byChange(document.cells));
  const omitted = document.cells_omitted ?? 0;
  const note = documentNote(document);
  const failures = told.report.failures.filter(({ id }) => id === document.id).slice(0, 2);
  return (
    <main id="main" class="document">
      <h1 class="page-title">
        <Sign {...STATES[state]} /> {name(document.id)}
      </h1>
      <p>
        {name(told.pipeline, 60)}: {percent(document.base)} → {percent(document.head)}{' '}
        <span class={`${STATES[state].tone}-text`}>({points(documentDelta(document))} points)</span>
        {note !== '' && <span class="muted"> {note}</span>} <Status document={document} />
      </p>
      <nav class="paging" aria-label="Documents of this filter">
        {around.previous !== null && (
          <a class="button" rel="prev" href={to(around.previous)}>
            Previous document
          </a>
        )}
        {around.at !== null && (
          <span class="muted">
            {count(around.at)} of {count(around.of)}
          </span>
        )}
        {around.next !== null && (
          <a class="button" rel="next" href={to(around.next)}>
            Next document
          </a>
        )}
        <a class="button" href={back}>
          All documents
        </a>
      </nav>
      {failures.map((failure) => (
        <p class="notice bad">
          {failure.side}: {sentence(failure.problem)}
        </p>
      ))}
      <section aria-labelledby="values-title">
        <h2 id="values-title">Values</h2>
        <p class="about">
          {document.cells.length === 0
            ? 'Every value is right on both sides.'
            : 'Values that changed or are wrong on both sides. Where a value is not what the label says, the difference is underlined; an underlined gap stands where something is missing.'}
          {omitted > 0 && ` ${plural(omitted, 'more cell')} not listed.`}
        </p>
        <div class={items.length === 0 ? 'beside alone' : 'beside'}>
          <div class="cells">
            {others.length > 0 && (
              <div class="scroll" tabindex={0} role="group" aria-labelledby="values-title">
                <Cells document={document} cells={others} omitted={0} />
              </div>
            )}
            {tables.map((table) => (
              <CellGrid table={table} whole={omitted === 0} />
            ))}
          </div>
          <DocumentItems document={document} items={items} />
        </div>
        {unseen !== null && <p class="muted small">{unseen}</p>}
      </section>
    </main>
  );
};
