import { lbfgs } from '@ebim/autodiff';
import type { Points } from '../points.js';
import type { BatchedConstraint } from './constraint.js';
import { norm } from './normal-space.js';
import type { ClosestPoint } from './closest-point.js';

/** Options of {@link penaltyClosestPoints}. */
export interface PenaltyOptions {
  readonly weight: number;
  readonly steps: number;
}

/**
 * Closest points as the reference implementation looks for them: minimise
 * mean_i |x_i - xi_i|^2 + weight * mean_i |F(x_i)|^2 over all points jointly, started at the points, by L-BFGS with
 * strong Wolfe line search.
 */
export async function penaltyClosestPoints(
  constraint: BatchedConstraint,
  points: Points,
  options: PenaltyOptions,
): Promise<ClosestPoint[]> {
  const { rows, columns } = points;
  const { codimension } = constraint;
  const objective = async (x: Float64Array) => {
    const { value, jacobian } = await constraint.evaluate({ data: x, rows, columns });
    const gradient = new Float64Array(x.length);
    let sum = 0;
    for (let k = 0; k < x.length; k++) {
      const difference = x[k] - points.data[k];
      sum += difference * difference;
      gradient[k] = (2 * difference) / rows;
    }
    for (let i = 0; i < value.length; i++) {
      const row = Math.floor(i / codimension);
      sum += options.weight * value[i] * value[i];
      const factor = (2 * options.weight * value[i]) / rows;
      for (let d = 0; d < columns; d++) gradient[row * columns + d] += factor * jacobian[i * columns + d];
    }
    return { value: sum / rows, gradient };
  };

  const { init, step } = lbfgs({ lineSearch: 'strongWolfe' });
  let state = init(points.data);
  for (let i = 0; i < options.steps; i++) {
    state = await step(objective, state);
    if (state.stop === 'gradient' || state.stop === 'change') break;
  }
  const solution = state.x;
  const converged = state.stop === 'gradient' || state.stop === 'change';
  const { value } = await constraint.evaluate({ data: solution, rows, columns });
  return Array.from({ length: rows }, (_, row) => {
    const position = solution.slice(row * columns, (row + 1) * columns);
    const distance = norm(position.map((x, d) => x - points.data[row * columns + d]));
    const violation = norm(value.subarray(row * codimension, (row + 1) * codimension));
    const finite = Number.isFinite(distance) && Number.isFinite(violation);
    const status = !finite ? 'not-finite' : converged ? 'converged' : 'stalled';
    return { position, distance, violation, status, iterations: state.iterations };
  });
}
