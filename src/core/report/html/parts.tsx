/** Small pieces that every part of the page uses. */
import type { FC, PropsWithChildren } from 'hono/jsx';
import { markDifference, NO_VALUE, type Segment } from '../values.js';

export type Tone = 'bad' | 'good' | 'warn' | 'plain';

/** A mark with the word that it stands for, so that neither colour nor shape is needed to understand it. */
export const Sign: FC<{ mark: string; word: string; tone: Tone }> = ({ mark, word, tone }) => (
  <span class={`sign ${tone}`} role="img" aria-label={word} title={word}>
    {mark}
  </span>
);

export const Tag: FC<PropsWithChildren<{ tone: Tone }>> = ({ tone, children }) => (
  <span class={`tag ${tone}`}>{children}</span>
);

export interface Column {
  readonly title: string;
  /** How the column sorts; without it, it does not. */
  readonly kind?: 'text' | 'number';
  readonly class?: string;
  /** For those who listen to the page only: the column shows marks. */
  readonly unseen?: boolean;
}

/** The head of a table that sorts by its columns. */
export const HeadRow: FC<{ columns: readonly Column[] }> = ({ columns }) => (
  <thead>
    <tr>
      {columns.map(({ title, kind, class: name, unseen }) => (
        <th scope="col" class={name} data-kind={kind}>
          {unseen === true ? <span class="unseen">{title}</span> : title}
        </th>
      ))}
    </tr>
  </thead>
);

/** Characters of a value kept on each side of the place where it differs, and of that place. */
const CONTEXT = 120;
const DIFFERENCE = 360;

/** Long pieces are shortened towards the difference, so that it stays in sight. */
function shorten(pieces: readonly Segment[]): Segment[] {
  return pieces.map((piece, i) => {
    const points = Array.from(piece.text);
    if (piece.differs || pieces.length === 1) {
      return points.length > DIFFERENCE
        ? { ...piece, text: `${points.slice(0, DIFFERENCE).join('')}\u2026` }
        : piece;
    }
    if (points.length <= CONTEXT) return piece;
    const before = i === 0;
    return {
      ...piece,
      text: before
        ? `\u2026${points.slice(-CONTEXT).join('')}`
        : `${points.slice(0, CONTEXT).join('')}\u2026`,
    };
  });
}

/** A value; where it is not what was expected, the difference inside it is marked. `text` comes from `showValues`. */
export const Value: FC<{
  text: string;
  expected: string;
  wrong: boolean;
  side: 'expected' | 'base' | 'head';
}> = ({ text, expected, wrong, side }) => {
  if (text === NO_VALUE)
    return <span class={`value none ${side}-value`}>{wrong ? 'no value' : NO_VALUE}</span>;
  const plain = !wrong || expected === NO_VALUE;
  const pieces = shorten(plain ? [{ text, differs: wrong }] : markDifference(text, expected));
  return (
    <span class={`value ${side}-value`}>
      {pieces.map((piece) =>
        !piece.differs ? (
          piece.text
        ) : piece.text === '' ? (
          <mark class="gap" title="something is missing here"></mark>
        ) : (
          <mark>{piece.text}</mark>
        ),
      )}
    </span>
  );
};

/** Filter controls; the script shows them. `target` selects the rows. */
export const Filter: FC<{
  target: string;
  what: string;
  states: readonly (readonly [value: string, label: string])[];
}> = ({ target, what, states }) => (
  <form class="filter" data-filter={target} hidden>
    <label>
      Filter {what} <input type="search" name="q" autocomplete="off" />
    </label>
    <label>
      Show{' '}
      <select name="state">
        {states.map(([value, label]) => (
          <option value={value}>{label}</option>
        ))}
      </select>
    </label>
    <output class="muted small"></output>
  </form>
);
