/**
 * Charts as SVG text, drawn by ECharts without a browser. Colours are the page's own variables, so that they follow its
 * theme; nothing of what a strict content policy forbids is left in them.
 */
import { CustomChart, LineChart, ScatterChart } from 'echarts/charts';
import { GridComponent, MarkAreaComponent, MarkLineComponent } from 'echarts/components';
import * as echarts from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';

echarts.use([
  CustomChart,
  LineChart,
  ScatterChart,
  GridComponent,
  MarkAreaComponent,
  MarkLineComponent,
  SVGRenderer,
]);

/** Stand-ins that ECharts carries through as colours; each becomes a variable of the page. */
export const COLORS = {
  ink: '#010101',
  muted: '#010102',
  line: '#010103',
  bad: '#010104',
  good: '#010105',
  mixed: '#010106',
  band: '#010107',
} as const;

/** `label` names the chart for those who cannot see it; `width` and `height` in pixels of the drawing. */
export function drawChart(of: {
  readonly width: number;
  readonly height: number;
  readonly label: string;
  readonly option: echarts.EChartsCoreOption;
}): string {
  const chart = echarts.init(null, null, {
    renderer: 'svg',
    ssr: true,
    width: of.width,
    height: of.height,
  });
  try {
    chart.setOption({ animation: false, ...of.option });
    return themed(chart.renderToSVGString(), of.label);
  } finally {
    chart.dispose();
  }
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
