/** What the same code gives when it runs twice, and what could therefore not be seen. */
import type { FC } from 'hono/jsx';
import { Tag } from '../../../core/report/html/parts.js';
import type { FieldSummary } from '../../../core/report/summary.js';
import { count, percent, plural, points } from '../../../core/report/values.js';
import { name } from '../../../core/report/words.js';
import type { RunPipeline } from '../../../ports/insight.js';
import { runUrl } from '../../site/urls.js';
import { Time } from '../parts/time.js';
import type { RepositoryView } from './read.js';
import { undetectable } from './words.js';

const FIELD_ROWS = 100;

export const Noise: FC<{ view: RepositoryView }> = ({ view: { measured } }) => {
  const newest = measured[0];
  const sampled = measured.find(({ pipeline }) => pipeline.fields.some(({ noise }) => noise !== null));
  const shown = sampled ?? newest;
  return (
    <section id="noise" aria-labelledby="noise-title">
      <h2 id="noise-title">Noise floor</h2>
      {newest === undefined || shown === undefined ? (
        <p class="about">No run of this period measured anything, so its noise is not known.</p>
      ) : (
        <>
          <p class="about">
            {steadyWords(newest.pipeline)}{' '}
            {undetectable(newest.pipeline.smallestDetectableDrop, newest.pipeline.documents)}{' '}
            {sampled === undefined
              ? 'No run of this period looked for differences between two runs of the same code.'
              : noisyWords(sampled.pipeline.fields)}
          </p>
          <NoiseTable
            fields={shown.pipeline.fields}
            caption={
              <>
                As{' '}
                <a href={runUrl(shown.run.id)}>
                  {sampled === undefined ? 'the newest run' : 'the newest run that looked'}
                </a>{' '}
                found it, <Time at={shown.run.createdAt} />.
              </>
            }
          />
        </>
      )}
    </section>
  );
};

/** Whether it was tried, or is taken from the configuration. */
function steadyWords({ deterministic, fields }: RunPipeline): string {
  if (!deterministic)
    return 'The extractor does not always give the same values when it runs again; each side is run several times and averaged.';
  return fields.some(({ noise }) => noise !== null)
    ? 'The extractor gave the same values when it ran again.'
    : 'The extractor is judged as one that gives the same values when it runs again.';
}

function noisyWords(fields: readonly FieldSummary[]): string {
  const noisy = fields.filter(({ noise }) => (noise?.differ ?? 0) > 0).length;
  return noisy === 0
    ? 'Two runs of the same code agreed in every field.'
    : `Two runs of the same code differed in ${plural(noisy, 'field')} of ${count(fields.length)}.`;
}

const share = ({ noise }: FieldSummary): number =>
  noise === null || noise.of === 0 ? -1 : noise.differ / noise.of;

const NoiseTable: FC<{ fields: readonly FieldSummary[]; caption: unknown }> = ({ fields, caption }) => {
  const sorted = [...fields].sort(
    (a, b) =>
      Number(b.unreliable) - Number(a.unreliable) ||
      share(b) - share(a) ||
      (b.smallestDetectableDrop ?? 0) - (a.smallestDetectableDrop ?? 0),
  );
  return (
    <div class="scroll bounded" tabindex={0} role="group" aria-label="Noise of each field">
      <table>
        <caption>{caption}</caption>
        <thead>
          <tr>
            <th scope="col">Field</th>
            <th scope="col" class="num">
              Documents that differed
            </th>
            <th scope="col" class="num">
              Smallest drop seen
            </th>
          </tr>
        </thead>
        <tbody>
          {sorted.slice(0, FIELD_ROWS).map((field) => (
            <tr>
              <th scope="row" class="name">
                {name(field.field)}{' '}
                {field.unreliable && <Tag tone="warn">unreliable: too noisy to be judged alone</Tag>}
              </th>
              <td class="num">
                {field.noise === null
                  ? 'not looked at'
                  : `${count(field.noise.differ)} of ${count(field.noise.of)} (${percent(Math.max(0, share(field)))})`}
              </td>
              <td class="num">
                {field.smallestDetectableDrop === null ? '—' : points(field.smallestDetectableDrop).slice(1)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
};
