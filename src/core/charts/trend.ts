/** The score of a branch over time: a line for each version of the dataset, with releases and new versions marked. */
import { clip, percent } from '../report/values.js';
import { name } from '../report/words.js';
import {
  datasetMarks,
  development,
  segmentsOf,
  thin,
  type Mark,
  type Reading,
  type Segment,
} from './series.js';
import { COLORS, drawChart } from './svg.js';

const WIDTH = 1080;
const HEIGHT = 320;
const LEFT = 62;
const RIGHT = 74;
const TOP = 52;
/** Readings drawn; a screen has no more columns to tell apart. */
const MAX_DRAWN = 400;
/** With fewer, each is drawn as a dot as well. */
const DOTS = 60;
/** Marks whose labels would touch share one label. */
const LABEL_PIXELS = 96;
const LABEL_CHARACTERS = 12;
/** Percentage points that the chart is high at least: small changes look small. */
const LEAST_HEIGHT = 3;
const TICKS = 7;
const DAY_MS = 86_400_000;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

export interface Trend {
  /** Oldest first. */
  readonly readings: readonly Reading[];
  /** Oldest first. */
  readonly releases: readonly Mark[];
  /** Smallest drop from the last reading that can be seen, a fraction; shown as a pale band. */
  readonly undetectable: number | null;
  /** Names the chart for those who cannot see it. */
  readonly label: string;
}

/** SVG, or null when there is no score to draw. */
export function trendChart({ readings, releases, undetectable, label }: Trend): string | null {
  const values = readings.flatMap(({ value }) => (value === null ? [] : [100 * value]));
  if (values.length === 0) return null;
  const whole = segmentsOf(readings);
  const drawn = thin(whole, MAX_DRAWN);
  const now = development(readings);
  const last = lastScored(drawn.at(-1));
  const band =
    last === undefined || undetectable === null ? null : Math.max(0, 100 * (last.value - undetectable));
  const x = timeSpan(drawn, releases);
  const y = valueSpan(band === null ? values : [...values, band]);
  const lone = loneReadings(drawn);
  const count = drawn.reduce((sum, { readings: of }) => sum + of.length, 0);
  const dots = count <= DOTS ? drawn.flatMap((segment) => segment.readings) : lone;
  return drawChart({
    width: WIDTH,
    height: HEIGHT,
    label,
    option: {
      useUTC: true,
      grid: { left: LEFT, right: RIGHT, top: TOP, bottom: 34 },
      xAxis: {
        type: 'time',
        ...x,
        axisLabel: {
          color: COLORS.muted,
          fontSize: 13,
          customValues: ticks(x),
          formatter: (at: number) => dateLabel(at, x.max - x.min),
        },
        axisLine: { lineStyle: { color: COLORS.line } },
        axisTick: { show: false },
        splitLine: { show: false },
      },
      yAxis: {
        type: 'value',
        ...y,
        axisLabel: {
          color: COLORS.muted,
          fontSize: 13,
          showMinLabel: false,
          showMaxLabel: false,
          formatter: (value: number) => `${Number(value.toFixed(2))} %`,
        },
        splitLine: { lineStyle: { color: COLORS.line } },
      },
      series: [
        {
          type: 'line',
          silent: true,
          symbol: 'none',
          clip: false,
          lineStyle: { color: COLORS.good, width: 2.5 },
          data: drawn.flatMap(({ readings: of }) => [
            ...of.map(({ at, value }) => [at.getTime(), value === null ? null : 100 * value]),
            // A hole: the next segment is not joined.
            [of.at(-1)?.at.getTime(), null],
          ]),
          markLine: {
            silent: true,
            symbol: 'none',
            data: [
              ...lines(datasetMarks(whole), x, { color: COLORS.mixed, type: 'dashed', distance: 22 }),
              ...lines(releases, x, { color: COLORS.muted, type: 'solid', distance: 4 }),
            ],
          },
          ...(band === null || last === undefined
            ? {}
            : {
                markArea: {
                  silent: true,
                  itemStyle: { color: COLORS.band, opacity: 1 },
                  data: [
                    [
                      { xAxis: drawn.at(-1)?.readings[0]?.at.getTime(), yAxis: band },
                      { xAxis: x.max, yAxis: 100 * last.value },
                    ],
                  ],
                },
              }),
          z: 2,
        },
        {
          type: 'scatter',
          silent: true,
          clip: false,
          symbolSize: 6,
          itemStyle: { color: COLORS.good, opacity: 1 },
          data: dots.flatMap(({ at, value }) => (value === null ? [] : [[at.getTime(), 100 * value]])),
          z: 3,
        },
        {
          type: 'scatter',
          silent: true,
          clip: false,
          itemStyle: { opacity: 1 },
          data: [
            ...(now === null || now.lowest === now.last
              ? []
              : [
                  spot(now.lowestAt, now.lowest, COLORS.bad, 'path://M-5,-4 L5,-4 L0,5 Z', {
                    position: 'bottom',
                    text: `lowest ${percent(now.lowest)}`,
                  }),
                ]),
            ...(last === undefined
              ? []
              : [
                  spot(last.at, last.value, COLORS.good, 'circle', {
                    position: 'right',
                    text: percent(last.value),
                  }),
                ]),
          ],
          z: 4,
        },
      ],
    },
  });
}

type Scored = Reading & { readonly value: number };

function lastScored(segment: Segment | undefined): Scored | undefined {
  return segment?.readings.findLast((one): one is Scored => one.value !== null);
}

/** Those that no line reaches: without a scored neighbour in their segment. */
function loneReadings(segments: readonly Segment[]): readonly Reading[] {
  return segments.flatMap(({ readings }) =>
    readings.filter(
      (_, i) => (readings[i - 1]?.value ?? null) === null && (readings[i + 1]?.value ?? null) === null,
    ),
  );
}

interface Span {
  readonly min: number;
  readonly max: number;
}

function timeSpan(segments: readonly Segment[], releases: readonly Mark[]): Span {
  const first = segments[0]?.readings[0]?.at.getTime() ?? 0;
  const last = Math.max(
    segments.at(-1)?.readings.at(-1)?.at.getTime() ?? 0,
    releases.at(-1)?.at.getTime() ?? 0,
  );
  return last > first ? { min: first, max: last } : { min: first - DAY_MS / 2, max: first + DAY_MS / 2 };
}

function valueSpan(values: readonly number[]): Span {
  const low = values.reduce((a, b) => Math.min(a, b));
  const high = values.reduce((a, b) => Math.max(a, b));
  const more = Math.max(0, LEAST_HEIGHT - (high - low)) / 2;
  // Room below for the label of the lowest value.
  const pad = Math.max(0.2, (high - low + 2 * more) * 0.12);
  return { min: Math.max(0, low - more - 1.6 * pad), max: Math.min(100.4, high + more + pad) };
}

function ticks({ min, max }: Span): readonly number[] {
  return Array.from({ length: TICKS }, (_, i) => Math.round(min + ((i + 0.5) * (max - min)) / TICKS));
}

function dateLabel(at: number, span: number): string {
  const date = new Date(at);
  const month = MONTHS[date.getUTCMonth()] ?? '';
  if (span > 700 * DAY_MS) return `${month} ${date.getUTCFullYear()}`;
  const day = `${date.getUTCDate()} ${month}`;
  return span > 5 * DAY_MS ? day : `${day}, ${date.toISOString().slice(11, 16)}`;
}

function spot(
  at: Date,
  value: number,
  color: string,
  symbol: string,
  label: { readonly position: string; readonly text: string },
): object {
  return {
    value: [at.getTime(), 100 * value],
    symbol,
    symbolSize: 9,
    itemStyle: { color },
    label: {
      show: true,
      position: label.position,
      color: COLORS.ink,
      fontSize: 13,
      formatter: () => label.text,
    },
  };
}

/** Marks at their places; those that stand so close that their labels would touch share the first one's place for it. */
function lines(
  marks: readonly Mark[],
  x: Span,
  look: { readonly color: string; readonly type: string; readonly distance: number },
): readonly object[] {
  const pixels = (at: Date): number => ((at.getTime() - x.min) / (x.max - x.min)) * (WIDTH - LEFT - RIGHT);
  const shown = marks.filter(({ at }) => at.getTime() >= x.min && at.getTime() <= x.max);
  const groups: Mark[][] = [];
  for (const mark of shown) {
    const first = groups.at(-1)?.[0];
    if (first !== undefined && pixels(mark.at) - pixels(first.at) < LABEL_PIXELS) groups.at(-1)?.push(mark);
    else groups.push([mark]);
  }
  return groups.flatMap((group) =>
    oneForEachPixel(group, pixels).map(({ at }, i) => ({
      xAxis: at.getTime(),
      lineStyle: { color: look.color, type: look.type, width: 1, opacity: 1 },
      label: {
        show: i === 0,
        position: 'end',
        distance: look.distance,
        color: look.color,
        fontSize: 12,
        formatter: () => markLabel(group),
      },
    })),
  );
}

function oneForEachPixel(marks: readonly Mark[], pixels: (at: Date) => number): readonly Mark[] {
  return [...new Map(marks.map((mark) => [Math.round(pixels(mark.at)), mark])).values()];
}

function markLabel(group: readonly Mark[]): string {
  const text = name(clip(group[0]?.label ?? '', LABEL_CHARACTERS), LABEL_CHARACTERS);
  return group.length === 1 ? text : `${text} +${group.length - 1}`;
}
