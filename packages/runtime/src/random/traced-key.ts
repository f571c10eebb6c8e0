import * as tf from '@tensorflow/tfjs';
import { ConfigError } from '../errors/ebim-error.js';
import { FOLD, SPLIT } from './counters.js';
import type { Key, KeySequence } from './key.js';
import { threefry2x32, threefryWords } from './threefry.js';

/*
 * A key that is a tensor. Inside a function that is being compiled the key of a later call is not known: there it is
 * an int32 tensor of its two words, and what is done with it are operations of the graph. Results are bit-equal to
 * those of ordinary keys.
 */

/** Name of the kernel that splits a key: int32 `[2]` to `[count, 2]`. */
export const KEY_SPLIT = 'EbimKeySplit';
/** Name of the kernel that folds a number into a key: int32 `[2]` and the lower word of the number to `[2]`. */
export const KEY_FOLD = 'EbimKeyFold';

/** The key whose two words are an int32 tensor `[2]`; the tensor stays the caller's. */
export const tracedKey = (words: tf.Tensor): Key => withoutWords({ kind: 'key', traced: words }) as Key;

/** The keys whose words are the rows of an int32 tensor `[length, 2]`; the tensor stays the caller's. */
export const tracedKeys = (words: tf.Tensor): KeySequence =>
  withoutWords({ kind: 'keys', length: words.shape[0], traced: words }) as KeySequence;

/** The words of a key as int32 values `[2]`, or of a sequence as `[2 * length]`: what {@link tracedKey} takes. */
export const keyValues = ({ words }: Key | KeySequence): Int32Array => Int32Array.from(words, (w) => w | 0);

/** The key of two int32 values: the inverse of {@link keyValues}. */
export const keyOfValues = ([first, second]: ArrayLike<number> & Iterable<number>): Key => ({
  kind: 'key',
  words: [first >>> 0, second >>> 0],
});

/** True for a key. */
export const isKey = (x: unknown): x is Key => hasKind(x, 'key');
/** True for a sequence of keys. */
export const isKeySequence = (x: unknown): x is KeySequence => hasKind(x, 'keys');

const hasKind = (x: unknown, kind: string): boolean =>
  typeof x === 'object' &&
  x !== null &&
  !(x instanceof tf.Tensor) &&
  (x as { kind?: unknown }).kind === kind &&
  ('words' in x || 'traced' in x);

/** Not enumerable, as `tf.tidy` walks through everything that is. */
const withoutWords = (key: object): object =>
  Object.defineProperty(key, 'words', {
    get: () => {
      throw new ConfigError({
        code: 'traced-key',
        where: 'key',
        expected: 'a key whose value is known',
        received: 'the key of a function that is being compiled',
        hint: 'Draw arrays on the host (uniformArray, normalArray, permutationArray) outside of compiled functions.',
      });
    },
  });

/** `split` of a traced key, as the rows of one tensor `[count, 2]`. */
export const splitTraced = (key: tf.Tensor, count: number): tf.Tensor =>
  runKeyKernel(KEY_SPLIT, { key }, { count });

/** `foldIn` of a traced key; `high` and `low` are the words of the number. */
export const foldTraced = (key: tf.Tensor, high: number, low: number): tf.Tensor =>
  runKeyKernel(KEY_FOLD, { key, data: tf.scalar(low | 0, 'int32') }, { high });

/** Traced keys as the rows of one tensor. */
export const stackKeys = (keys: readonly Key[]): tf.Tensor =>
  keys.length === 0
    ? tf.zeros([0, 2], 'int32')
    : tf.stack(keys.flatMap(({ traced }) => (traced === undefined ? [] : [traced])));

/** Row `i` of a tensor of keys. */
export const rowOfKeys = (keys: tf.Tensor, i: number): tf.Tensor =>
  tf.reshape(tf.slice(keys, [i, 0], [1, 2]), [2]);

function runKeyKernel(
  name: string,
  inputs: Record<string, tf.Tensor>,
  attributes: tf.NamedAttrMap,
): tf.Tensor {
  tf.backend();
  installKeyKernels(tf.getBackend());
  return tf.engine().runKernel<tf.Tensor>(name, inputs, attributes);
}

/** Makes the kernels of traced keys known to a backend. */
export function installKeyKernels(backendName: string): void {
  define(KEY_SPLIT, backendName, ([[k0, k1]], { count }) => {
    const words = new Uint32Array(2 * (count as number));
    threefryWords(k0, k1, SPLIT, 0, words);
    return { words, shape: [count as number, 2] };
  });
  define(KEY_FOLD, backendName, ([[k0, k1], [low]], { high }) => {
    const words = new Uint32Array(2);
    threefry2x32(k0, k1, FOLD | (high as number), low, words, 0);
    return { words, shape: [2] };
  });
}

type KeyKernel = (
  inputs: Uint32Array[],
  attributes: tf.NamedAttrMap,
) => { words: Uint32Array<ArrayBuffer>; shape: number[] };

function define(kernelName: string, backendName: string, compute: KeyKernel): void {
  if (tf.getKernel(kernelName, backendName)) return;
  tf.registerKernel({
    kernelName,
    backendName,
    kernelFunc: ({ inputs, attrs, backend }) => {
      const { key, data } = inputs as { key: tf.TensorInfo; data?: tf.TensorInfo };
      const given = [key, ...(data === undefined ? [] : [data])];
      const { words, shape } = compute(
        given.map((t) => wordsOfTensor(backend as tf.KernelBackend, t)),
        attrs ?? {},
      );
      const values = new Int32Array(words.buffer);
      return { dataId: (backend as tf.KernelBackend).write(values, shape, 'int32'), shape, dtype: 'int32' };
    },
  });
}

/** The values of an int32 tensor as unsigned words, on a backend that reads at once. */
export const wordsOfTensor = (backend: tf.KernelBackend, { dataId }: tf.TensorInfo): Uint32Array =>
  Uint32Array.from(backend.readSync(dataId) as Int32Array);
