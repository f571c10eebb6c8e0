import * as tf from '@tensorflow/tfjs';

/** Up to this size the inverse is a product of few matrices; larger ones are halved first. */
const BASE = 32;

/**
 * The inverse of one lower triangular matrix `[d, d]` with ones on the diagonal. Few, large products instead of d
 * substitutions; differentiable to any order. Not tidied.
 */
export function unitLowerInverse(lower: tf.Tensor): tf.Tensor {
  const d = lower.shape[0];
  if (d === 1) return tf.ones([1, 1]);
  if (d <= BASE) return nilpotentSeries(tf.sub(tf.eye(d), lower), d);
  // [A 0; B C]⁻¹ = [A⁻¹ 0; -C⁻¹ B A⁻¹  C⁻¹]
  const half = Math.ceil(d / 2);
  const rest = d - half;
  const a = unitLowerInverse(tf.slice(lower, [0, 0], [half, half]));
  const c = unitLowerInverse(tf.slice(lower, [half, half], [rest, rest]));
  const b = tf.slice(lower, [half, 0], [rest, half]);
  const corner = tf.neg(tf.matMul(c, tf.matMul(b, a)));
  return tf.concat([tf.concat([a, tf.zeros([half, rest])], 1), tf.concat([corner, c], 1)], 0);
}

/** `1 + N + N² + … = (1 + N)(1 + N²)(1 + N⁴) …`, which ends because N is strictly triangular. */
function nilpotentSeries(nilpotent: tf.Tensor, d: number): tf.Tensor {
  const one = tf.eye(d);
  let power = nilpotent;
  let product: tf.Tensor = tf.add(one, power);
  for (let reached = 2; reached < d; reached *= 2) {
    power = tf.matMul(power, power);
    product = tf.matMul(product, tf.add(one, power));
  }
  return product;
}
