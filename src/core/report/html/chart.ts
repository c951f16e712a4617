/** The chart of a report's fields: what changed, how sure, and what could not have been seen. */
import type { CustomSeriesRenderItemAPI, CustomSeriesRenderItemReturn } from 'echarts';
import { COLORS, drawChart } from '../../charts/svg.js';
import type { FieldDifference } from '../schema.js';
import { clip, points } from '../values.js';
import { fieldsByState, type FieldState, fieldState, name } from '../words.js';

/** Fields drawn; more would be a wall and no chart. */
const MAX_FIELDS = 30;
const WIDTH = 1080;
/** Room for names and numbers left of the plot, and right of it. */
const LEFT = 260;
const RIGHT = 30;
const ROW = 26;

const SHAPES: Readonly<Record<FieldState, readonly [symbol: string, color: string]>> = {
  blocked: ['path://M-5,-3 L-3,-5 L0,-2 L3,-5 L5,-3 L2,0 L5,3 L3,5 L0,2 L-3,5 L-5,3 L-2,0 Z', COLORS.bad],
  worse: ['path://M-5,-4 L5,-4 L0,5 Z', COLORS.bad],
  mixed: ['diamond', COLORS.mixed],
  unreliable: ['emptyCircle', COLORS.mixed],
  better: ['triangle', COLORS.good],
  same: ['circle', COLORS.muted],
};

/** Fields that the chart shows: those with a difference to show, worst states first. */
export function chartedFields(fields: readonly FieldDifference[]): FieldDifference[] {
  return fieldsByState(fields)
    .filter((field) => field.delta !== null && fieldState(field) !== 'same')
    .slice(0, MAX_FIELDS);
}

/**
 * Dot and 95 % interval of each field's difference in percentage points; the pale bar is the range of drops that could
 * not have been seen. Returns SVG, or null when no field changed. `label` names the chart for those who cannot see it.
 */
export function differenceChart(fields: readonly FieldDifference[], label: string): string | null {
  const shown = chartedFields(fields);
  if (shown.length === 0) return null;
  const low = Math.min(0, ...shown.map((field) => 100 * Math.min(field.delta ?? 0, field.ci?.[0] ?? 0)));
  const high = Math.max(0, ...shown.map((field) => 100 * Math.max(field.delta ?? 0, field.ci?.[1] ?? 0)));
  const reach = Math.max(1, high - low);
  return drawChart({
    width: WIDTH,
    height: shown.length * ROW + 52,
    label,
    option: {
      grid: { left: LEFT, right: RIGHT, top: 8, bottom: 40 },
      xAxis: {
        type: 'value',
        min: low - reach * 0.06,
        max: high + reach * 0.06,
        name: 'percentage points, head against base',
        nameLocation: 'middle',
        nameGap: 24,
        nameTextStyle: { color: COLORS.muted, fontSize: 12 },
        axisLabel: {
          color: COLORS.muted,
          showMinLabel: false,
          showMaxLabel: false,
          formatter: (value: number) => points(value / 100).replace('.0', ''),
        },
        splitLine: { lineStyle: { color: COLORS.line } },
      },
      yAxis: {
        type: 'category',
        inverse: true,
        data: shown.map((_, i) => String(i)),
        axisLabel: {
          color: COLORS.ink,
          fontSize: 13,
          interval: 0,
          formatter: (i: string) => {
            const field = shown[Number(i)];
            return field === undefined
              ? ''
              : `${clip(name(field.field), 28)}   ${points(field.delta).padStart(6, '\u2007')}`;
          },
        },
        axisTick: { show: false },
        axisLine: { show: false },
      },
      series: [
        {
          type: 'custom',
          silent: true,
          data: shown.map((field, i) => [100 * (field.smallest_detectable_drop ?? 0), i]),
          renderItem: (_: unknown, api: CustomSeriesRenderItemAPI) =>
            bar(api, -Number(api.value(0)), 0, Number(api.value(1)), 14, COLORS.band),
          z: 1,
        },
        {
          type: 'custom',
          silent: true,
          data: shown.flatMap((field, i) =>
            field.ci === null ? [] : [[100 * field.ci[0], 100 * field.ci[1], i]],
          ),
          renderItem: (_: unknown, api: CustomSeriesRenderItemAPI) =>
            bar(api, Number(api.value(0)), Number(api.value(1)), Number(api.value(2)), 2, COLORS.muted),
          z: 2,
        },
        {
          type: 'scatter',
          silent: true,
          data: shown.map((field, i) => {
            const [symbol, color] = SHAPES[fieldState(field)];
            return {
              value: [100 * (field.delta ?? 0), i],
              symbol,
              symbolSize: 11,
              itemStyle: { color, opacity: 1 },
            };
          }),
          markLine: {
            silent: true,
            symbol: 'none',
            label: { show: false },
            lineStyle: { color: COLORS.muted, type: 'solid', width: 1 },
            data: [{ xAxis: 0 }],
          },
          z: 3,
        },
      ],
    },
  });
}

/** A horizontal bar from one value to another on a line of the chart, clipped to the plot. */
function bar(
  api: CustomSeriesRenderItemAPI,
  from: number,
  to: number,
  line: number,
  height: number,
  fill: string,
): CustomSeriesRenderItemReturn {
  const [left = 0, y = 0] = api.coord([from, line]);
  const [right = 0] = api.coord([to, line]);
  const start = Math.max(left, LEFT);
  return {
    type: 'rect',
    shape: {
      x: start,
      y: y - height / 2,
      width: Math.max(0, Math.min(right, WIDTH - RIGHT) - start),
      height,
      r: 1,
    },
    style: { fill },
  };
}
