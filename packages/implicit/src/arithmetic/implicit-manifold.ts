import { ConfigError, ShapeError } from '@ebim/runtime';
import type { Constraint, Energy } from '@ebim/samplers';

/**
 * One piece of a manifold: the zero set of a function whose Jacobian has full rank on it, and the density
 * `share * exp(-E) / Z` there with respect to its own length, area or volume.
 */
export interface ManifoldComponent {
  /** `[batch, n] -> [batch, codimension]` */
  readonly constraint: Constraint;
  readonly codimension: number;
  /** n - codimension; 0 where the constraints outnumber the dimensions. */
  readonly manifoldDimension: number;
  /** E; `null` is zero, the uniform density. */
  readonly energy: Energy | null;
  /** log of the integral of exp(-E) over the component; -Infinity where it is empty, `null` while unknown. */
  readonly logZ: number | null;
  /** Standard error of `logZ`: 0 where it was given, `null` while unknown. */
  readonly logZError: number | null;
  /** Probability of the component; `null` while it is not known. */
  readonly share: number | null;
  /**
   * log c, where the density is proportional to `c exp(-E)` over all components with one common factor: what the
   * shares are computed from once every `logZ` is known. `null` while it is not known.
   */
  readonly logFactor: number | null;
  /** More constraints than dimensions: generically there is no common zero. */
  readonly overdetermined: boolean;
}

/**
 * An implicit manifold, maybe with a density on it, that can be moved, intersected and united. An immutable value: a
 * union of components, each of which is an intersection of zero sets.
 */
export interface ImplicitManifold {
  /** n */
  readonly ambientDimension: number;
  /** Largest dimension of a component. */
  readonly manifoldDimension: number;
  /**
   * A function whose zero set is all of it, `[batch, n] -> [batch, outputs]`. Where components meet, its Jacobian
   * loses rank; with products of several outputs (unions in codimension above 1) it has lower rank than rows
   * everywhere, so that solvers need the constraints of the components.
   */
  readonly constraint: Constraint;
  /** Numbers that `constraint` gives for a point. */
  readonly outputs: number;
  /** At least one. */
  readonly components: readonly ManifoldComponent[];
}

/** What {@link implicitManifold} needs to know of a zero set: an `AnalyticManifold` and a trained model both have it. */
export interface ZeroSet {
  /** `[batch, n] -> [batch, n - m]` */
  readonly constraint: Constraint;
  /** n */
  readonly ambientDimension: number;
  /** m */
  readonly manifoldDimension: number;
  /** Length, area or volume, if it is known: then the uniform density has a known `logZ`. */
  readonly volume?: number;
}

/** The density of {@link implicitManifold}. */
export interface ManifoldDensity {
  /** E with the density proportional to exp(-E), `[batch, n] -> [batch]`. Default: zero, the uniform density. */
  readonly energy?: Energy | null;
  /** log of the integral of exp(-E), if it is known; else `normalised` estimates it. */
  readonly logZ?: number;
}

/**
 * A zero set as a value for manifold arithmetic (P2 section 4.1): one component with the density exp(-E) / Z.
 *
 * @throws ConfigError `no-codimension` unless 0 <= m < n, `bad-option` for a `logZ` that is not finite
 * @example
 * ```ts
 * import { implicitManifold, intersection, normalised, sampleManifold, sphere, translate } from '@ebim/implicit';
 * import { key } from '@ebim/runtime';
 *
 * const ball = implicitManifold(sphere());
 * const circle = intersection(translate(ball, [-0.5, 0, 0]), translate(ball, [0.5, 0, 0]));
 * const bounds = { lower: -1.6, upper: 1.6 };
 * const { points } = await sampleManifold(circle, { count: 100, bounds, key: key(0) });
 * points.print(); // in the plane x = 0, at distance sqrt(3) / 2 from the origin
 * const { components } = await normalised(circle, { bounds, key: key(1) });
 * console.log(Math.exp(components[0].logZ!)); // its length, about 5.44
 * ```
 */
export function implicitManifold(zeroSet: ZeroSet, density: ManifoldDensity = {}): ImplicitManifold {
  const { constraint, ambientDimension: n, manifoldDimension: m, volume } = zeroSet;
  if (!Number.isInteger(n) || !Number.isInteger(m) || m < 0 || m >= n)
    throw new ConfigError({
      code: 'no-codimension',
      where: 'implicitManifold({ ambientDimension, manifoldDimension })',
      expected: 'whole numbers with 0 <= manifoldDimension < ambientDimension',
      received: `${m} and ${n}`,
    });
  const { energy = null } = density;
  const logZ = density.logZ ?? (energy === null && volume !== undefined ? Math.log(volume) : null);
  if (logZ !== null && !Number.isFinite(logZ))
    throw new ConfigError({
      code: 'bad-option',
      where: 'implicitManifold(zeroSet, { logZ })',
      expected: 'a finite number',
      received: String(logZ),
    });
  const component: ManifoldComponent = {
    constraint,
    codimension: n - m,
    manifoldDimension: m,
    energy,
    logZ,
    logZError: logZ === null ? null : 0,
    share: 1,
    logFactor: 0,
    overdetermined: false,
  };
  return { ambientDimension: n, manifoldDimension: m, constraint, outputs: n - m, components: [component] };
}

/**
 * Checks the operands of a union or an intersection.
 *
 * @throws ConfigError `empty-combination` without operands
 * @throws ShapeError `dimension-mismatch` unless all lie in one space
 */
export function checkOperands(where: string, operands: readonly ImplicitManifold[]): void {
  if (operands.length === 0)
    throw new ConfigError({
      code: 'empty-combination',
      where,
      expected: 'at least one manifold',
      received: 'none',
    });
  const dimensions = operands.map(({ ambientDimension }) => ambientDimension);
  if (dimensions.some((n) => n !== dimensions[0]))
    throw new ShapeError({
      code: 'dimension-mismatch',
      where,
      expected: 'manifolds in one space',
      received: `ambient dimensions ${dimensions.join(', ')}`,
      details: { dimensions },
    });
}
