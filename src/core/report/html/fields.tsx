/** Fields and slices: a chart of what changed, a table of everything. */
import { raw } from 'hono/html';
import type { FC } from 'hono/jsx';
import { HTML_TABLE_ROWS } from '../../limits.js';
import type { FieldDifference, Report } from '../schema.js';
import { count, interval, percent, plural, points, pValue } from '../values.js';
import {
  columnName,
  fieldsByState,
  fieldState,
  type FieldState,
  FIELD_MARKS,
  name,
  rule,
  shownP,
} from '../words.js';
import { chartedFields, differenceChart } from './chart.js';
import { Filter, HeadRow, Sign, Tag, type Tone } from './parts.js';

const TONES: Readonly<Record<FieldState, Tone>> = {
  blocked: 'bad',
  worse: 'bad',
  mixed: 'warn',
  unreliable: 'warn',
  better: 'good',
  same: 'plain',
};

/** A number for sorting; empty for none. */
const sortable = (value: number | null): string => (value === null ? '' : String(value));

const Row: FC<{
  judged: Report['judged'];
  field: FieldDifference;
  shown: string;
  column?: boolean;
}> = ({ judged, field, shown, column }) => {
  const state = fieldState(field);
  const p = shownP(judged, field);
  const { mark, word } = FIELD_MARKS[state];
  const side = (of: FieldDifference['base']): string =>
    `${count(of.correct)} right, ${count(of.wrong)} wrong, ${count(of.missing)} missing, ${count(of.spurious)} spurious; F1 ${percent(of.f1)}`;
  return (
    <tr
      class={column === true ? 'column' : undefined}
      data-state={state === 'same' ? 'same' : `${state === 'blocked' ? 'blocked worse' : state} changed`}
      data-text={`${name(field.field)} ${name(field.type, 20)} ${word}`}
    >
      <td data-sort={String(Object.keys(FIELD_MARKS).indexOf(state))}>
        <Sign mark={mark} word={word} tone={TONES[state]} />
      </td>
      <th scope="row" class="name">
        {name(shown)} <span class="type">{name(field.type, 20)}</span>
        {field.unreliable && (
          <>
            {' '}
            <Tag tone="warn">unreliable</Tag>
          </>
        )}
      </th>
      <td class="num" data-sort={sortable(field.base.accuracy)} title={side(field.base)}>
        {percent(field.base.accuracy)}
      </td>
      <td class="num" data-sort={sortable(field.head.accuracy)} title={side(field.head)}>
        {percent(field.head.accuracy)}
      </td>
      <td class="num" data-sort={sortable(field.delta)}>
        <span class={`${TONES[state]}-text`}>{points(field.delta)}</span>
      </td>
      <td class="num wide" data-sort={sortable(field.ci?.[0] ?? null)}>
        {interval(field.ci)}
      </td>
      <td class="num" data-sort={String(field.regressed)}>
        {count(field.regressed)}
      </td>
      <td class="num wide" data-sort={String(field.fixed)}>
        {count(field.fixed)}
      </td>
      <td class="num wide" data-sort={sortable(p)}>
        {pValue(p)}
      </td>
      <td class="num wide" data-sort={sortable(field.smallest_detectable_drop)}>
        {field.smallest_detectable_drop === null ? '—' : points(field.smallest_detectable_drop).slice(1)}
      </td>
      <td class="rule wide">{rule(field)}</td>
    </tr>
  );
};

export const Fields: FC<{ report: Report }> = ({ report }) => {
  if (report.fields.length === 0 || report.overall.head === null) return <></>;
  const sorted = fieldsByState(report.fields);
  const changed = sorted.filter((field) => fieldState(field) !== 'same').length;
  const charted = chartedFields(report.fields);
  const label = `Difference of each changed field in percentage points: ${charted.map((field) => `${name(field.field, 40)} ${points(field.delta)}`).join(', ')}. The table below has the same numbers.`;
  const svg = differenceChart(report.fields, label);
  const rows = sorted.slice(0, HTML_TABLE_ROWS);
  return (
    <section id="fields" aria-labelledby="fields-title">
      <h2 id="fields-title">Fields</h2>
      <p class="about">
        {changed === 0
          ? `None of ${plural(report.fields.length, 'field')} changed.`
          : `${count(changed)} of ${plural(report.fields.length, 'field')} changed.`}
        {svg !== null &&
          ' Dots are differences, lines their 95 % intervals; a pale bar reaches as far as a drop could have stayed unseen.'}
      </p>
      {svg !== null && (
        <div class="chartbox" tabindex={0} role="group" aria-label="Chart of field differences">
          {raw(svg)}
        </div>
      )}
      <Filter
        target="#field-table tbody tr"
        what="fields"
        states={[
          ['', 'all'],
          ['changed', 'changed'],
          ['worse', 'worse'],
          ['better', 'better'],
          ['blocked', 'blocking'],
          ['unreliable', 'unreliable'],
          ['same', 'unchanged'],
        ]}
      />
      <div class="scroll" tabindex={0} role="group" aria-labelledby="fields-title">
        <table id="field-table" data-sortable>
          <caption>
            Accuracy of each field, base against head; Δ and interval in percentage points; worse and better
            count documents
            {rows.length < sorted.length &&
              `; the first ${count(rows.length)} of ${count(sorted.length)} fields`}
          </caption>
          <HeadRow
            columns={[
              { title: 'State', kind: 'number', unseen: true },
              { title: 'Field', kind: 'text' },
              { title: 'Base', kind: 'number', class: 'num' },
              { title: 'Head', kind: 'number', class: 'num' },
              { title: 'Δ points', kind: 'number', class: 'num' },
              { title: '95 % interval', kind: 'number', class: 'num wide' },
              { title: 'Worse', kind: 'number', class: 'num' },
              { title: 'Better', kind: 'number', class: 'num wide' },
              { title: 'p', kind: 'number', class: 'num wide' },
              { title: 'Could see', kind: 'number', class: 'num wide' },
              { title: 'Rule', class: 'wide' },
            ]}
          />
          <tbody>
            {rows.map((field) => (
              <>
                <Row judged={report.judged} field={field} shown={field.field} />
                {(field.columns ?? []).slice(0, 100).map((column) => (
                  <Row judged={report.judged} field={column} shown={columnName(field, column)} column />
                ))}
              </>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
};

export const Slices: FC<{ report: Report }> = ({ report }) => {
  if (report.slices.length === 0) return <></>;
  const rows = [...report.slices].sort(
    (a, b) => Number(b.blocked) - Number(a.blocked) || (a.delta ?? 0) - (b.delta ?? 0),
  );
  return (
    <section id="slices" aria-labelledby="slices-title">
      <h2 id="slices-title">Slices</h2>
      <p class="about">Parts of the dataset, the largest loss first.</p>
      <div class="scroll" tabindex={0} role="group" aria-labelledby="slices-title">
        <table data-sortable>
          <caption>
            {plural(rows.length, 'slice')}
            {rows.length > 200 && ', the first 200 shown'}
          </caption>
          <HeadRow
            columns={[
              { title: 'State', unseen: true },
              { title: 'Slice', kind: 'text' },
              { title: 'Documents', kind: 'number', class: 'num' },
              { title: 'Base', kind: 'number', class: 'num' },
              { title: 'Head', kind: 'number', class: 'num' },
              { title: 'Δ points', kind: 'number', class: 'num' },
              { title: 'Worse', kind: 'number', class: 'num' },
              { title: 'Better', kind: 'number', class: 'num wide' },
              { title: 'Rule', class: 'wide' },
            ]}
          />
          <tbody>
            {rows.slice(0, 200).map((slice) => {
              const state: FieldState = slice.blocked
                ? 'blocked'
                : (slice.delta ?? 0) < 0
                  ? 'worse'
                  : (slice.delta ?? 0) > 0
                    ? 'better'
                    : 'same';
              return (
                <tr>
                  <td>
                    <Sign {...FIELD_MARKS[state]} tone={TONES[state]} />
                  </td>
                  <th scope="row" class="name">
                    {name(slice.slice, 40)}: {name(slice.value, 60)}
                  </th>
                  <td class="num" data-sort={String(slice.documents)}>
                    {count(slice.documents)}
                  </td>
                  <td class="num" data-sort={sortable(slice.base)}>
                    {percent(slice.base)}
                  </td>
                  <td class="num" data-sort={sortable(slice.head)}>
                    {percent(slice.head)}
                  </td>
                  <td class="num" data-sort={sortable(slice.delta)}>
                    <span class={`${TONES[state]}-text`}>{points(slice.delta)}</span>
                  </td>
                  <td class="num" data-sort={String(slice.regressed)}>
                    {count(slice.regressed)}
                  </td>
                  <td class="num wide" data-sort={String(slice.fixed)}>
                    {count(slice.fixed)}
                  </td>
                  <td class="rule wide">{rule(slice)}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </section>
  );
};
