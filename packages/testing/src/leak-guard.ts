import * as tf from '@tensorflow/tfjs';
import { beforeEach, expect } from 'vitest';

/**
 * Runs `f`, disposes the tensors in what it returns (they belong to the caller, which is the guard) and fails if
 * the number of live tensors or data buffers is not what it was: tensors were leaked, or an input was disposed.
 *
 * @example
 * ```ts no-run
 * expectNoLeak(() => langevin(energy).step(key(0), state));
 * ```
 */
export function expectNoLeak(f: () => Promise<unknown>): Promise<void>;
export function expectNoLeak(f: () => unknown): void;
export function expectNoLeak(f: () => unknown): void | Promise<void> {
  const before = liveTensors();
  const finish = (result: unknown): void => {
    tf.dispose(result as tf.TensorContainer);
    expectUnchanged(before);
  };
  const result = f();
  return result instanceof Promise ? result.then(finish) : finish(result);
}

/**
 * Guards every test of the enclosing `describe` (or file): a test that ends with more or fewer live tensors than
 * it started with fails. Call it after the hooks that make tensors for all tests (`beforeAll`).
 */
export function installLeakGuard(): void {
  beforeEach(({ task }) => {
    const before = liveTensors();
    return () => {
      // A failed test has thrown past its own clean-up: its first error is the one to read.
      if (task.result?.state !== 'fail') expectUnchanged(before);
    };
  });
}

interface LiveTensors {
  readonly tensors: number;
  readonly buffers: number;
}

function liveTensors(): LiveTensors {
  const { numTensors, numDataBuffers } = tf.memory();
  return { tensors: numTensors, buffers: numDataBuffers };
}

function expectUnchanged(before: LiveTensors): void {
  expect(liveTensors(), 'live tensors: more means a leak, fewer means that an input was disposed').toEqual(
    before,
  );
}
