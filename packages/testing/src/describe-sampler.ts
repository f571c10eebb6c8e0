import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { expectNoLeak, installLeakGuard } from './leak-guard.js';
import { signatureOf, valuesOf, type Tree } from './trees.js';

/** The part of a kernel that the suite needs (`Kernel` of `@ebim/samplers`). */
export interface KernelUnderTest<K, S, I> {
  init(position: tf.Tensor): S;
  step(key: K, state: S): [S, I];
  finish?(state: S): S;
}

/** Options of {@link describeSampler}. */
export interface DescribeSamplerOptions<K, S, I> {
  /** Called once a test. */
  readonly kernel: () => KernelUnderTest<K, S, I>;
  /** Valid starts `[B, ...]`, at least two; the suite disposes them. */
  readonly position: () => tf.Tensor;
  /** The key of a seed. */
  readonly key: (seed: number) => K;
}

/**
 * What every kernel promises: `init` copies its position; `step` is a function of key and state alone, keeps the
 * structure of the state, moves, reports a finite flag for every chain, disposes no input and leaks nothing.
 */
export function describeSampler<K, S extends Tree & { readonly position: tf.Tensor }, I extends Tree>(
  name: string,
  options: DescribeSamplerOptions<K, S, I>,
): void {
  const { kernel: makeKernel, position: makePosition, key } = options;
  describe(name, () => {
    installLeakGuard();

    const withState = async (
      test: (kernel: KernelUnderTest<K, S, I>, state: S) => unknown,
    ): Promise<void> => {
      const kernel = makeKernel();
      const position = makePosition();
      const state = kernel.init(position);
      position.dispose();
      await test(kernel, state);
      tf.dispose(state as tf.TensorContainer);
    };

    it('starts at the position it is given, in tensors of its own', async () => {
      const position = makePosition();
      const kernel = makeKernel();
      expectNoLeak(() => kernel.init(position));
      const state = kernel.init(position);
      expect(state.position.shape).toEqual(position.shape);
      expect(await state.position.data()).toEqual(await position.data());
      tf.dispose([state, position] as tf.TensorContainer);
    });

    it('keeps the structure of the state and moves every chain to a finite point', () =>
      withState(async (kernel, state) => {
        const [next, info] = kernel.step(key(1), state);
        expect(signatureOf(next)).toEqual(signatureOf(state));
        expect(await next.position.data()).not.toEqual(await state.position.data());
        expect(Array.from(await next.position.data()).every(Number.isFinite)).toBe(true);
        const finite = (info as { readonly finite: tf.Tensor }).finite;
        expect(finite.dtype).toBe('bool');
        expect(Array.from(await finite.data())).toEqual(
          Array.from({ length: state.position.shape[0] }, () => 1),
        );
        tf.dispose([next, info] as tf.TensorContainer);
      }));

    it('is a function of key and state alone', () =>
      withState(async (kernel, state) => {
        const before = await valuesOf(state);
        const [first, again, other] = [1, 1, 2].map((seed) => kernel.step(key(seed), state));
        expect(await valuesOf(again as Tree)).toEqual(await valuesOf(first as Tree));
        expect(await other[0].position.data()).not.toEqual(await first[0].position.data());
        expect(await valuesOf(state)).toEqual(before);
        tf.dispose([first, again, other] as tf.TensorContainer);
      }));

    it('can go on from its own state', () =>
      withState((kernel, state) => {
        let current = state;
        for (let i = 0; i < 3; i++) {
          const [next, info] = kernel.step(key(i), current);
          if (current !== state) tf.dispose(current as tf.TensorContainer);
          tf.dispose(info as tf.TensorContainer);
          current = next;
        }
        expect(signatureOf(current)).toEqual(signatureOf(state));
        tf.dispose(current as tf.TensorContainer);
      }));

    it('leaks nothing and disposes no input', () =>
      withState((kernel, state) => {
        expectNoLeak(() => kernel.step(key(4), state));
        expectNoLeak(() => kernel.finish?.(state));
      }));
  });
}
