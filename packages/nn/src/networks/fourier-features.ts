import * as tf from '@tensorflow/tfjs';
import {
  ConfigError,
  normalArray,
  ShapeError,
  split,
  uniformArray,
  type Key,
  type TensorTree,
} from '@ebim/runtime';
import type { Network } from '../network.js';

/** Options of {@link fourierFeatures}. */
export interface FourierFeaturesOptions {
  /** Size of one input. */
  readonly inputSize: number;
  /**
   * Standard deviations of the random frequencies, radians for a unit of length: features of scale s vary over distances
   * of about 1 / s. Several scales make a network that is smooth where data are few and sharp where they are dense.
   */
  readonly scales: readonly number[];
  /** Random frequencies of each scale. Default 32. */
  readonly count?: number;
  /**
   * Amplitude of the waves of scale s is `s^-decay`, times that of scale 1. Default 0: all alike. Larger values make
   * fine structure slower to learn, i.e. a prior for smooth functions.
   */
  readonly decay?: number;
  /** Passes the input itself on beside the waves. Default true. */
  readonly includeInput?: boolean;
  /** The frequencies and phases are drawn from it. They are no parameters: the same key makes the same features. */
  readonly key: Key;
}

/** How many numbers {@link fourierFeatures} makes of one input: the input size of the network behind it. */
export function fourierFeatureCount(options: Omit<FourierFeaturesOptions, 'key'>): number {
  const { inputSize, scales, count = 32, includeInput = true } = options;
  return scales.length * count + (includeInput ? inputSize : 0);
}

/**
 * A network that sees random waves `sqrt(2) cos(w x + b)` of its input (random Fourier features: Rahimi & Recht 2007;
 * before a multi-layer perceptron: Tancik et al. 2020), `w ~ N(0, scale^2)`, `b` uniform. A perceptron on coordinates
 * learns slowly varying functions first and sharp peaks late or never; on such features it learns both.
 *
 * Frequencies are fixed: only the parameters of the inner network are learned.
 *
 * @param makeNetwork the inner network, for that many inputs
 * @throws ConfigError `bad-size`, `bad-option`; ShapeError `bad-input-shape`
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { key } from '@ebim/runtime';
 * import { fourierFeatures, mlp } from '@ebim/nn';
 *
 * const network = fourierFeatures(
 *   { inputSize: 3, scales: [1, 4, 16], count: 32, key: key(1) },
 *   (inputSize) => mlp({ inputSize, outputSize: 1, hidden: [64] }),
 * );
 * const y = network.apply(network.init(key(0)), tf.zeros([5, 3])); // [5, 1]
 * ```
 */
export function fourierFeatures<P extends TensorTree>(
  options: FourierFeaturesOptions,
  makeNetwork: (inputSize: number) => Network<P>,
): Network<P> {
  const { inputSize, scales, count = 32, decay = 0, includeInput = true, key } = options;
  check('inputSize', inputSize, Number.isInteger(inputSize) && inputSize > 0, 'a whole number of at least 1');
  check('count', count, Number.isInteger(count) && count > 0, 'a whole number of at least 1');
  check('decay', decay, Number.isFinite(decay), 'a finite number');
  check('scales', scales.length, scales.length > 0, 'at least one scale');
  for (const scale of scales) check('scales', scale, scale > 0 && scale < Infinity, 'positive numbers');

  const waves = scales.length * count;
  const [frequencyKey, phaseKey] = split(key);
  const scaleOf = (wave: number): number => scales[Math.floor(wave / count)];
  const frequencies = Float32Array.from(
    normalArray(frequencyKey, inputSize * waves),
    (z, i) => z * scaleOf(i % waves),
  );
  const phases = Float32Array.from(uniformArray(phaseKey, waves), (u) => 2 * Math.PI * u);
  const amplitudes = Float32Array.from({ length: waves }, (_, i) => Math.SQRT2 * scaleOf(i) ** -decay);

  const inner = makeNetwork(fourierFeatureCount(options));
  const features = (x: tf.Tensor): tf.Tensor => {
    const angles = tf.add(tf.matMul(x, tf.tensor2d(frequencies, [inputSize, waves])), tf.tensor1d(phases));
    const values = tf.mul(tf.cos(angles), tf.tensor1d(amplitudes));
    return includeInput ? tf.concat([x, values], 1) : values;
  };
  return {
    inputShape: [inputSize],
    outputShape: inner.outputShape,
    init: (initKey) => inner.init(initKey),
    apply: (params, x) => {
      if (x.rank !== 2 || x.shape[1] !== inputSize)
        throw new ShapeError({
          code: 'bad-input-shape',
          where: 'fourierFeatures.apply(params, x)',
          expected: `x of shape [batch, ${inputSize}]`,
          received: `[${x.shape}]`,
          hint: 'Add a batch axis to a single point: tf.expandDims(x, 0).',
        });
      return tf.tidy(() => inner.apply(params, features(x)));
    },
  };
}

function check(name: string, value: number, good: boolean, expected: string): void {
  if (good) return;
  throw new ConfigError({
    code: name === 'inputSize' || name === 'count' ? 'bad-size' : 'bad-option',
    where: `fourierFeatures({ ${name} })`,
    expected,
    received: String(value),
  });
}
