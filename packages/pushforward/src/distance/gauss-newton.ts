import type { ClosestCode, HostDecoder } from './decoder-problem.js';
import { solveSymmetric } from './solve-symmetric.js';

/** One point and where its search starts. */
export interface ClosestCodeStart {
  /** x, `[n]` */
  readonly target: Float64Array;
  /** `[m]` */
  readonly code: Float64Array;
}

interface SearchState {
  readonly target: Float64Array;
  code: Float64Array;
  /** Half the squared distance at `code`. */
  value: number;
  position: Float64Array;
  /** J^T r and J^T J at `code`. */
  gradient: Float64Array;
  normal: Float64Array;
  damping: number;
  trial: Float64Array;
  status: ClosestCode['status'] | null;
}

/** Largest damping, relative to the diagonal: steps are then below rounding. */
const MOST_DAMPING = 1e12;

/**
 * Minimises `1/2 |f(z) - x|^2` for each point by itself: Gauss-Newton with Levenberg-Marquardt damping, which only ever
 * takes steps downhill. All searches go in lock step, so that the decoder is evaluated once a round.
 */
export async function gaussNewtonClosestCodes(
  decoder: HostDecoder,
  starts: readonly ClosestCodeStart[],
  maxIterations: number,
): Promise<ClosestCode[]> {
  const { dimension: m, codimension: n, epsilon = Number.EPSILON } = decoder;
  const states = starts.map(({ target, code }): SearchState => ({
    target,
    code,
    value: Infinity,
    position: new Float64Array(n).fill(NaN),
    gradient: new Float64Array(m),
    normal: new Float64Array(m * m),
    damping: 1e-3,
    trial: code,
    status: null,
  }));
  let active = states;
  for (let round = 0; round <= maxIterations && active.length > 0; round++) {
    const data = new Float64Array(active.length * m);
    active.forEach(({ trial }, i) => data.set(trial, i * m));
    const { value, jacobian } = await decoder.evaluate({ data, rows: active.length, columns: m });
    active.forEach((state, i) => {
      advance(
        state,
        value.subarray(i * n, (i + 1) * n),
        jacobian.subarray(i * n * m, (i + 1) * n * m),
        epsilon,
      );
    });
    active = active.filter(({ status }) => status === null);
  }
  return states.map(({ code, position, value, status }) => ({
    code,
    position,
    distance: Math.sqrt(2 * value),
    status: status ?? 'iterations',
  }));
}

/** Takes in the value at the trial, then proposes the next or ends the search. */
function advance(state: SearchState, position: Float64Array, J: Float64Array, epsilon: number): void {
  const residual = position.map((x, d) => x - state.target[d]);
  const value = 0.5 * dot(residual, residual);
  const first = state.value === Infinity;
  if (!Number.isFinite(value) && first) {
    state.status = 'not-finite';
    state.value = NaN;
    return;
  }
  if (value < state.value) {
    accept(state, position, residual, J, value);
    if (!first) state.damping = Math.max(state.damping / 10, 1e-12);
    if (isStationary(state, epsilon)) {
      state.status = 'converged';
      return;
    }
  } else {
    state.damping *= 10;
    if (state.damping > MOST_DAMPING) {
      state.status = 'stalled';
      return;
    }
  }
  propose(state);
}

function accept(
  state: SearchState,
  position: Float64Array,
  residual: Float64Array,
  J: Float64Array,
  value: number,
): void {
  const m = state.code.length;
  const { gradient, normal } = state;
  gradient.fill(0);
  normal.fill(0);
  residual.forEach((r, d) => {
    for (let i = 0; i < m; i++) {
      gradient[i] += J[d * m + i] * r;
      for (let j = 0; j < m; j++) normal[i * m + j] += J[d * m + i] * J[d * m + j];
    }
  });
  state.code = state.trial;
  state.value = value;
  state.position = position.slice();
}

/**
 * Whether the residual is orthogonal to the image as far as its length can tell: an angle of the square root of the
 * rounding error changes a distance by less than its rounding.
 */
function isStationary({ gradient, normal, value, position, target }: SearchState, epsilon: number): boolean {
  const distance = Math.sqrt(2 * value);
  const scale = Math.sqrt(Math.max(dot(position, position), dot(target, target), Number.MIN_VALUE));
  if (distance <= 8 * epsilon * scale) return true;
  const m = gradient.length;
  return gradient.every((g, i) => {
    const column = Math.sqrt(normal[i * m + i]);
    return Math.abs(g) <= Math.max(8 * Math.sqrt(epsilon) * distance, 64 * epsilon * scale) * column;
  });
}

function propose(state: SearchState): void {
  const { gradient, normal, code } = state;
  const m = code.length;
  let largest = 0;
  for (let i = 0; i < m; i++) largest = Math.max(largest, normal[i * m + i]);
  const damped = normal.slice();
  for (let i = 0; i < m; i++)
    damped[i * m + i] += state.damping * Math.max(normal[i * m + i], 1e-12 * largest);
  const step = solveSymmetric(damped, gradient);
  if (step === null) {
    state.status = 'stalled';
    return;
  }
  state.trial = code.map((z, i) => z - step[i]);
  // A step that changes nothing: no smaller value can be found from here.
  if (state.trial.every((z, i) => z === code[i])) state.status = 'stalled';
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
