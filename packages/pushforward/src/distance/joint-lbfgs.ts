import { lbfgs } from '@ebim/autodiff';
import type { Points } from '@ebim/metrics';
import type { ClosestCode, HostDecoder } from './decoder-problem.js';

/** Of the mean squared distance, over one step: what L-BFGS by default takes for no change in one iteration. */
const SMALL_CHANGE = 1e-9;

/**
 * Closest points as the reference code looks for them: minimise `mean_i |f(z_i) - x_i|^2` over all codes jointly by
 * L-BFGS with strong Wolfe line search (spec 1.14).
 */
export async function lbfgsClosestCodes(
  decoder: HostDecoder,
  points: Points,
  codes: Points,
  steps: number,
): Promise<ClosestCode[]> {
  const { rows } = points;
  const { dimension: m, codimension: n } = decoder;
  const objective = async (z: Float64Array) => {
    const { value, jacobian } = await decoder.evaluate({ data: z, rows, columns: m });
    const gradient = new Float64Array(z.length);
    let sum = 0;
    for (let k = 0; k < value.length; k++) {
      const difference = value[k] - points.data[k];
      sum += difference * difference;
      const row = Math.floor(k / n);
      for (let i = 0; i < m; i++) gradient[row * m + i] += (2 * difference * jacobian[k * m + i]) / rows;
    }
    return { value: sum / rows, gradient };
  };
  const { init, step } = lbfgs({ lineSearch: 'strongWolfe' });
  let state = init(codes.data);
  for (let i = 0; i < steps; i++) {
    const before = state.value;
    state = await step(objective, state);
    // The reference goes on after a change that L-BFGS takes for the last; a whole step of such changes ends the search.
    if (state.stop === 'gradient' || before - state.value < SMALL_CHANGE) break;
  }
  const converged = state.stop === 'gradient' || state.stop === 'change' || state.stop === 'slope';
  const { value } = await decoder.evaluate({ data: state.x, rows, columns: m });
  return Array.from({ length: rows }, (_, row) => {
    const position = value.slice(row * n, (row + 1) * n);
    const distance = Math.hypot(...position.map((x, d) => x - points.data[row * n + d]));
    const status = !Number.isFinite(distance) ? 'not-finite' : converged ? 'converged' : 'iterations';
    return { code: state.x.slice(row * m, (row + 1) * m), position, distance, status };
  });
}
