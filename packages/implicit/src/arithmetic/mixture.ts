import { jacobian } from '@ebim/autodiff';
import { ConfigError } from '@ebim/runtime';
import type { Energy } from '@ebim/samplers';
import * as tf from '@tensorflow/tfjs';
import { firstOrderDistance } from './first-order-distance.js';
import type { ImplicitManifold, ManifoldComponent } from './implicit-manifold.js';

/** What decides to which component a point belongs. */
export type MembershipMeasure = 'norm' | 'distance';

/**
 * The component that each point belongs to: the one with the smallest |F| (spec D25), or, where functions of unequal
 * steepness are combined, the one at the smallest first-order distance |J^+ F|.
 *
 * @param x `[batch, n]`
 * @param measure default `'norm'`
 * @returns int32 `[batch]`, an index of `manifold.components`; the first of equals
 */
export function componentOf(
  manifold: ImplicitManifold,
  x: tf.Tensor,
  measure: MembershipMeasure = 'norm',
): tf.Tensor1D {
  return tf.tidy(() =>
    tf.argMin<tf.Tensor1D>(
      tf.stack(
        manifold.components.map((c) => squaredGap(c, x, measure)),
        1,
      ),
      1,
    ),
  );
}

function squaredGap({ constraint }: ManifoldComponent, x: tf.Tensor, measure: MembershipMeasure): tf.Tensor {
  const value = constraint(x);
  return measure === 'norm'
    ? tf.sum(tf.square(value), 1)
    : tf.square(firstOrderDistance(value, jacobian(constraint)(x)));
}

/**
 * The energy of the density of all components together, one function for samplers, colours and plots: for a point of
 * component i, `E_i - log share_i + log Z_i`; for a single component, E itself. Can be differentiated and compiled.
 *
 * @throws ConfigError `not-normalised` where several components have no known shares and Z yet
 */
export function mixtureEnergy(manifold: ImplicitManifold): Energy {
  const { components } = manifold;
  const [only] = components;
  if (components.length === 1) return (x) => tf.tidy(() => energyOf(only, x));
  const levels = components.map((component) => levelOf('mixtureEnergy(manifold)', component));
  return (x) => tf.tidy(() => choose(components, x, levels));
}

/**
 * log of the density at points of the manifold, with respect to length, area or volume of the component that each
 * belongs to: `log share_i - E_i(x) - log Z_i`. It says nothing of points off the manifold.
 *
 * @param x `[batch, n]`
 * @returns `[batch]`
 * @throws ConfigError `not-normalised` before `normalised` has found what is not known
 */
export function logDensity(manifold: ImplicitManifold, x: tf.Tensor): tf.Tensor1D {
  const { components } = manifold;
  const levels = components.map((component) => levelOf('logDensity(manifold, x)', component));
  return tf.tidy(() => tf.neg(choose(components, x, levels)) as tf.Tensor1D);
}

const energyOf = ({ energy }: ManifoldComponent, x: tf.Tensor): tf.Tensor =>
  energy === null ? tf.zeros([x.shape[0]]) : energy(x);

/** Of every row the energy, plus a level, of the component that it belongs to. */
function choose(
  components: readonly ManifoldComponent[],
  x: tf.Tensor,
  levels: readonly number[],
): tf.Tensor {
  const [first, ...others] = components.map((component, i) => ({
    gap: squaredGap(component, x, 'norm'),
    energy: tf.add(energyOf(component, x), levels[i]),
  }));
  return others.reduce((best, other) => {
    const nearer = tf.less(other.gap, best.gap);
    return {
      gap: tf.minimum(best.gap, other.gap),
      energy: tf.where(nearer, other.energy, best.energy),
    };
  }, first).energy;
}

/** `-log share + log Z`; Infinity for a component without probability. */
function levelOf(where: string, { share, logZ }: ManifoldComponent): number {
  if (share === 0) return Infinity;
  if (share === null || logZ === null)
    throw new ConfigError({
      code: 'not-normalised',
      where,
      expected: 'a manifold whose components have known shares and Z',
      received: share === null ? 'a component without a share' : 'a component without log Z',
      hint: 'Call `await normalised(manifold, { bounds, key })` first.',
    });
  return logZ - Math.log(share);
}
