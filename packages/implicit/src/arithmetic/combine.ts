import { ConfigError } from '@ebim/runtime';
import type { Constraint, Energy } from '@ebim/samplers';
import * as tf from '@tensorflow/tfjs';
import { checkOperands, type ImplicitManifold, type ManifoldComponent } from './implicit-manifold.js';

/**
 * The points that all manifolds have in common (P2 section 4.1; spec 1.13, D26): outputs of F side by side, energies
 * added, so codimensions add up. The density is the product of the densities, normalised over the whole intersection;
 * `normalised` finds its Z.
 *
 * With a union among the operands the intersection is the union of the intersections with its components, and the
 * product rule gives each of them its share, c_i c_j exp(-E_i - E_j) for components c_i exp(-E_i) and c_j exp(-E_j).
 *
 * More constraints than dimensions are allowed, as zeros may happen to exist: the component says `overdetermined`.
 *
 * @throws ConfigError `empty-combination`; ShapeError `dimension-mismatch`
 * @example
 * ```ts
 * import { implicitManifold, intersection, sphere, translate, union } from '@ebim/implicit';
 *
 * const ball = implicitManifold(sphere());
 * const pair = union(translate(ball, [-1, 0, 0]), translate(ball, [1, 0, 0]));
 * const circles = intersection(pair, translate(ball, [0, 1, 0]));
 * console.log(circles.components.length, circles.manifoldDimension); // 2 curves
 * ```
 */
export function intersection(...operands: readonly ImplicitManifold[]): ImplicitManifold {
  checkOperands('intersection(...manifolds)', operands);
  return operands.reduce((a, b) => {
    const components = a.components.flatMap((one) =>
      b.components.map((other) => meet(one, other, a.ambientDimension)),
    );
    return {
      ambientDimension: a.ambientDimension,
      manifoldDimension: largestDimension(components),
      constraint: sideBySide(a.constraint, b.constraint),
      outputs: a.outputs + b.outputs,
      // Alone, a component is all of it, whatever its factor.
      components: components.length === 1 ? [{ ...components[0], share: 1, logFactor: 0 }] : components,
    };
  });
}

/** Options of {@link union}. */
export interface UnionOptions {
  /** Probability of each operand, divided by their sum. Default: equal. */
  readonly weights?: readonly number[];
}

/**
 * The points that at least one manifold has (P2 section 4.1; spec 1.13): F is the product of the functions, of every
 * output of one with every output of the other, so that |F| is the product of the lengths and nothing else becomes
 * zero. The density is the mixture with weights w_i of the densities p_i, each on its own manifold and with its own Z.
 *
 * Where operands meet, the Jacobian of the product vanishes: the union is no manifold there (`rankReport` finds it).
 *
 * @throws ConfigError `empty-combination`, `bad-weights`; ShapeError `dimension-mismatch`
 * @example
 * ```ts
 * import { circle, implicitManifold, logDensity, translate, union } from '@ebim/implicit';
 * import * as tf from '@tensorflow/tfjs';
 *
 * const ring = implicitManifold(circle());
 * const both = union([ring, translate(ring, [3, 0])], { weights: [1, 3] });
 * logDensity(both, tf.tensor2d([[0, 1], [3, 1]])).exp().print(); // 0.25 / (2 pi) and 0.75 / (2 pi)
 * ```
 */
export function union(operands: readonly ImplicitManifold[], options?: UnionOptions): ImplicitManifold;
export function union(...operands: readonly ImplicitManifold[]): ImplicitManifold;
export function union(
  ...given: readonly ImplicitManifold[] | readonly [readonly ImplicitManifold[], UnionOptions?]
): ImplicitManifold {
  const where = 'union(...manifolds)';
  const [operands, options] = isList(given) ? [given[0], given[1] ?? {}] : [given, {}];
  checkOperands(where, operands);
  const weights = normalisedWeights(operands.length, options.weights);
  if (operands.length === 1) return operands[0];
  const components = operands.flatMap((operand, i) =>
    operand.components.map((component) => withShare(component, weights[i])),
  );
  return {
    ambientDimension: operands[0].ambientDimension,
    manifoldDimension: largestDimension(components),
    constraint: productOf(operands.map(({ constraint }) => constraint)),
    outputs: operands.reduce((product, { outputs }) => product * outputs, 1),
    components,
  };
}

const isList = (
  given: readonly ImplicitManifold[] | readonly [readonly ImplicitManifold[], UnionOptions?],
): given is readonly [readonly ImplicitManifold[], UnionOptions?] => Array.isArray(given[0]);

const largestDimension = (components: readonly ManifoldComponent[]): number =>
  Math.max(...components.map(({ manifoldDimension }) => manifoldDimension));

/** A component of an operand as one of the union, whose weight the operand's own shares are parts of. */
function withShare(component: ManifoldComponent, weight: number): ManifoldComponent {
  const share = component.share === null ? null : component.share * weight;
  return { ...component, share, logFactor: factorOf(share, component.logZ) };
}

/** log c of a component whose probability and Z are known. */
function factorOf(share: number | null, logZ: number | null): number | null {
  if (share === 0) return -Infinity;
  return share === null || logZ === null ? null : Math.log(share) - logZ;
}

function meet(a: ManifoldComponent, b: ManifoldComponent, n: number): ManifoldComponent {
  const codimension = a.codimension + b.codimension;
  return {
    constraint: sideBySide(a.constraint, b.constraint),
    codimension,
    manifoldDimension: Math.max(0, n - codimension),
    energy: sumOf(a.energy, b.energy),
    logZ: null,
    logZError: null,
    share: null,
    logFactor: a.logFactor === null || b.logFactor === null ? null : a.logFactor + b.logFactor,
    overdetermined: codimension > n,
  };
}

const sideBySide =
  (f: Constraint, g: Constraint): Constraint =>
  (x) =>
    tf.tidy(() => tf.concat([f(x), g(x)], 1));

function sumOf(e: Energy | null, f: Energy | null): Energy | null {
  if (e === null || f === null) return e ?? f;
  return (x) => tf.tidy(() => tf.add(e(x), f(x)));
}

/** Products of one output of each, all combinations: `[batch, k1 * k2 * ...]`. */
const productOf =
  (functions: readonly Constraint[]): Constraint =>
  (x) =>
    tf.tidy(() => functions.map((f) => f(x)).reduce(outerProduct));

function outerProduct(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  if (a.shape[1] === 1 || b.shape[1] === 1) return tf.mul(a, b);
  const products = tf.mul(tf.expandDims(a, 2), tf.expandDims(b, 1));
  return tf.reshape(products, [a.shape[0], (a.shape[1] ?? 1) * (b.shape[1] ?? 1)]);
}

function normalisedWeights(count: number, weights?: readonly number[]): number[] {
  const given = weights ?? new Array<number>(count).fill(1);
  const total = given.reduce((sum, weight) => sum + weight, 0);
  if (given.length !== count || !given.every((w) => w >= 0) || !(total > 0 && total < Infinity))
    throw new ConfigError({
      code: 'bad-weights',
      where: 'union(manifolds, { weights })',
      expected: `${count} weights of at least 0 that are not all 0`,
      received: JSON.stringify(given),
    });
  return given.map((weight) => weight / total);
}
