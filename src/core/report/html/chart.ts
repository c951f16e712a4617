/** Charts as SVG text, drawn by ECharts without a browser. Colours are the page's own variables, so that they follow its theme. */
import type { CustomSeriesRenderItemAPI, CustomSeriesRenderItemReturn } from 'echarts';
import { CustomChart, ScatterChart } from 'echarts/charts';
import { GridComponent, MarkLineComponent } from 'echarts/components';
import * as echarts from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import type { FieldDifference } from '../schema.js';
import { clip, points } from '../values.js';
import { fieldsByState, type FieldState, fieldState, name } from '../words.js';

echarts.use([CustomChart, ScatterChart, GridComponent, MarkLineComponent, SVGRenderer]);

/** Fields drawn; more would be a wall and no chart. */
const MAX_FIELDS = 30;
const WIDTH = 1080;
/** Room for names and numbers left of the plot, and right of it. */
const LEFT = 260;
const RIGHT = 30;
const ROW = 26;

/** Stand-ins that ECharts carries through as colours; each becomes a variable of the page. */
const COLORS = {
  ink: '#010101',
  muted: '#010102',
  line: '#010103',
  bad: '#010104',
  good: '#010105',
  mixed: '#010106',
  band: '#010107',
} as const;

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
  const chart = echarts.init(null, null, {
    renderer: 'svg',
    ssr: true,
    width: WIDTH,
    height: shown.length * ROW + 52,
  });
  try {
    chart.setOption({
      animation: false,
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
    });
    return themed(chart.renderToSVGString(), label);
  } finally {
    chart.dispose();
  }
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

/**
 * The SVG without what a strict content policy forbids (style elements and attributes) and with the page's colours.
 * ECharts escapes the texts; they hold no markup of ours.
 */
function themed(svg: string, label: string): string {
  let text = svg
    .replace(/<style[\s\S]*?<\/style>/g, '')
    .replace(/ style="font-size:(\d+)px;font-family:[^"]*"/g, ' font-size="$1"')
    .replace(/ style="[^"]*"/g, '')
    .replace(/ (?:class|ecmeta_\w+|pointer-events|xmlns:xlink|version|baseProfile)="[^"]*"/g, '')
    .replace(
      /^<svg width="(\d+)" height="(\d+)"/,
      () => `<svg role="img" aria-label="${attribute(label)}" class="chart"`,
    );
  for (const [key, color] of Object.entries(COLORS))
    text = text.replaceAll(`"${color}"`, `"var(--chart-${key})"`);
  return text;
}

function attribute(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/"/g, '&quot;').replace(/</g, '&lt;');
}
