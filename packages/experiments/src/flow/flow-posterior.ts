import { compile } from '@ebim/compiler';
import { toTensor, type ContextPrior, type Points } from '@ebim/datasets';
import type { DensityMode, FlowModel } from '@ebim/flows';
import { metropolisParameters, type LogPosterior, type ParameterChain } from '@ebim/metrics';
import { foldIn, type Key, type TensorTree } from '@ebim/runtime';
import * as tf from '@tensorflow/tfjs';

/** Log likelihoods of several observed sets, each at a theta of its own: `[sets, p]` to `[sets]`. */
export type SetLikelihoods = (thetas: Float64Array) => Promise<ArrayLike<number>>;

/** Options of {@link flowLikelihoods}. */
export interface FlowLikelihoodsOptions {
  /** `[sets * size, d]`, set by set. */
  readonly observed: Points;
  /** Number of sets. */
  readonly sets: number;
  /** `fixedManifold` where the manifold does not depend on theta: the terms without theta cancel (spec 1.9). */
  readonly mode: DensityMode;
}

/** The log likelihoods of sets of observed points under a model, all in one call. */
export function flowLikelihoods<P extends TensorTree>(
  model: Pick<FlowModel<P>, 'contextSize' | 'logDensity'>,
  params: P,
  { observed, sets, mode }: FlowLikelihoodsOptions,
): { readonly likelihoods: SetLikelihoods; readonly dispose: () => void } {
  const size = observed.rows / sets;
  const { contextSize: p } = model;
  const x = toTensor(observed);
  const total = compile(
    (at: TensorTree, points: tf.Tensor, thetas: tf.Tensor): tf.Tensor =>
      tf.tidy(() => {
        const context = tf.reshape(tf.tile(tf.expandDims(thetas, 1), [1, size, 1]), [sets * size, p]);
        return tf.sum(tf.reshape(model.logDensity(at as P, points, { context, mode }), [sets, size]), 1);
      }),
    { fallback: true },
  );
  return {
    likelihoods: async (thetas) => {
      const result = tf.tidy(() => total(params, x, tf.tensor2d(Float32Array.from(thetas), [sets, p])));
      const values = await result.data();
      result.dispose();
      return values;
    },
    dispose: () => {
      total.dispose();
      x.dispose();
    },
  };
}

/** How the chains of {@link posteriorChains} run. */
export interface PosteriorChainsOptions {
  readonly key: Key;
  readonly prior: ContextPrior;
  /** Where each chain starts, `[sets][p]`. */
  readonly starts: readonly (readonly number[])[];
  readonly samples: number;
  readonly burnIn: number;
  readonly stepSize: number;
}

/**
 * One Metropolis chain for each observed set, all together: at every step the likelihoods of all sets are computed in one
 * call. Each chain is the one that it would be alone. A log likelihood that is no number or +Infinity counts as
 * -Infinity: the proposal is refused.
 */
export function posteriorChains(
  likelihoods: SetLikelihoods,
  { key, prior, starts, ...options }: PosteriorChainsOptions,
): Promise<ParameterChain[]> {
  const posteriors = inStep(likelihoods, prior, starts.length);
  return Promise.all(
    starts.map((start, i) =>
      metropolisParameters(posteriors[i], { key: foldIn(key, i), start, ...options }).finally(
        posteriors[i].end,
      ),
    ),
  );
}

interface SteppedPosterior extends LogPosterior {
  /** This chain asks no more. */
  readonly end: () => void;
}

/**
 * Log posteriors that wait until all chains have asked, or have ended. Chains ask for as many values as each other; one
 * that has ended is no longer waited for.
 */
function inStep(likelihoods: SetLikelihoods, prior: ContextPrior, chains: number): SteppedPosterior[] {
  const p = prior.dimension;
  const thetas = new Float64Array(chains * p);
  const live = new Set(Array.from({ length: chains }, (_, i) => i));
  let waiting = new Map<number, { resolve: (value: number) => void; reject: (reason: unknown) => void }>();
  const ask = async (): Promise<void> => {
    if (waiting.size === 0 || waiting.size < live.size) return;
    const asked = waiting;
    waiting = new Map();
    try {
      const values = await likelihoods(thetas);
      for (const [i, { resolve }] of asked) {
        const before = prior.logDensity(thetas.subarray(i * p, (i + 1) * p));
        resolve(before > -Infinity && values[i] < Infinity ? before + values[i] : -Infinity);
      }
    } catch (error) {
      for (const { reject } of asked.values()) reject(error);
    }
  };
  return Array.from({ length: chains }, (_, i) =>
    Object.assign(
      (theta: Float64Array) =>
        new Promise<number>((resolve, reject) => {
          thetas.set(theta, i * p);
          waiting.set(i, { resolve, reject });
          void ask();
        }),
      {
        end: () => {
          live.delete(i);
          void ask();
        },
      },
    ),
  );
}
