import type { ConstraintEvaluation } from './constraint.js';
import {
  dot,
  multipliers,
  norm,
  normalSpace,
  stepToManifold,
  tangentPart,
  type NormalSpace,
} from './normal-space.js';

/**
 * How the search for one closest point ended. `converged`: on the manifold, and stationary. `stalled`: on the
 * manifold, but no further progress was possible. `off-manifold`: no point of the manifold was reached (singular
 * Jacobian, or no zero near). `not-finite`: the point or the constraint there is not a number.
 */
export type ClosestPointStatus = 'converged' | 'stalled' | 'off-manifold' | 'not-finite';

/** One closest point. */
export interface ClosestPoint {
  readonly position: Float64Array;
  readonly distance: number;
  /** |F| at `position`. */
  readonly violation: number;
  readonly status: ClosestPointStatus;
  readonly iterations: number;
}

/** Tolerances of {@link searchClosestPoint}. */
export interface ClosestPointTolerances {
  /** Newton step to the manifold that counts as none, relative to 1 + |x|. */
  readonly constraint: number;
  /** Tangential part of x - xi that counts as none, relative to 1 + |x|. */
  readonly stationarity: number;
  readonly maxIterations: number;
  /** Step of the finite differences of the Jacobian, relative to 1 + |x|. */
  readonly difference: number;
}

/** A search asks for evaluations of the constraint and is told them: so many searches can share one batch. */
export type Search<R> = Generator<Float64Array, R, ConstraintEvaluation>;

interface OnManifold {
  readonly x: Float64Array;
  readonly space: NormalSpace;
  readonly violation: number;
}

const scaleOf = (x: Float64Array) => 1 + norm(x);
const allFinite = (values: Float64Array) => values.every(Number.isFinite);
const along = (x: Float64Array, t: number, direction: Float64Array) =>
  x.map((value, d) => value + t * direction[d]);

/** Newton to the manifold, steps halved until |F| falls; null where it does not arrive. */
function* restore(start: Float64Array, tolerances: ClosestPointTolerances): Search<OnManifold | null> {
  let x = start;
  let evaluation = yield x;
  if (!allFinite(evaluation.value)) return null;
  for (let iteration = 0; iteration < 50; iteration++) {
    const violation = norm(evaluation.value);
    const space = normalSpace(evaluation.jacobian, x.length);
    if (violation === 0 && space.conditioning > 0) return { x, space, violation };
    const step = stepToManifold(space, evaluation.value);
    if (!allFinite(step)) return null;
    if (norm(step) <= tolerances.constraint * scaleOf(x)) return { x, space, violation };
    let t = 1;
    let next = evaluation;
    for (; t > 1e-4; t /= 2) {
      next = yield along(x, t, step);
      if (norm(next.value) < violation) break;
    }
    // Where not even a tiny step helps, rounding has the last word; it is small only on the manifold.
    if (t <= 1e-4) {
      return norm(step) <= 1e3 * tolerances.constraint * scaleOf(x) ? { x, space, violation } : null;
    }
    x = along(x, t, step);
    evaluation = next;
  }
  return null;
}

/** W p for the Hessian W = I + sum_i y_i Hess F_i of the Lagrangian, by central differences of J^T y. */
function* curvatureAlong(
  at: OnManifold,
  y: Float64Array,
  p: Float64Array,
  tolerances: ClosestPointTolerances,
): Search<Float64Array> {
  const n = p.length;
  const h = (tolerances.difference * scaleOf(at.x)) / norm(p);
  const ahead = (yield along(at.x, h, p)).jacobian;
  const behind = (yield along(at.x, -h, p)).jacobian;
  const result = Float64Array.from(p);
  for (let i = 0; i < y.length; i++) {
    const factor = y[i] / (2 * h);
    for (let d = 0; d < n; d++) result[d] += factor * (ahead[i * n + d] - behind[i * n + d]);
  }
  return tangentPart(at.space, result);
}

/** Conjugate gradients for W d = b in the tangent space, stopped at the first direction of negative curvature. */
function* tangentNewton(
  at: OnManifold,
  y: Float64Array,
  b: Float64Array,
  tolerances: ClosestPointTolerances,
): Search<{ step: Float64Array; negative: Float64Array | null }> {
  let step: Float64Array = new Float64Array(b.length);
  let r = b;
  let p = b;
  const limit = Math.min(b.length - at.space.codimension, 50);
  for (let iteration = 0; iteration < limit; iteration++) {
    const wp = yield* curvatureAlong(at, y, p, tolerances);
    const curvature = dot(p, wp) / dot(p, p);
    if (!(curvature > 1e-6))
      return { step: iteration === 0 ? b : step, negative: curvature < -1e-6 ? p : null };
    const size = dot(r, r) / dot(p, wp);
    step = along(step, size, p);
    const next = along(r, -size, wp);
    if (norm(next) <= 1e-8 * norm(b)) break;
    p = along(next, dot(next, next) / dot(r, r), p);
    r = next;
  }
  return { step, negative: null };
}

/** A fixed direction without symmetry, to look for descent where the gradient vanishes. */
const genericDirection = (n: number) =>
  Float64Array.from({ length: n }, (_, d) => Math.sin(1 + 2.3 * d) + 0.1);

/**
 * Closest point of {F = 0} to `target`: minimise |x - target|^2 / 2 along the manifold by Newton steps on the
 * Lagrangian (tangential, by conjugate gradients with the curvature of F), each followed by Gauss-Newton back to
 * the manifold and accepted only if the distance falls. A point where the gradient vanishes is left again if the
 * distance has negative curvature there.
 */
export function* searchClosestPoint(
  target: Float64Array,
  start: Float64Array,
  tolerances: ClosestPointTolerances,
): Search<ClosestPoint> {
  const failed = (status: ClosestPointStatus): ClosestPoint => ({
    position: start,
    distance: NaN,
    violation: NaN,
    status,
    iterations: 0,
  });
  const first = yield start;
  if (!allFinite(start) || !allFinite(first.value) || !allFinite(first.jacobian)) return failed('not-finite');
  let at = yield* restore(start, tolerances);
  // A critical point of F (a centre, an axis) has no direction to leave in: start beside it.
  for (let push = 1e-3; at === null && push < 1; push *= 10) {
    const beside = along(start, push * scaleOf(start), genericDirection(start.length));
    at = yield* restore(beside, tolerances);
  }
  if (at === null) return failed('off-manifold');

  let status: ClosestPointStatus = 'stalled';
  let iterations = 0;
  for (; iterations < tolerances.maxIterations; iterations++) {
    const here: OnManifold = at;
    const g = along(here.x, -1, target);
    const distance = norm(g);
    const y = multipliers(here.space, g);
    const slope = tangentPart(here.space, g).map((value) => -value);
    const stationary = norm(slope) <= tolerances.stationarity * scaleOf(here.x);
    let direction: Float64Array;
    if (stationary) {
      const probe = tangentPart(here.space, genericDirection(target.length));
      const { negative } = yield* tangentNewton(here, y, probe, tolerances);
      if (negative === null) {
        status = 'converged';
        break;
      }
      const sign = dot(negative, slope) < 0 ? -1 : 1;
      direction = negative.map((value) => (sign * value * 0.1 * scaleOf(here.x)) / norm(negative));
    } else {
      const newton: { step: Float64Array; negative: Float64Array | null } = yield* tangentNewton(
        here,
        y,
        slope,
        tolerances,
      );
      direction = newton.step;
      const longest = Math.max(distance, norm(slope));
      if (norm(direction) > longest)
        direction = direction.map((value) => (value * longest) / norm(direction));
    }

    let accepted: OnManifold | null = null;
    for (let t = 1; t > 1e-6 && accepted === null; t /= 2) {
      const trial: OnManifold | null = yield* restore(along(here.x, t, direction), tolerances);
      if (trial === null) continue;
      const trialGradient = along(trial.x, -1, target);
      // |trial - target|^2 - |x - target|^2 without cancellation.
      const change = dot(along(trial.x, -1, here.x), along(trialGradient, 1, g));
      if (change < -1e-4 * t * Math.max(0, dot(slope, direction))) accepted = trial;
    }
    if (accepted === null) {
      const nearly = norm(slope) <= 1e3 * tolerances.stationarity * scaleOf(here.x);
      if (stationary || nearly) status = 'converged';
      break;
    }
    at = accepted;
  }
  return {
    position: at.x,
    distance: norm(along(at.x, -1, target)),
    violation: at.violation,
    status,
    iterations,
  };
}
