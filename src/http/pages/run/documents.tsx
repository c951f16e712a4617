/** The documents of a run: one page of those that the filter lets through. Whole by itself, so that it can be put in place alone. */
import type { FC } from 'hono/jsx';
import { fieldsToAsk, filterDocuments } from '../../../core/report/filter.js';
import { DocumentTable } from '../../../core/report/html/documents.js';
import { count, plural } from '../../../core/report/values.js';
import { name } from '../../../core/report/words.js';
import type { OpenedRun } from './open.js';
import { asQuery, PAGE_SIZES, type DocumentsQuery } from './query.js';
import type { ToldReport } from './reports.js';

const CHANGES = [
  ['', 'all'],
  ['became-wrong', 'became wrong'],
  ['became-right', 'became right'],
  ['changed', 'otherwise changed'],
  ['wrong-on-both', 'wrong on both sides'],
  ['failed', 'failed'],
] as const;
const KINDS = [
  ['', 'whatever it is'],
  ['missing', 'missing'],
  ['wrong', 'a wrong value'],
  ['spurious', 'a value where there is none'],
] as const;

/** Choices of one list; a longer one is cut, and the words of the search find the rest. */
const CHOICES = 500;
/** An id that no dataset has is told, and not linked: its address would be too long. */
const LINKED_ID = 400;

export interface DocumentsProps {
  readonly opened: OpenedRun;
  readonly told: ToldReport;
  readonly query: DocumentsQuery;
}

export const DocumentsPart: FC<DocumentsProps> = ({ opened, told, query }) => {
  const { report } = told;
  const { address, evaluation } = opened;
  if (report.verdict === 'not-applicable' || report.dataset.documents === 0) return <></>;
  if (evaluation.trust.aggregatesOnly)
    return (
      <section id="documents" aria-labelledby="documents-title">
        <h2 id="documents-title">Documents</h2>
        <p class="about">
          Left out: the author has no write access, and single differences give labels away.
        </p>
      </section>
    );
  const found = filterDocuments(told.told, query.filter);
  const pages = Math.max(1, Math.ceil(found.length / query.size));
  const page = Math.min(query.page, pages);
  const from = (page - 1) * query.size;
  const rows = found.slice(from, from + query.size);
  const right = Math.max(0, report.dataset.documents - told.told.length);
  const pipeline = told.pipeline;
  const at = (more: Partial<DocumentsQuery>): string =>
    address('', { pipeline, ...asQuery({ ...query, page, ...more }) });
  return (
    <section id="documents" aria-labelledby="documents-title">
      <h2 id="documents-title">Documents</h2>
      <p class="about">
        {plural(told.told.length, 'document')} with something to tell; {plural(right, 'other')} of{' '}
        {count(report.dataset.documents)} {right === 1 ? 'is' : 'are'} right on both sides.
      </p>
      <FilterForm opened={opened} told={told} query={query} />
      <p role="status" class="small">
        {found.length === 0
          ? 'No document is like that.'
          : `${count(from + 1)} to ${count(from + rows.length)} of ${plural(found.length, 'document')}, worst first.`}
      </p>
      {rows.length > 0 && (
        <DocumentTable
          documents={rows}
          href={(id) =>
            id.length > LINKED_ID
              ? undefined
              : address('document', { pipeline, document: id, ...asQuery({ ...query, page: 1 }) })
          }
          more={pages > 1 ? `page ${count(page)} of ${count(pages)}` : ''}
          sortable={false}
        />
      )}
      {pages > 1 && (
        <nav class="paging" aria-label="Pages of documents">
          {page > 1 && <Turn to={at({ page: page - 1 })}>Previous page</Turn>}
          <span class="muted">
            Page {count(page)} of {count(pages)}
          </span>
          {page < pages && <Turn to={at({ page: page + 1 })}>Next page</Turn>}
        </nav>
      )}
    </section>
  );
};

/** A link to another page, which the script puts in place of this one. */
const Turn: FC<{ to: string; children?: unknown }> = ({ to, children }) => (
  <a
    class="button"
    href={`${to}#documents`}
    hx-get={to}
    hx-target="#documents"
    hx-select="#documents"
    hx-swap="outerHTML show:#documents:top"
    hx-push-url="true"
  >
    {children}
  </a>
);

const FilterForm: FC<DocumentsProps> = ({ opened, told, query }) => {
  const { filter } = query;
  const templates = [
    ...new Set(told.told.flatMap(({ template }) => (template === undefined ? [] : [template]))),
  ].sort();
  const slices = told.report.slices.map(({ slice, value }) => `${slice}:${value}`);
  const kinds: readonly (readonly [string, string])[] =
    filter.kind === null || KINDS.some(([kind]) => kind === filter.kind)
      ? KINDS
      : [...KINDS, [filter.kind, name(filter.kind, 40)]];
  const path = opened.address('').split('?')[0];
  return (
    <form
      class="filter documents-filter"
      method="get"
      action={`${path}#documents`}
      hx-get={path}
      hx-target="#documents"
      hx-select="#documents"
      hx-swap="outerHTML"
      hx-push-url="true"
      hx-sync="this:replace"
      hx-trigger="submit, change, input changed delay:350ms from:#filter-q"
    >
      {[...opened.carried, ['pipeline', told.pipeline] as const].map(([key, value]) => (
        <input type="hidden" name={key} value={value} />
      ))}
      <label for="filter-q">Search</label>
      <input id="filter-q" type="search" name="q" value={filter.q ?? ''} maxlength={500} autocomplete="off" />
      <Choice
        id="field"
        label="Field"
        value={filter.field}
        options={choices(fieldsToAsk(told.report), filter.field, 'all')}
      />
      <Choice id="change" label="Show" value={filter.change} options={CHANGES} />
      <Choice id="kind" label="Now" value={filter.kind} options={kinds} />
      {(templates.length > 0 || filter.template !== null) && (
        <Choice
          id="template"
          label="Template"
          value={filter.template}
          options={choices(templates, filter.template, 'all')}
        />
      )}
      {(slices.length > 0 || filter.slice !== null) && (
        <Choice
          id="slice"
          label="Slice"
          value={filter.slice}
          options={choices(slices, filter.slice, 'all')}
        />
      )}
      <Choice
        id="size"
        label="A page"
        value={String(query.size)}
        options={PAGE_SIZES.map((size) => [String(size), String(size)] as const)}
      />
      <button class="button" type="submit">
        Filter
      </button>
      <a class="button" href={`${opened.address('', { pipeline: told.pipeline })}#documents`}>
        Show all
      </a>
    </form>
  );
};

/** What was asked for is among them, also where no document has it. */
function choices(
  values: readonly string[],
  chosen: string | null,
  all: string,
): readonly (readonly [string, string])[] {
  const some = values.filter((value) => value.length <= LINKED_ID).slice(0, CHOICES);
  const listed = chosen === null || some.includes(chosen) ? some : [...some, chosen];
  return [['', all], ...listed.map((value) => [value, name(value, 60)] as const)];
}

const Choice: FC<{
  id: string;
  label: string;
  value: string | null;
  options: readonly (readonly [value: string, label: string])[];
}> = ({ id, label, value, options }) => (
  <label>
    {label}{' '}
    <select name={id} id={`filter-${id}`}>
      {options.map(([option, text]) => (
        <option value={option} selected={option === (value ?? '')}>
          {text}
        </option>
      ))}
    </select>
  </label>
);
