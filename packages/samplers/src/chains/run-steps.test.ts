import * as tf from '@tensorflow/tfjs';
import { compile } from '@ebim/compiler';
import { key, normal, useBackend, type Key } from '@ebim/runtime';
import { expectNoLeak, installLeakGuard, TEST_BACKENDS, useTestBackends } from '@ebim/testing';
import { expect, it } from 'vitest';
import type { Constraint } from '../constraint/constraint-frame.js';
import { conjugateGradient } from '../constraint/tangent-projection.js';
import { constrainedLangevin, type ConstrainedLangevinOptions } from '../kernels/constrained-langevin.js';
import { projectToManifold } from '../project-to-manifold.js';
import { flatTorus, unitSphere } from '../test-constraints.js';
import { runSteps } from './run-steps.js';

type Case = Omit<ConstrainedLangevinOptions, 'constraint'> & {
  readonly constraint: Constraint;
  readonly shape: readonly number[];
};

/** Steps so long that some are rejected. */
const noiseScale = 0.5;
const energy = (x: tf.Tensor): tf.Tensor => tf.sum(tf.reshape(tf.square(x), [x.shape[0], -1]), 1);

const CASES: readonly (readonly [string, Case])[] = [
  ['one constraint', { constraint: unitSphere, shape: [20, 3], noiseScale, energy }],
  ['a box', { constraint: unitSphere, shape: [20, 3], noiseScale, bounds: { lower: -1, upper: 0.9 } }],
  ['two constraints', { constraint: flatTorus, shape: [20, 4], noiseScale, energy }],
  ['accepting all', { constraint: flatTorus, shape: [20, 4], noiseScale, onFailure: 'accept' }],
  [
    'conjugate gradients',
    { constraint: flatTorus, shape: [20, 4], noiseScale, tangentProjection: conjugateGradient() },
  ],
  [
    'images',
    {
      constraint: (x) => unitSphere(tf.reshape(x, [x.shape[0], -1])),
      shape: [8, 2, 2, 1],
      noiseScale,
      energy,
    },
  ],
];

useTestBackends(TEST_BACKENDS, useBackend, () => {
  installLeakGuard();

  it.each(CASES)('holding what a step computed changes no number: %s', (_, { shape, ...options }) => {
    tf.tidy(() => {
      const kernel = constrainedLangevin(options);
      const { holding: __, ...plain } = kernel;
      const rows = tf.reshape(normal(key(1), shape), [shape[0], -1]);
      const onManifold = projectToManifold(
        (x) => options.constraint(tf.reshape(x, [...shape])),
        rows,
      ).position;
      const position = tf.reshape(onManifold, [...shape]);
      const run = (of: typeof plain) => (k: Key, start: tf.Tensor) => runSteps(of, k, of.init(start), 4);
      const data = (result: ReturnType<ReturnType<typeof run>>) => {
        const [state, info] = result;
        expect(Object.keys(state)).toEqual(['position']);
        return [state.position, info.accepted, info.constraintViolation, info.tangentResidual].map((t) =>
          Array.from(t.dataSync()),
        );
      };
      expect(kernel.holding).toBeDefined();
      const [held, bare] = [kernel, plain].map((of) => data(run(of)(key(2), position)));
      expect(held).toEqual(bare);
      const [heldProgram, bareProgram] = [kernel, plain].map((of) => compile(run(of)));
      expect(data(heldProgram(key(2), position))).toEqual(data(bareProgram(key(2), position)));
      const accepted = held[1].filter(Boolean).length;
      expect(accepted).toBeGreaterThan(0);
      expect(held[0]).not.toEqual(Array.from(position.dataSync()));
    });
  });

  it('leaks nothing', () => {
    const kernel = constrainedLangevin({ constraint: unitSphere, noiseScale: 0.3 });
    const start = tf.tensor2d([1, 0, 0, 0, 1, 0], [2, 3]);
    expectNoLeak(() => runSteps(kernel, key(0), { position: start }, 3));
    expectNoLeak(() => runSteps(kernel, key(0), { position: start }, 1));
    start.dispose();
  });
});
