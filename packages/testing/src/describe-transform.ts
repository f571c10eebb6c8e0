import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectNoLeak, installLeakGuard } from './leak-guard.js';
import { logVolume } from './log-volume.js';
import { entriesOf, signatureOf, valuesOf, type Tree } from './trees.js';

/** The part of a transform that the suite needs (`Transform` of `@ebim/flows`). */
export interface TransformUnderTest<K, P> {
  readonly inputShape: readonly number[];
  readonly outputShape: readonly number[];
  readonly contextSize: number;
  readonly untrained: readonly string[];
  init(key: K): P;
  forward(params: P, x: tf.Tensor, context?: tf.Tensor): { y: tf.Tensor; logDetJacobian: tf.Tensor };
  inverse(params: P, y: tf.Tensor, context?: tf.Tensor): { x: tf.Tensor; logDetJacobian: tf.Tensor };
  forwardTangents(
    params: P,
    x: tf.Tensor,
    tangents: tf.Tensor,
    context?: tf.Tensor,
  ): { y: tf.Tensor; tangents: tf.Tensor };
  inverseTangents(
    params: P,
    y: tf.Tensor,
    tangents: tf.Tensor,
    context?: tf.Tensor,
  ): { x: tf.Tensor; tangents: tf.Tensor };
}

/** Where a transform is differentiated: its trained parameters by path, and its argument. */
export type TransformPoint = {
  readonly trained: { readonly [path: string]: tf.Tensor };
  readonly x: tf.Tensor;
};

/** Options of {@link describeTransform}. */
export interface DescribeTransformOptions<K, P> {
  readonly transform: TransformUnderTest<K, P>;
  /** The key of a seed. */
  readonly key: (seed: number) => K;
  /** The function that gives the Jacobian `[batch, k, n]` of every row of a batched function. */
  readonly jacobian: (f: (x: tf.Tensor) => tf.Tensor) => (x: tf.Tensor) => tf.Tensor;
  /**
   * Throws (or rejects) if the derivatives of `f` at `x` up to second order are wrong, e.g.
   * `(f, x) => assertDerivatives(f, x, { order: 2 })`. Absent: not checked.
   */
  readonly checkDerivatives?: (f: (at: TransformPoint) => tf.Tensor, x: TransformPoint) => unknown;
  /** Arguments `[batch, ...inputShape]` to test at. Default: numbers between -2 and 2. */
  readonly sample?: (batch: number) => tf.Tensor;
  /** Added to the trained parameters, times numbers between -1 and 1: an identity tests nothing. Default 0.2. */
  readonly perturbation?: number;
  /** Allowed error of a round trip, relative to 1 + |x|. Default 1e-5. */
  readonly tolerance?: number;
  /** Allowed difference of log determinants, relative to 1 + |log det|. Default 1e-4. */
  readonly logDetTolerance?: number;
}

/**
 * What every transform promises: that `inverse` undoes `forward`, log determinants that are those of its Jacobian,
 * tangents that are products with it, for any batch size; rows that do not see each other; derivatives to second
 * order; parameters that depend on the key alone; typed errors for wrong shapes and contexts; no leaked tensors.
 */
export function describeTransform<K, P extends Tree>(
  name: string,
  options: DescribeTransformOptions<K, P>,
): void {
  const { transform, key, jacobian, checkDerivatives } = options;
  const { perturbation = 0.2, tolerance = 1e-5, logDetTolerance = 1e-4 } = options;
  const { inputShape, outputShape, contextSize, untrained } = transform;
  const [inputs, outputs] = [sizeOf(inputShape), sizeOf(outputShape)];
  const sample = options.sample ?? ((batch: number) => wave([batch, ...inputShape], 1.7, 2));

  describe(name, () => {
    let params: P;
    beforeAll(() => {
      const fresh = transform.init(key(1));
      params = mapLeaves(fresh, (leaf, path) =>
        untrained.includes(path)
          ? leaf.clone()
          : tf.tidy(() => tf.add(leaf, wave(leaf.shape, 2.3, perturbation))),
      );
      tf.dispose(fresh as tf.TensorContainer);
      return () => tf.dispose(params as tf.TensorContainer);
    });
    installLeakGuard();

    const contextOf = (batch: number): tf.Tensor | undefined =>
      contextSize === 0 ? undefined : wave([batch, contextSize], 0.9, 1);
    const forward = (x: tf.Tensor): { y: tf.Tensor; logDetJacobian: tf.Tensor } =>
      transform.forward(params, x, contextOf(x.shape[0]));
    const inverse = (y: tf.Tensor): { x: tf.Tensor; logDetJacobian: tf.Tensor } =>
      transform.inverse(params, y, contextOf(y.shape[0]));
    /** Runs a test and disposes all that it makes. */
    const clean = async (test: () => Promise<unknown>): Promise<void> => {
      tf.engine().startScope();
      try {
        await test();
      } finally {
        tf.engine().endScope();
      }
    };

    it.each([0, 1, 2, 7])('is undone by its inverse, for a batch of %i', (batch) =>
      clean(async () => {
        const x = sample(batch);
        const there = forward(x);
        const back = inverse(there.y);
        expect(there.y.shape).toEqual([batch, ...outputShape]);
        expect(there.logDetJacobian.shape).toEqual([batch]);
        expect(back.x.shape).toEqual([batch, ...inputShape]);
        expect(back.logDetJacobian.shape).toEqual([batch]);
        await expectClose(back.x, x, tolerance);
        await expectClose(tf.neg(back.logDetJacobian), there.logDetJacobian, logDetTolerance);
      }),
    );

    it('has the log determinant of its Jacobian, in both directions', () =>
      clean(async () => {
        const x = sample(3);
        const there = forward(x);
        const J = jacobian((at) => forward(at).y)(x);
        await expectClose(there.logDetJacobian, tf.tensor1d(await logVolume(J)), logDetTolerance);
        if (inputs !== outputs) return;
        const back = inverse(there.y);
        const K = jacobian((at) => inverse(at).x)(there.y);
        await expectClose(back.logDetJacobian, tf.tensor1d(await logVolume(K)), logDetTolerance);
      }));

    it.each([0, 1, 2, inputs + 1])('pushes %i tangents through', (n) =>
      clean(async () => {
        const x = sample(2);
        const y = forward(x).y;
        const [into, outOf] = [wave([2, n, ...inputShape], 1.1, 1), wave([2, n, ...outputShape], 1.3, 1)];
        const context = contextOf(2);
        const pushed = transform.forwardTangents(params, x, into, context);
        const pulled = transform.inverseTangents(params, y, outOf, context);
        await expectClose(pushed.y, y, tolerance);
        await expectClose(pulled.x, x, tolerance);
        expect(pushed.tangents.shape).toEqual([2, n, ...outputShape]);
        expect(pulled.tangents.shape).toEqual([2, n, ...inputShape]);
        if (n === 0) return;
        const J = jacobian((at) => forward(at).y)(x);
        const K = jacobian((at) => inverse(at).x)(y);
        const times = (t: tf.Tensor, matrix: tf.Tensor, size: number): tf.Tensor =>
          tf.matMul(tf.reshape(t, [2, n, size]), matrix, false, true);
        await expectClose(
          tf.reshape(pushed.tangents, [2, n, outputs]),
          times(into, J, inputs),
          logDetTolerance,
        );
        await expectClose(
          tf.reshape(pulled.tangents, [2, n, inputs]),
          times(outOf, K, outputs),
          logDetTolerance,
        );
      }),
    );

    it('gives a row the same result alone as in a batch', () =>
      clean(async () => {
        const x = sample(4);
        const context = contextOf(4);
        const whole = transform.forward(params, x, context);
        for (let i = 0; i < 4; i++) {
          const row = tf.slice(x, i, 1);
          const alone = transform.forward(params, row, context && tf.slice(context, i, 1));
          await expectClose(alone.y, tf.slice(whole.y, i, 1), tolerance);
          await expectClose(alone.logDetJacobian, tf.slice(whole.logDetJacobian, i, 1), logDetTolerance);
        }
      }));

    it('initialises from the key alone, and names only parameters as untrained', async () => {
      const [first, again, other] = [1, 1, 2].map((seed) => transform.init(key(seed)));
      expect(signatureOf(other)).toEqual(signatureOf(first));
      expect(await valuesOf(again)).toEqual(await valuesOf(first));
      const paths = entriesOf(first).map(([path]) => path);
      expect(paths).toEqual(expect.arrayContaining([...untrained]));
      tf.dispose([first, again, other] as tf.TensorContainer);
    });

    it('refuses points of another shape and a context that does not fit', () =>
      clean(async () => {
        const shape = [...inputShape];
        shape[shape.length - 1] += 1;
        const coded = (code: string): unknown => expect.objectContaining({ code }) as unknown;
        expect(() => forward(tf.zeros([2, ...shape]))).toThrow(coded('bad-input-shape'));
        expect(() => forward(tf.zeros(inputShape.length === 0 ? [] : [...inputShape]))).toThrow(
          coded('bad-input-shape'),
        );
        const x = sample(2);
        expect(() => transform.forward(params, x, tf.zeros([2, contextSize + 1]))).toThrow(
          coded('bad-context'),
        );
        if (contextSize > 0) expect(() => transform.forward(params, x)).toThrow(coded('bad-context'));
        await Promise.resolve();
      }));

    it('leaks nothing and disposes no input', () =>
      clean(async () => {
        const x = sample(3);
        const context = contextOf(3);
        const { y } = transform.forward(params, x, context);
        const [into, outOf] = [tf.ones([3, 2, ...inputShape]), tf.ones([3, 2, ...outputShape])];
        expectNoLeak(() => transform.init(key(3)));
        expectNoLeak(() => transform.forward(params, x, context));
        expectNoLeak(() => transform.inverse(params, y, context));
        expectNoLeak(() => transform.forwardTangents(params, x, into, context));
        expectNoLeak(() => transform.inverseTangents(params, y, outOf, context));
        await Promise.resolve();
      }));

    if (!checkDerivatives) return;

    it.each(['forward', 'inverse'] as const)('has the right derivatives to second order: %s', (direction) =>
      clean(async () => {
        const start = sample(2);
        const x = direction === 'forward' ? start : forward(start).y;
        const trained = Object.fromEntries(
          entriesOf(params).filter(([path, leaf]) => !untrained.includes(path) && leaf.size > 0),
        );
        const context = contextOf(2);
        // Values and log determinants side by side, so that both are checked.
        const f = (at: TransformPoint): tf.Tensor => {
          const tree = mapLeaves(params, (leaf, path) => at.trained[path] ?? leaf);
          if (direction === 'forward') {
            const { y, logDetJacobian } = transform.forward(tree, at.x, context);
            return tf.concat([tf.reshape(y, [2 * outputs]), logDetJacobian], 0);
          }
          const { x: z, logDetJacobian } = transform.inverse(tree, at.x, context);
          return tf.concat([tf.reshape(z, [2 * inputs]), logDetJacobian], 0);
        };
        await checkDerivatives(f, { trained, x });
      }),
    );
  });
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);

/** Numbers between -amplitude and amplitude, without a pattern that a test could hide in. */
function wave(shape: readonly number[], frequency: number, amplitude: number): tf.Tensor {
  const values = Array.from({ length: sizeOf(shape) }, (_, i) => amplitude * Math.sin(frequency * i + 0.4));
  return tf.tensor(values, [...shape], 'float32');
}

function mapLeaves<T extends Tree>(tree: T, f: (leaf: tf.Tensor, path: string) => tf.Tensor): T {
  const walk = (node: Tree, path: string): Tree => {
    if (node instanceof tf.Tensor) return f(node, path);
    const below = (name: string): string => (path === '' ? name : `${path}/${name}`);
    if (Array.isArray(node)) return node.map((child: Tree, i) => walk(child, below(`${i}`)));
    const record = node as { readonly [name: string]: Tree };
    return Object.fromEntries(
      Object.entries(record).map(([name, child]) => [name, walk(child, below(name))]),
    );
  };
  return walk(tree, '') as T;
}

/** Every element within `tolerance` of 1 + |expected|; says where it is not. */
async function expectClose(actual: tf.Tensor, expected: tf.Tensor, tolerance: number): Promise<void> {
  expect(actual.shape).toEqual(expected.shape);
  const [a, b] = [await actual.data(), await expected.data()];
  for (let i = 0; i < a.length; i++)
    if (!(Math.abs(a[i] - b[i]) <= tolerance * (1 + Math.abs(b[i]))))
      expect.fail(`element ${i}: ${a[i]} instead of ${b[i]}, tolerance ${tolerance}`);
}
