import {
  coverManifold,
  implicitManifold,
  intersection,
  logDensity,
  normalised,
  rankReport,
  sampleManifold,
  translate,
  union,
  type ImplicitManifold,
} from '@ebim/implicit';
import { foldIn, type Key } from '@ebim/runtime';
import type { Constraint, Energy } from '@ebim/samplers';
import * as tf from '@tensorflow/tfjs';
import { toPoints } from '../../evaluation/host-function.js';
import { fitCircle, type CircleFit } from './circle-fit.js';

/** The box of the papers' picture of the union. */
export const UNION_BOX = { lower: [-1.6, -1.6, -1.23], upper: [1.6, 1.6, 1.23] } as const;
/** Half the distance of the two copies. */
const SHIFT = 0.5;
/** Of two unit spheres whose centres are 1 apart. */
export const TRUE_RADIUS = Math.sqrt(0.75);

/** How many points everything is done with. */
export interface ArithmeticSizes {
  /** Points of the circle, and samples of the union. */
  readonly count: number;
  /** Points that integrals over the circle are made with. */
  readonly samples: number;
}

/** Those of the papers' picture, and about 1 % for integrals. */
const SIZES: ArithmeticSizes = { count: 3000, samples: 50_000 };

/** What was done with one learned sphere; plain data. */
export interface ArithmeticPart {
  /** log Z of the sphere, and of the product of the two energies on the circle with its standard error. */
  readonly logZ: { readonly sphere: number; readonly circle: number; readonly circleError: number };
  /** The circle that the intersection is, by points projected onto it. */
  readonly circle: CircleFit;
  /** Length of the intersection by the co-area formula. */
  readonly length: { readonly value: number; readonly standardError: number };
  /** Smallest singular values of the Jacobian: of the intersection on itself, of the union off and on the circle. */
  readonly rank: { readonly intersection: number; readonly union: number; readonly unionOnCircle: number };
  /** Share of the samples of the union that came from the left copy, and the mean of |x - center| of all of them. */
  readonly samples: { readonly left: number; readonly radius: number };
  /** Projected points of the intersection, rows of 3, and the density at each, with respect to length. */
  readonly points: Float64Array;
  readonly density: Float64Array;
}

/** Union and intersection of two copies of a learned sphere (P2 section 4.1). */
export async function arithmeticOf(
  model: { readonly constraint: Constraint; readonly energy: Energy },
  sphereLogZ: number,
  key: Key,
  { count, samples }: ArithmeticSizes = SIZES,
): Promise<ArithmeticPart> {
  const { left, right } = copiesOf(model, sphereLogZ);
  const bounds = { lower: UNION_BOX.lower, upper: UNION_BOX.upper };
  const both = union(left, right);
  const ring = await normalised(intersection(left, right), { bounds, samples, key: foldIn(key, 0) });
  const bare = intersection(...[left, right].map(withoutDensity));
  const measured = await normalised(bare, { bounds, samples, key: foldIn(key, 1) });
  const cover = await coverManifold(ring, { count, bounds, key: foldIn(key, 2) });
  const drawn = await sampleManifold(both, { count, bounds, samples, key: foldIn(key, 3) });
  const density = tf.tidy(() => tf.exp(logDensity(ring, cover.points)));
  try {
    const points = await toPoints(cover.points);
    const [onRing, offRing, unionOnRing] = [
      await rankReport(ring, cover.points),
      await rankReport(both, drawn.points),
      await rankReport(both, cover.points),
    ];
    const [circle] = ring.components;
    const [line] = measured.components;
    const length = Math.exp(line.logZ ?? NaN);
    return {
      logZ: { sphere: sphereLogZ, circle: circle.logZ ?? NaN, circleError: circle.logZError ?? NaN },
      circle: fitCircle(points),
      length: { value: length, standardError: length * (line.logZError ?? NaN) },
      rank: {
        intersection: onRing.minimum,
        union: offRing.median,
        unionOnCircle: unionOnRing.smallest.reduce((a, b) => Math.max(a, b), 0),
      },
      samples: await describeSamples(drawn.points, drawn.components),
      points: points.data,
      density: Float64Array.from(await density.data()),
    };
  } finally {
    tf.dispose([cover.points, drawn.points, density]);
  }
}

/** The two copies: F(x + e1 / 2) to the left, F(x - e1 / 2) to the right. */
function copiesOf(
  { constraint, energy }: { readonly constraint: Constraint; readonly energy: Energy },
  logZ: number,
): { readonly left: ImplicitManifold; readonly right: ImplicitManifold } {
  const sphere = implicitManifold(
    { constraint, ambientDimension: 3, manifoldDimension: 2 },
    { energy, logZ },
  );
  return { left: translate(sphere, [-SHIFT, 0, 0]), right: translate(sphere, [SHIFT, 0, 0]) };
}

const withoutDensity = ({ ambientDimension, manifoldDimension, constraint }: ImplicitManifold) =>
  implicitManifold({ ambientDimension, manifoldDimension, constraint });

async function describeSamples(
  points: tf.Tensor,
  components: Int32Array,
): Promise<ArithmeticPart['samples']> {
  const { data } = await toPoints(points);
  let radius = 0;
  components.forEach((component, i) => {
    const x = data[3 * i] + (component === 0 ? SHIFT : -SHIFT);
    radius += Math.hypot(x, data[3 * i + 1], data[3 * i + 2]) / components.length;
  });
  return { left: components.filter((component) => component === 0).length / components.length, radius };
}
