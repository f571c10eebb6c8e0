import * as tf from '@tensorflow/tfjs';
import { ConfigError, ShapeError } from '../errors/ebim-error.js';
import { integerValues, normalValues, permutationValues, uniformValues, type Words } from './generate.js';
import type { Key } from './key.js';
import { installKeyKernels, wordsOfTensor } from './traced-key.js';

/** Range of {@link uniform}. */
export interface UniformOptions {
  /** Smallest value, included. Default 0. */
  readonly min?: number;
  /** Upper bound, excluded. Default 1. */
  readonly max?: number;
}

/*
 * Every draw is one kernel, so that a tracer sees it as an operation of the graph instead of a constant. A traced key
 * is its input, an ordinary one an attribute. Its values come from the host generator: all backends get the same bits.
 */
interface DrawAttributes {
  /** Absent where the key is an input. */
  readonly words?: Words;
  readonly shape: readonly number[];
  readonly min: number;
  readonly max: number;
}

interface DrawKernel {
  readonly name: string;
  readonly dtype: 'float32' | 'int32';
  readonly values: (
    attributes: DrawAttributes & { readonly words: Words },
    count: number,
  ) => Float32Array | Int32Array;
}

const UNIFORM_KERNEL: DrawKernel = {
  name: 'EbimRandomUniform',
  dtype: 'float32',
  values: ({ words, min, max }, count) => uniformValues(words, count, min, max),
};
const NORMAL_KERNEL: DrawKernel = {
  name: 'EbimRandomNormal',
  dtype: 'float32',
  values: ({ words }, count) => normalValues(words, count),
};
const INTEGER_KERNEL: DrawKernel = {
  name: 'EbimRandomInteger',
  dtype: 'int32',
  values: ({ words, min, max }, count) => integerValues(words, count, min, max),
};
const PERMUTATION_KERNEL: DrawKernel = {
  name: 'EbimRandomPermutation',
  dtype: 'int32',
  values: ({ words }, count) => permutationValues(words, count),
};

/**
 * Uniform float32 values in `[min, max)`, from 24 random bits each.
 *
 * @param shape any shape, also `[]` and with zeros
 * @throws {@link ConfigError} `bad-range` unless `min < max`, both finite in float32
 * @throws {@link ShapeError} `bad-shape`
 * @example
 * ```ts
 * import { key, uniform } from '@ebim/runtime';
 *
 * const angles = uniform(key(0), [100], { min: -Math.PI, max: Math.PI });
 * ```
 */
export function uniform(key: Key, shape: readonly number[], options: UniformOptions = {}): tf.Tensor {
  const { min = 0, max = 1 } = options;
  const [from, to] = [Math.fround(min), Math.fround(max)];
  if (!(from < to) || !Number.isFinite(from) || !Number.isFinite(to))
    throw badRange('uniform(key, shape, { min, max })', 'finite min < max in float32', min, max);
  return draw(UNIFORM_KERNEL, 'uniform', key, shape, min, max);
}

/**
 * Standard normal float32 values: the normal quantile (AS 241, float64) of `(word + 1/2) / 2^32`, with one random
 * 32-bit word a value; `|z| <= 6.34`.
 *
 * @param shape any shape, also `[]` and with zeros
 * @throws {@link ShapeError} `bad-shape`
 * @example
 * ```ts
 * import { key, normal, split } from '@ebim/runtime';
 *
 * const [forNoise, forRest] = split(key(0));
 * const noise = normal(forNoise, [32, 2]);
 * ```
 */
export function normal(key: Key, shape: readonly number[]): tf.Tensor {
  return draw(NORMAL_KERNEL, 'normal', key, shape, 0, 0);
}

/**
 * Whole numbers `min` to `max - 1`, int32, each exactly equally likely.
 *
 * @param max excluded
 * @throws {@link ConfigError} `bad-range` unless `min < max`, both whole, within int32
 * @throws {@link ShapeError} `bad-shape`
 */
export function randint(key: Key, shape: readonly number[], min: number, max: number): tf.Tensor {
  const whole = Number.isInteger(min) && Number.isInteger(max);
  if (!whole || min >= max || min < -(2 ** 31) || max > 2 ** 31)
    throw badRange('randint(key, shape, min, max)', 'whole numbers -2^31 <= min < max <= 2^31', min, max);
  return draw(INTEGER_KERNEL, 'randint', key, shape, min, max);
}

/**
 * A random order of `0 … count - 1`, int32 `[count]`, each order equally likely.
 *
 * @throws {@link ShapeError} `bad-shape` unless `count` is a whole number >= 0
 */
export function permutation(key: Key, count: number): tf.Tensor1D {
  return draw(PERMUTATION_KERNEL, 'permutation', key, [count], 0, 0) as tf.Tensor1D;
}

function draw(
  kernel: DrawKernel,
  where: string,
  key: Key,
  shape: readonly number[],
  min: number,
  max: number,
): tf.Tensor {
  checkShape(where, shape);
  ensureKernel(kernel);
  const engine = tf.engine();
  if (key.traced !== undefined)
    return engine.runKernel<tf.Tensor>(kernel.name, { key: key.traced }, { shape: [...shape], min, max });
  const attributes = { words: [...key.words], shape: [...shape], min, max };
  return engine.runKernel<tf.Tensor>(kernel.name, {}, attributes);
}

/** Makes the kernels of draws and of traced keys known to a backend. */
export function installRandomKernels(backendName: string): void {
  for (const kernel of [UNIFORM_KERNEL, NORMAL_KERNEL, INTEGER_KERNEL, PERMUTATION_KERNEL])
    defineKernel(kernel, backendName);
  installKeyKernels(backendName);
}

/** Backends may be registered at any time, so the kernel is added to the active one at its first draw. */
function ensureKernel(kernel: DrawKernel): void {
  // Before the first operation no backend is active yet; asking for it activates the default one.
  tf.backend();
  defineKernel(kernel, tf.getBackend());
}

function defineKernel({ name, dtype, values }: DrawKernel, backendName: string): void {
  if (tf.getKernel(name, backendName)) return;
  tf.registerKernel({
    kernelName: name,
    backendName,
    kernelFunc: ({ inputs, backend, attrs }) => {
      const attributes = attrs as unknown as DrawAttributes;
      const shape = [...attributes.shape];
      const words = attributes.words ?? keyInput(backend as tf.KernelBackend, inputs);
      const data = values({ ...attributes, words }, tf.util.sizeFromShape(shape));
      return { dataId: (backend as tf.KernelBackend).write(data, shape, dtype), shape, dtype };
    },
  });
}

const keyInput = (backend: tf.KernelBackend, inputs: tf.NamedTensorInfoMap): Words => {
  const [k0, k1] = wordsOfTensor(backend, inputs.key as tf.TensorInfo);
  return [k0, k1];
};

function checkShape(where: string, shape: readonly number[]): void {
  const good = Array.isArray(shape) && shape.every((size) => Number.isSafeInteger(size) && size >= 0);
  if (!good)
    throw new ShapeError({
      code: 'bad-shape',
      where,
      expected: 'an array of whole numbers >= 0',
      received: JSON.stringify(shape) ?? String(shape),
    });
}

const badRange = (where: string, expected: string, min: number, max: number): ConfigError =>
  new ConfigError({
    code: 'bad-range',
    where,
    expected,
    received: `min = ${min}, max = ${max}`,
    details: { min, max },
  });
