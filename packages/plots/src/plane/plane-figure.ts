import { ConfigError } from '@ebim/runtime';
import { gnBu, gnBuSurface } from '../colour/colour-map.js';
import { colourRange } from '../colour/colouring.js';
import { colourBarElement } from '../figure/colour-bar.js';
import { formatTicks, niceTicks } from '../figure/ticks.js';
import { checkTour, tourElement } from '../figure/tour.js';
import { checkGrid, gridSize } from '../level-sets/grid.js';
import { checkLength, checkPoints } from '../points.js';
import { layerMarks } from './layer-marks.js';
import { assemble, planeLayout, plotFrame } from './layout.js';
import type { PlaneCurve, PlaneHeatMap, PlaneLayer, PlaneOptions, PlanePoints } from './plane-types.js';
import { renderPlot } from './render-plot.js';

/**
 * A figure of the plane as an SVG document: points, curves and heat maps, coloured by density.
 *
 * @throws ConfigError for bounds that are no ranges, or a figure too small for its labels.
 * @throws DataError when values do not match what they colour, or a tour is no path in the plane.
 * @example
 * const curve = await levelCurveOf(
 *   pointwise((x, y) => Math.hypot(x, y) - 1),
 *   makeGrid([[-1.5, 1.5], [-1.5, 1.5]], 100),
 * );
 * const density = pointwise((x) => Math.exp(x) / 8)(curvePoints(curve));
 * const svg = await planeFigure([{ kind: 'curve', curve, values: density }], {
 *   title: 'A density on a circle',
 *   colourLabel: 'density',
 * });
 */
export async function planeFigure(
  layers: readonly PlaneLayer[],
  options: PlaneOptions = {},
): Promise<string> {
  layers.forEach(checkLayer);
  const { equal = true, xLabel = 'x', yLabel = 'y', colourLabel, tour } = options;
  if (tour !== undefined) checkTour(tour, 2);
  const [xRange, yRange] =
    options.bounds ??
    layerBounds(tour === undefined ? layers : [...layers, { kind: 'points', points: tour.path }]);
  for (const [low, high] of [xRange, yRange]) {
    if (!(low < high && Number.isFinite(high - low))) {
      throw new ConfigError({
        code: 'plane-bounds',
        where: 'planeFigure({ bounds })',
        expected: 'two finite ranges [low, high] with low < high',
        received: `[${low}, ${high}]`,
      });
    }
  }
  const measured = layers.find(hasValues);
  const colourBar = options.colourBar !== false && measured !== undefined;
  const layout = planeLayout(options, {
    colourBar,
    legend: 0,
    ...(equal ? { aspect: (yRange[1] - yRange[0]) / (xRange[1] - xRange[0]) } : {}),
  });
  const { margins } = layout;
  const inner = {
    width: layout.width - margins.left - margins.right,
    height: layout.height - layout.top - margins.top - margins.bottom,
  };
  const axis = (label: string, range: readonly [number, number], pixels: number) => {
    const ticks = niceTicks(range[0], range[1], tickCount(pixels));
    const texts = formatTicks(ticks);
    return {
      label,
      domain: [...range],
      ticks,
      tickFormat: (_: number, n: number) => texts[n],
      tickSize: 4,
      labelAnchor: 'center' as const,
      labelArrow: 'none' as const,
    };
  };
  const plot = await renderPlot((library, document) => ({
    ...plotFrame(layout),
    style: { fontSize: '11px' },
    x: { ...axis(xLabel, xRange, inner.width), labelOffset: 36 },
    y: { ...axis(yLabel, yRange, inner.height), labelOffset: 48 },
    marks: [
      library.gridX({
        ticks: niceTicks(...xRange, tickCount(inner.width)),
        strokeOpacity: 0.08,
      }),
      library.gridY({
        ticks: niceTicks(...yRange, tickCount(inner.height)),
        strokeOpacity: 0.08,
      }),
      ...layers.flatMap((layer) => layerMarks(library, document, layer)),
      library.frame({ stroke: '#9aa1a9', strokeWidth: 0.8 }),
    ],
  }));
  const long = Math.min(inner.height, 260);
  const bar =
    colourBar && measured !== undefined
      ? colourBarElement(
          {
            colourMap: measured.colourMap ?? (measured.kind === 'heatMap' ? gnBu : gnBuSurface),
            range: colourRange(measured),
            ...(colourLabel === undefined ? {} : { label: colourLabel }),
          },
          layout.width - margins.right + 14,
          layout.top + margins.top + (inner.height - long) / 2,
          long,
        )
      : '';
  const travel =
    tour === undefined
      ? ''
      : tourElement(tour, ([x, y]) => [
          margins.left + (inner.width * (x - xRange[0])) / (xRange[1] - xRange[0]),
          layout.top + margins.top + (inner.height * (yRange[1] - y)) / (yRange[1] - yRange[0]),
        ]);
  return assemble(layout, options, plot, bar + travel);
}

/** About how many ticks fit. */
function tickCount(pixels: number): number {
  return Math.max(3, Math.round(pixels / 60));
}

type Measured = (PlanePoints | PlaneCurve | PlaneHeatMap) & { readonly values: ArrayLike<number> };

function hasValues(layer: PlaneLayer): layer is Measured {
  return layer.kind !== 'text' && layer.values !== undefined;
}

function checkLayer(layer: PlaneLayer): void {
  if (layer.kind === 'points') {
    checkPoints(layer.points, 2, 'plane points');
    if (layer.values !== undefined) checkLength(layer.values, layer.points.rows, 'point values');
  } else if (layer.kind === 'heatMap') {
    checkGrid(layer.grid, 2, 'heat map');
    checkLength(layer.values, gridSize(layer.grid), 'heat map values');
  } else if (layer.kind === 'curve' && layer.values !== undefined) {
    const { vertices, edges } = layer.curve;
    if (layer.values.length !== vertices.length / 2)
      checkLength(layer.values, edges.length / 2, 'curve values');
  }
}

/** Range of everything with a margin; heat maps to their border. */
function layerBounds(layers: readonly PlaneLayer[]): [[number, number], [number, number]] {
  const ranges: [number, number][] = [
    [Infinity, -Infinity],
    [Infinity, -Infinity],
  ];
  const include = (axis: number, value: number): void => {
    if (!Number.isFinite(value)) return;
    ranges[axis] = [Math.min(ranges[axis][0], value), Math.max(ranges[axis][1], value)];
  };
  let filled = false;
  for (const layer of layers) {
    if (layer.kind === 'heatMap') {
      filled = true;
      layer.grid.bounds.forEach((bound, axis) => bound.forEach((value) => include(axis, value)));
    } else if (layer.kind === 'text') {
      include(0, layer.x);
      include(1, layer.y);
    } else {
      const data = layer.kind === 'points' ? layer.points.data : layer.curve.vertices;
      data.forEach((value, i) => include(i % 2, value));
    }
  }
  return ranges.map(([low, high]): [number, number] => {
    if (!(low <= high)) return [0, 1];
    const room = filled ? 0 : Math.max(0.06 * (high - low), high > low ? 0 : 0.5);
    return [low - room, high + room];
  }) as [[number, number], [number, number]];
}
