import { compile } from '@ebim/compiler';
import { foldIn, randint, split, treeTidy, ConvergenceError, type Key } from '@ebim/runtime';
import { toTensor, type Points } from '@ebim/datasets';
import {
  constrainedHmc,
  constrainedLangevin,
  insideBounds,
  newton,
  projectToManifold,
  runChain,
  type Bounds,
  type ChainState,
  type Kernel,
} from '@ebim/samplers';
import * as tf from '@tensorflow/tfjs';
import type { LearnedDensity } from './models.js';

/** What is sampled: a trained pair, or any F and E. */
export type SampledDensity = Pick<LearnedDensity, 'constraint' | 'energy'>;

/** Options of {@link sampleDensity}. */
export interface SampleDensityOptions {
  readonly count: number;
  readonly key: Key;
  /** Steps of each chain. Default 100. */
  readonly steps?: number;
  /** Standard deviation of a step's noise. */
  readonly noiseScale: number;
  /**
   * Accept-reject of every step, so that chains which start as samples remain samples however steep the energy is: for
   * densities that were not trained with unadjusted chains. Default false.
   */
  readonly adjusted?: boolean;
  readonly bounds: Bounds;
  readonly signal?: AbortSignal;
  /** Share of the work that is done, 0 to 1. */
  readonly onProgress?: (share: number) => void;
}

/** Samples and what tells whether to trust them. */
export interface DensitySamples {
  /** `[count, n]` in the coordinates of the model; fewer when stopped by the signal. */
  readonly points: Points;
  readonly steps: number;
  /** Largest `max |F_i|` over the samples. */
  readonly constraintViolation: number;
  /** Share of the steps whose constraint was solved. */
  readonly converged: number;
  /** Share of the steps that were taken: solved, finite, within the box and, where they are adjusted, accepted. */
  readonly accepted: number;
  /** Mean energy of the chains at their start, after half of the steps, and at their end: equal ends mean a settled chain. */
  readonly energy: { readonly start: number; readonly middle: number; readonly end: number };
}

/** Chains at once. */
const CHUNK = 5000;

/**
 * Samples a learned density exp(-E) on the zero set of F by constrained Langevin dynamics at temperature 1
 * (stepSize = noiseScale^2, no clamp, Newton to tolerance), adjusted or not: one chain a sample, whose last position
 * counts.
 *
 * @param starts points near the manifold, `[any, n]`, ends of the chains of training for instance; drawn from with
 *   replacement and projected
 * @throws ConvergenceError `empty-manifold` when no start can be brought onto the manifold
 */
export async function sampleDensity(
  model: SampledDensity,
  starts: tf.Tensor,
  options: SampleDensityOptions,
): Promise<DensitySamples> {
  const { count, key, steps = 100, bounds, signal, onProgress } = options;
  const kernel = kernelOf(model, options);
  const pool = await startsOnManifold(model, starts, bounds);
  const data = new Float64Array(count * pool.columns);
  const chunks = Math.ceil(count / CHUNK);
  const sums = { converged: 0, accepted: 0, start: 0, middle: 0, end: 0 };
  let violation = 0;
  let done = 0;
  const poolTensor = toTensor(pool);
  try {
    for (let chunk = 0; chunk < chunks && !signal?.aborted; chunk++) {
      const size = Math.min(CHUNK, count - done);
      const [drawKey, chainKey] = split(foldIn(key, chunk));
      const position = tf.tidy(() => tf.gather(poolTensor, randint(drawKey, [size], 0, pool.rows)));
      const run = await runChain(kernel, {
        key: chainKey,
        position,
        steps,
        collectPositions: false,
        collect: { energy: (state) => tf.mean(model.energy(state.position)) },
        ...(signal === undefined ? {} : { signal }),
        onProgress: ({ step }) => onProgress?.((chunk + step / steps) / chunks),
      });
      if (run.status === 'completed') {
        const energies = await run.collected.energy.data();
        data.set(await run.state.position.data(), done * pool.columns);
        done += size;
        violation = Math.max(violation, run.info.constraintViolation.max.at(-1) ?? 0);
        sums.converged += size * mean(run.info.converged.mean);
        sums.accepted += size * mean(run.info.accepted.mean);
        sums.start += size * energies[0];
        sums.middle += size * energies[Math.floor(steps / 2)];
        sums.end += size * energies[steps - 1];
      }
      tf.dispose([position, run.state.position, run.samples, ...Object.values(run.collected)]);
    }
  } finally {
    poolTensor.dispose();
  }
  const { converged, accepted, start, middle, end } = sums;
  return {
    points: { data: data.slice(0, done * pool.columns), rows: done, columns: pool.columns },
    steps,
    constraintViolation: violation,
    converged: converged / done,
    accepted: accepted / done,
    energy: { start: start / done, middle: middle / done, end: end / done },
  };
}

/** What is read of a step, whichever kernel took it. */
type StepInfo = {
  readonly constraintViolation: tf.Tensor;
  readonly converged: tf.Tensor;
  readonly accepted: tf.Tensor;
};

function kernelOf(
  { constraint, energy }: SampledDensity,
  { noiseScale, adjusted = false, bounds }: SampleDensityOptions,
): Kernel<ChainState, StepInfo> {
  if (adjusted) return constrainedHmc({ constraint, energy, leapfrogSize: noiseScale, bounds });
  return constrainedLangevin({
    constraint,
    energy,
    noiseScale,
    stepSize: null,
    gradClamp: null,
    constraintSolver: newton(),
    onFailure: 'keepPrevious',
    bounds,
    outOfBounds: 'reject',
  });
}

const mean = (values: Float32Array): number => values.reduce((a, b) => a + b, 0) / values.length;

async function startsOnManifold(model: SampledDensity, starts: tf.Tensor, bounds: Bounds): Promise<Points> {
  const project = compile(
    (x: tf.Tensor) => {
      const projected = projectToManifold(model.constraint, x);
      const { converged, finite } = projected.status;
      const inside = insideBounds(projected.position, bounds);
      return {
        position: projected.position,
        usable: tf.logicalAnd(tf.logicalAnd(converged, finite), inside),
      };
    },
    { fallback: true },
  );
  const { position, usable } = treeTidy(() => project(starts));
  project.dispose();
  const [flags, values] = await Promise.all([usable.data(), position.data()]);
  tf.dispose([position, usable]);
  const columns = starts.shape[1] as number;
  const rows = Array.from(flags.keys()).filter((i) => flags[i]);
  if (rows.length === 0)
    throw new ConvergenceError({
      code: 'empty-manifold',
      where: 'sampleDensity(model, starts)',
      expected: 'starts that can be brought onto the manifold',
      received: `none of ${flags.length}`,
      hint: 'The manifold was not learned: train longer.',
    });
  const data = new Float64Array(rows.length * columns);
  rows.forEach((from, to) => data.set(values.subarray(from * columns, (from + 1) * columns), to * columns));
  return { data, rows: rows.length, columns };
}
