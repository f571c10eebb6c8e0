import { foldIn, key as keyOf, normalArray, split, uniformArray, type Key } from '@ebim/runtime';
import { pointsOf, type Points } from '../points/points.js';
import { requireCount, requireOption, requirePositive } from '../synthetic/distribution.js';
import type { Simulator } from './simulator.js';

/** Options of {@link lorenzAttractor}. */
export interface LorenzOptions {
  /** Trajectories, whose starts are `(1, 1, 1) + 0.1 N(0, 1)`. Default 100. */
  readonly trajectories?: number;
  /** Time at which trajectories end. Default 1000. */
  readonly duration?: number;
  /** Time before which no point is taken. Default 50. */
  readonly warmUp?: number;
  /** Time step of the integrator. Default 0.01. */
  readonly step?: number;
  /** Key of the starts, which belong to the data set and not to a draw. Default `key(711)`. */
  readonly startKey?: Key;
  /** Subtract the mean and divide by the standard deviation that the paper uses. Default true. */
  readonly normalise?: boolean;
}

/** The data set of {@link lorenzAttractor}. */
export interface LorenzAttractor extends Simulator {
  /** `count` points of each trajectory from the end of the warm-up on, `spacing` apart in time: a table a trajectory. */
  trajectories(count: number, spacing: number): Points[];
}

const SIGMA = 10;
const BETA = 8 / 3;
const RHO = 28;
const MEAN = [-0.68170659, -0.55421554, 23.71924285] as const;
const DEVIATION = [7.98203267, 9.0880048, 8.31979251] as const;

/**
 * Points of the Lorenz attractor (sigma = 10, beta = 8 / 3, rho = 28; M-flow paper, Fig 5): a random trajectory at a
 * random time between `warmUp` and `duration`. Integrated by the classical Runge-Kutta method of order 4 in float64,
 * with a last shorter step to the wanted time; the authors used an adaptive method of order 5, so that trajectories
 * differ after some tens of time units, as they must, and their distribution does not. Points out of distribution have
 * noise N(0, 0.1^2) in each coordinate.
 *
 * @throws ConfigError `bad-option`
 * @example
 * ```ts
 * import { key } from '@ebim/runtime';
 * import { lorenzAttractor } from '@ebim/datasets';
 * const lorenz = lorenzAttractor({ trajectories: 5, duration: 100 });
 * console.log(lorenz.sample(key(0), 1000).rows);
 * ```
 */
export function lorenzAttractor(options: LorenzOptions = {}): LorenzAttractor {
  const name = 'lorenz-attractor';
  const {
    trajectories = 100,
    duration = 1000,
    warmUp = 50,
    step = 0.01,
    startKey = keyOf(711),
    normalise = true,
  } = options;
  const whole = Number.isSafeInteger(trajectories) && trajectories >= 1;
  requireOption(whole, `${name}({ trajectories })`, 'a whole number >= 1', trajectories);
  requirePositive(`${name}({ step })`, step);
  // Beyond that the method is unstable on this system.
  requireOption(step <= 0.05, `${name}({ step })`, 'at most 0.05', step);
  requireOption(warmUp >= 0, `${name}({ warmUp })`, 'a time >= 0', warmUp);
  requireOption(
    duration > warmUp && duration < Infinity,
    `${name}({ duration })`,
    `a time above ${warmUp}`,
    duration,
  );
  const starts = normalArray(startKey, 3 * trajectories).map((value) => 1 + 0.1 * value);
  const finish = (state: Float64Array, out: Float64Array, at: number): void => {
    for (let d = 0; d < 3; d++) out[at + d] = normalise ? (state[d] - MEAN[d]) / DEVIATION[d] : state[d];
  };
  const sample = (key: Key, count: number): Points => {
    requireCount('sample(key, count)', count);
    const [whichKey, whenKey] = split(key);
    const which = uniformArray(whichKey, count).map((u) => Math.floor(u * trajectories));
    const when = uniformArray(whenKey, count).map((u) => warmUp + u * (duration - warmUp));
    const wanted = Array.from({ length: trajectories }, (): number[] => []);
    which.forEach((trajectory, i) => wanted[trajectory].push(i));
    const data = new Float64Array(3 * count);
    wanted.forEach((rows, trajectory) => {
      rows.sort((a, b) => when[a] - when[b]);
      const times = Float64Array.from(rows, (i) => when[i]);
      visit(starts.slice(3 * trajectory, 3 * trajectory + 3), times, step, (k, state) =>
        finish(state, data, 3 * rows[k]),
      );
    });
    return pointsOf(data, 3);
  };
  return {
    name,
    ambientDimension: 3,
    manifoldDimension: 2,
    prior: null,
    sample,
    sampleOutOfDistribution: (key, count) => {
      const noise = normalArray(foldIn(key, 1), 3 * count);
      return pointsOf(
        sample(foldIn(key, 0), count).data.map((x, i) => x + 0.1 * noise[i]),
        3,
      );
    },
    trajectories: (count, spacing) => {
      requireCount('trajectories(count, spacing)', count);
      requirePositive('trajectories(count, spacing)', spacing);
      const times = Float64Array.from({ length: count }, (_, i) => warmUp + i * spacing);
      return Array.from({ length: trajectories }, (_, trajectory) => {
        const data = new Float64Array(3 * count);
        visit(starts.slice(3 * trajectory, 3 * trajectory + 3), times, step, (k, state) =>
          finish(state, data, 3 * k),
        );
        return pointsOf(data, 3);
      });
    },
  };
}

/** Calls back with the state at each of the rising times, starting from `start` at time 0. */
function visit(
  start: Float64Array,
  times: Float64Array,
  step: number,
  arrive: (k: number, state: Float64Array) => void,
): void {
  const state = Float64Array.from(start);
  const at = new Float64Array(3);
  let steps = 0;
  times.forEach((time, k) => {
    // Whole steps from time 0 on, counted, so that what is asked for does not change the trajectory.
    for (; (steps + 1) * step <= time; steps++) rungeKutta(state, step);
    at.set(state);
    rungeKutta(at, time - steps * step);
    arrive(k, at);
  });
}

/** One step of the classical method of order 4, in place. */
export function rungeKutta(state: Float64Array, h: number): void {
  const [x, y, z] = state;
  const a0 = SIGMA * (y - x);
  const a1 = x * (RHO - z) - y;
  const a2 = x * y - BETA * z;
  let [u, v, w] = [x + (h / 2) * a0, y + (h / 2) * a1, z + (h / 2) * a2];
  const b0 = SIGMA * (v - u);
  const b1 = u * (RHO - w) - v;
  const b2 = u * v - BETA * w;
  [u, v, w] = [x + (h / 2) * b0, y + (h / 2) * b1, z + (h / 2) * b2];
  const c0 = SIGMA * (v - u);
  const c1 = u * (RHO - w) - v;
  const c2 = u * v - BETA * w;
  [u, v, w] = [x + h * c0, y + h * c1, z + h * c2];
  state[0] = x + (h / 6) * (a0 + 2 * b0 + 2 * c0 + SIGMA * (v - u));
  state[1] = y + (h / 6) * (a1 + 2 * b1 + 2 * c1 + u * (RHO - w) - v);
  state[2] = z + (h / 6) * (a2 + 2 * b2 + 2 * c2 + u * v - BETA * w);
}
