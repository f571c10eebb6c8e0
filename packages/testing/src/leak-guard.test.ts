import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TEST_BACKENDS, useTestBackends } from './backends.js';
import { expectNoLeak, installLeakGuard } from './leak-guard.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('expectNoLeak', () => {
  it('accepts a function that returns all that it makes, nested or not', () => {
    expectNoLeak(() => [{ a: tf.scalar(1) }, tf.scalar(2)]);
    expectNoLeak(() => tf.tidy(() => void tf.scalar(1)));
  });

  it('rejects a lost tensor', () => {
    const lost: tf.Tensor[] = [];
    expect(() => expectNoLeak(() => void lost.push(tf.scalar(1)))).toThrow(/leak/);
    tf.dispose(lost);
  });

  it('rejects a disposed input', () => {
    const x = tf.scalar(1);
    expect(() => expectNoLeak(() => x.dispose())).toThrow(/disposed/);
  });

  it('rejects an input handed back as the result', () => {
    const x = tf.scalar(1);
    expect(() => expectNoLeak(() => x)).toThrow(/disposed/);
  });

  it('waits for a promise', async () => {
    await expectNoLeak(async () => {
      const x = tf.scalar(1);
      await x.data();
      return x;
    });
    const lost: tf.Tensor[] = [];
    await expect(
      expectNoLeak(async () => {
        await Promise.resolve();
        lost.push(tf.scalar(1));
      }),
    ).rejects.toThrow(/leak/);
    tf.dispose(lost);
  });
});

describe('installLeakGuard', () => {
  const shared: tf.Tensor[] = [];
  beforeAll(() => void shared.push(tf.scalar(3)));
  afterAll(() => tf.dispose(shared));
  installLeakGuard();

  it('lets a clean test pass', () => {
    tf.add(shared[0], 1).dispose();
  });

  it.fails('fails a test that leaks', ({ onTestFinished }) => {
    const lost = tf.scalar(1);
    onTestFinished(() => lost.dispose());
  });
});

describe('useTestBackends', () => {
  const activated: string[] = [];
  useTestBackends(
    TEST_BACKENDS,
    async (name) => {
      await Promise.resolve();
      activated.push(name);
    },
    (name) => it('runs after activation', () => expect(activated.at(-1)).toBe(name)),
  );
});
