import { ConfigError, DataError } from '@ebim/runtime';
import { element, textElement } from '../figure/svg.js';
import { formatTicks, niceTicks } from '../figure/ticks.js';
import { checkLength, finiteRange } from '../points.js';
import { assemble, planeLayout, plotFrame } from './layout.js';
import type { AxesOptions } from './plane-types.js';
import { renderPlot } from './render-plot.js';
import { keepExtremes, runningMean } from './smoothing.js';

/** One line, e.g. a loss over epochs. */
export interface LineSeries {
  /** Shown in the legend. */
  readonly label: string;
  /** Heights; gaps where not a number. */
  readonly y: ArrayLike<number>;
  /** Default 1, 2, 3 ... */
  readonly x?: ArrayLike<number>;
  /** CSS colour. Default: the next one of a palette. */
  readonly colour?: string;
  /** Marks every value with a dot. Default false. */
  readonly dots?: boolean;
}

/** Options of {@link lineFigure}. */
export interface LineOptions extends AxesOptions {
  /** Logarithmic heights; values that are not positive become gaps. Default false. */
  readonly logScale?: boolean;
  /** Values per running mean, drawn over the faint raw line; 1 for none. Default 1. */
  readonly smooth?: number;
}

/** Colours told apart by readers with any colour vision, dark enough for lines. */
export const LINE_COLOURS = ['#0868ac', '#d95f02', '#1b9e77', '#7570b3', '#c51b8a', '#666666'] as const;

/**
 * Lines over a common axis with a legend, as an SVG document: loss curves and other statistics of a run.
 *
 * @throws ConfigError when `smooth` is not at least 1.
 * @throws DataError when there is no line.
 * @example
 * const svg = await lineFigure([{ label: 'loss', y: [1, 0.4, 0.2, 0.12] }], {
 *   title: 'Training',
 *   xLabel: 'epoch',
 *   yLabel: 'loss',
 *   logScale: true,
 * });
 */
export async function lineFigure(series: readonly LineSeries[], options: LineOptions = {}): Promise<string> {
  const { logScale = false, smooth = 1, xLabel = 'step', yLabel = 'value' } = options;
  if (!(smooth >= 1)) {
    throw new ConfigError({
      code: 'smooth',
      where: 'lineFigure({ smooth })',
      expected: 'a number of at least 1',
      received: `${smooth}`,
    });
  }
  if (series.length === 0) {
    throw new DataError({
      code: 'no-series',
      where: 'lineFigure',
      expected: 'at least one line',
      received: 'none',
    });
  }
  const lines = series.map((one, n) => prepareLine(one, n, logScale, smooth));
  const [xLow, xHigh] = widen(finiteRange(lines.flatMap((line) => line.raw.map(([x]) => x))), 0);
  const yRange = finiteRange(lines.flatMap((line) => line.raw.map(([, y]) => y)));
  const [yLow, yHigh] = logScale ? logRange(yRange) : widen(yRange, 0.05);
  const layout = planeLayout(options, { colourBar: false, legend: 22 });
  const yTicks = logScale ? logTicks(yLow, yHigh) : niceTicks(yLow, yHigh, 5);
  const yTexts = logScale ? yTicks.map((tick) => formatTicks([tick])[0]) : formatTicks(yTicks);
  // Steps and epochs have no halves.
  const whole = xHigh - xLow >= 1 && lines.every((line) => line.raw.every(([x]) => Number.isInteger(x)));
  const xTicks = niceTicks(xLow, xHigh, 6).filter((tick) => !whole || Number.isInteger(tick));
  const xTexts = formatTicks(xTicks);
  const centred = { tickSize: 4, labelAnchor: 'center' as const, labelArrow: 'none' as const };
  const plot = await renderPlot((library) => ({
    ...plotFrame(layout),
    style: { fontSize: '11px' },
    x: {
      ...centred,
      label: xLabel,
      domain: [xLow, xHigh],
      ticks: xTicks,
      tickFormat: (_: number, n: number) => xTexts[n],
      labelOffset: 36,
    },
    y: {
      ...centred,
      label: yLabel,
      domain: [yLow, yHigh],
      type: logScale ? 'log' : 'linear',
      ticks: yTicks,
      tickFormat: (tick: number) => yTexts[yTicks.indexOf(tick)] ?? '',
      labelOffset: 52,
    },
    marks: [
      library.gridY({ ticks: yTicks, strokeOpacity: 0.1 }),
      ...lines.flatMap(({ raw, smoothed, colour, dots }) => [
        library.line(raw, {
          stroke: colour,
          strokeWidth: smoothed === undefined ? 1.6 : 1,
          strokeOpacity: smoothed === undefined ? 1 : 0.3,
          clip: true,
        }),
        ...(dots ? [library.dot(raw, { r: 3, fill: colour })] : []),
        ...(smoothed === undefined
          ? []
          : [library.line(smoothed, { stroke: colour, strokeWidth: 2, clip: true })]),
      ]),
      library.frame({ stroke: '#9aa1a9', strokeWidth: 0.8 }),
    ],
  }));
  return assemble(layout, options, plot, legendElement(lines, layout.margins.left, layout.top - 6));
}

interface PreparedLine {
  readonly label: string;
  readonly colour: string;
  readonly dots: boolean;
  readonly raw: [number, number][];
  readonly smoothed: [number, number][] | undefined;
}

function prepareLine(series: LineSeries, n: number, logScale: boolean, smooth: number): PreparedLine {
  const { label, y, x, colour = LINE_COLOURS[n % LINE_COLOURS.length], dots = false } = series;
  if (x !== undefined) checkLength(x, y.length, `line ${label}`);
  const shown = Float64Array.from(y, (value) => (logScale && !(value > 0) ? NaN : value));
  const at = (values: Float64Array): [number, number][] =>
    keepExtremes(Array.from(values, (value, i) => [x === undefined ? i + 1 : x[i], value]));
  const means = smooth > 1 && y.length > 2 ? runningMean(shown, Math.min(smooth, y.length)) : undefined;
  return { label, colour, dots, raw: at(shown), smoothed: means === undefined ? undefined : at(means) };
}

/** Swatches and names in a row, the first at (x, y). */
export function legendElement(
  entries: readonly { readonly label: string; readonly colour: string }[],
  x: number,
  y: number,
): string {
  let at = x;
  return entries
    .map(({ label, colour }) => {
      const swatch = element('line', {
        x1: at,
        x2: at + 16,
        y1: y - 4,
        y2: y - 4,
        stroke: colour,
        'stroke-width': 3,
      });
      const text = textElement(at + 21, y, label, { anchor: 'start' });
      at += 21 + 6.6 * label.length + 16;
      return swatch + text;
    })
    .join('');
}

function widen([low, high]: readonly [number, number], share: number): [number, number] {
  const room = high > low ? share * (high - low) : Math.abs(low) * 0.5 || 0.5;
  return [low - room, high + room];
}

function logRange([low, high]: readonly [number, number]): [number, number] {
  // Nothing positive to show leaves finiteRange's [0, 1].
  if (!(low > 0)) return [0.1, 1];
  const room = Math.max((high / low) ** 0.05, 1.3);
  return [low / room, high * room];
}

/** Powers of ten; within little more than a decade also 2 and 5 times them. */
function logTicks(low: number, high: number): number[] {
  const decades = Math.log10(high / low);
  const every = Math.max(1, Math.round(decades / 7));
  const factors = decades < 2.2 ? [1, 2, 5] : [1];
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++) {
    if (power % every !== 0) continue;
    for (const factor of factors) {
      const tick = Number(`${factor}e${power}`);
      if (tick >= low && tick <= high) ticks.push(tick);
    }
  }
  return ticks;
}
