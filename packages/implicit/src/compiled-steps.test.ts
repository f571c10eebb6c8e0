import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { hvp, referenceConjugateGradient, valueAndGrad } from '@ebim/autodiff';
import { compile, explain } from '@ebim/compiler';
import { ambientEbm, energyModel } from '@ebim/ebm';
import { mlp } from '@ebim/nn';
import {
  computesOnHost,
  key,
  normal,
  treeDispose,
  treeEntries,
  treeTidy,
  useBackend,
  type Key,
  type TensorTree,
} from '@ebim/runtime';
import {
  cholesky,
  conjugateGradient,
  constrainedLangevin,
  gradientDescent,
  langevin,
  lbfgs,
  newton,
  projectToManifold,
  quasiNewton,
  runSteps,
} from '@ebim/samplers';
import { expectNoLeak, installLeakGuard, TEST_BACKENDS, useTestBackends } from '@ebim/testing';
import { adam } from '@ebim/training';
import {
  circle,
  constrainedEbm,
  manifoldLoss,
  manifoldModel,
  manifoldTrainer,
  quadratureEbm,
  type ManifoldTrainerOptions,
} from './index.js';

/** The largest difference of two trees, leaf by leaf relative to the largest value of the leaf. */
function difference(a: TensorTree, b: TensorTree): number {
  const [x, y] = [treeEntries(a), treeEntries(b)];
  const signature = (entries: typeof x) => entries.map(([path, t]) => [path, t.dtype, t.shape]);
  expect(signature(x)).toEqual(signature(y));
  return Math.max(
    ...x.map(([path, t], i) => {
      const [u, v] = [Array.from(t.dataSync()), Array.from(y[i][1].dataSync())];
      // What is left of quantities of size 1 after solving for 0 is rounding.
      const least = /Violation|Residual/.test(path) ? 1 : 1e-3;
      const scale = Math.max(least, ...v.map(Math.abs));
      return Math.max(0, ...u.map((value, j) => Math.abs(value - v[j]) / scale));
    }),
  );
}

/** What `f` gives: on cpu where the backend in use is none that functions are compiled on, which then is compared with it. */
function expectedOf<R>(f: () => R): R {
  if (computesOnHost()) return f();
  const name = tf.getBackend();
  // Backends that have been started are changed at once.
  void tf.setBackend('cpu');
  const result = f();
  void tf.setBackend(name);
  return result;
}

/** Runs `f` and its compiled form on the same arguments. */
function expectSame<A extends unknown[]>(f: (...args: A) => unknown, ...args: A): void {
  const tidy = (...given: A) => treeTidy(() => f(...given));
  const compiled = compile(tidy);
  const [expected, got] = [expectedOf(() => tidy(...args)), compiled(...args)] as TensorTree[];
  // A second call finds the program.
  const again = compiled(...args) as TensorTree;
  expect(difference(got, expected)).toBeLessThan(2e-5);
  expect(difference(again, got)).toBe(0);
  expect(compiled.statistics).toMatchObject(computesOnHost() ? { misses: 1, hits: 1 } : { passThroughs: 2 });
  if (computesOnHost()) expect(explain(f, ...args).islands).toEqual([]);
  [expected, got, again].forEach(treeDispose);
  compiled.dispose();
}

/** What differs between the manifolds of a test. */
interface StepOptions extends Pick<ManifoldTrainerOptions<never, never>, 'loss' | 'energyNorm' | 'weights'> {
  readonly outputs?: number;
}

const bounds = { lower: [-1.5, -1.5], upper: [1.5, 1.5] };
const network = mlp({ inputSize: 2, outputSize: 1, hidden: [8, 8, 8] });

useTestBackends(TEST_BACKENDS, useBackend, (backend) => {
  installLeakGuard();
  const points = (count: number, seed = 5): tf.Tensor => normal(key(seed), [count, 2]);

  const onCircle = (count: number): tf.Tensor =>
    tf.tidy(() => {
      const angles = normal(key(5), [count, 1]);
      return tf.concat([tf.sin(angles), tf.cos(angles)], 1);
    });

  describe('compiled', () => {
    it('networks and their derivatives, the second order included', () => {
      const params = network.init(key(0));
      const x = points(7);
      const energy = (p: typeof params, at: tf.Tensor) => tf.sum(tf.square(network.apply(p, at)));
      expectSame((p: typeof params, at: tf.Tensor) => network.apply(p, at), params, x);
      expectSame((p: typeof params, at: tf.Tensor) => valueAndGrad(energy)(p, at), params, x);
      expectSame((p: typeof params, at: tf.Tensor) => hvp((y) => energy(p, y), at, at), params, x);
      treeDispose([params, x]);
    });

    it('the gradient of the manifold loss', () => {
      const model = manifoldModel(mlp({ inputSize: 3, outputSize: 2, hidden: [6, 6] }));
      const params = model.init(key(1));
      const [x, negatives] = [normal(key(5), [9, 3]), normal(key(6), [9, 3])];
      const directions = points(9, 7);
      const loss = (p: typeof params, ...given: tf.Tensor[]) =>
        manifoldLoss(model.constraint(p), given[0], given[1], given[2]).loss;
      const step = (p: typeof params, ...given: tf.Tensor[]) => valueAndGrad(loss)(p, ...given);
      expectSame(step, params, x, directions, negatives);
      treeDispose([params, x, negatives, directions]);
    });

    it('Langevin chains', () => {
      const params = network.init(key(2));
      const x = points(20);
      expectSame(
        (k: Key, p: typeof params, start: tf.Tensor) => {
          const kernel = langevin((y) => tf.sum(tf.abs(network.apply(p, y)), 1), {
            bounds,
            noiseScale: 0.05,
          });
          return runSteps(kernel, k, kernel.init(start), 15);
        },
        key(3),
        params,
        x,
      );
      treeDispose([params, x]);
    });

    const solvers = [newton(), quasiNewton(), gradientDescent()];
    it.each(solvers.map((solver) => [solver.kind, solver] as const))(
      'constrained chains with the solver %s',
      (_kind, constraintSolver) => {
        const start = onCircle(10);
        for (const tangentProjection of [cholesky(), conjugateGradient()]) {
          const kernel = constrainedLangevin({
            constraint: circle().constraint,
            energy: (x) => tf.sum(tf.square(x), 1),
            noiseScale: 0.1,
            constraintSolver,
            tangentProjection,
          });
          expectSame((k: Key, x: tf.Tensor) => runSteps(kernel, k, kernel.init(x), 4)[0], key(4), start);
        }
        start.dispose();
      },
    );

    it.each([true, false])('chains whose constraint is solved by L-BFGS, strong Wolfe %s', (strongWolfe) => {
      const kernel = constrainedLangevin({
        ...circle(),
        noiseScale: 0.1,
        constraintSolver: lbfgs({ steps: strongWolfe ? 1 : 2, strongWolfe }),
        // It ends near the tolerance, where rounding would decide which chains stay.
        onFailure: 'accept',
      });
      const x = onCircle(5);
      expectSame((k: Key, at: tf.Tensor) => runSteps(kernel, k, { position: at }, 3)[0].position, key(0), x);
      x.dispose();
    });

    it('projections onto a manifold', () => {
      const x = points(10);
      expectSame((y: tf.Tensor) => projectToManifold(circle().constraint, y).position, x);
      x.dispose();
    });

    it('whole training steps of a manifold, and nothing leaks', () => {
      const trainer = manifoldTrainer({
        model: manifoldModel(network),
        optimizer: adam({ learningRate: 0.01 }),
        bounds,
        sampler: { steps: 4 },
        bufferCapacity: 100,
      });
      const state = trainer.init(key(0));
      const batch = points(20);
      expectSame(trainer.step, key(1), state, batch);
      const step = compile(trainer.step);
      tf.dispose(step(key(1), state, batch) as never);
      expectNoLeak((): unknown => step(key(2), state, batch));
      tf.dispose([state, batch] as never);
    });

    it.each([
      ['v1', { loss: 'v1' }],
      ['v2 in the L1 norm without a rank term', { loss: 'v2', energyNorm: 'l1', weights: { rankWeight: 0 } }],
      ['v2 of codimension 2', { loss: 'v2', outputs: 2 }],
    ] as const)(
      'whole training steps of a manifold, loss %s',
      (_name, { outputs, ...options }: StepOptions) => {
        const sizes = { inputSize: 3, outputSize: outputs ?? 1, hidden: [6, 6] };
        const trainer = manifoldTrainer({
          model: manifoldModel(mlp(sizes)),
          optimizer: adam({ learningRate: 0.01 }),
          bounds: { lower: -1.5, upper: 1.5 },
          sampler: { steps: 3 },
          bufferCapacity: 40,
          ...options,
        });
        const [state, batch] = [trainer.init(key(2)), normal(key(3), [10, 3])];
        expectSame(trainer.step, key(1), state, batch);
        tf.dispose([state, batch] as never);
      },
    );

    // Programs do not depend on the backend, and these are many.
    const onCpu = it.runIf(backend === 'cpu');
    onCpu.each(
      [newton(), quasiNewton(), gradientDescent(), lbfgs({ steps: 1 })].flatMap((solver) =>
        [cholesky(), conjugateGradient(), conjugateGradient(referenceConjugateGradient)].map(
          (projection, i) =>
            [
              solver.kind,
              ['cholesky', 'conjugate gradients', 'those of the reference'][i],
              solver,
              projection,
            ] as const,
        ),
      ),
    )(
      'whole training steps of a constrained energy, %s and %s',
      (_s, _p, constraintSolver, tangentProjection) => {
        const starts = onCircle(30);
        const trainer = constrainedEbm({
          constraint: circle().constraint,
          model: energyModel(mlp({ inputSize: 2, outputSize: 1, hidden: [6] })),
          optimizer: adam({ learningRate: 0.01 }),
          starts,
          bounds,
          sampler: { steps: 2, constraintSolver, tangentProjection, noiseScale: 0.1, onFailure: 'accept' },
          bufferCapacity: 40,
        });
        const [batch, state] = [tf.slice(starts, 0, 10), trainer.init(key(0))];
        expectSame(trainer.step, key(1), state, batch);
        tf.dispose([state, batch, starts] as never);
      },
    );

    it('whole training steps of an energy in the ambient space and by quadrature', () => {
      const model = energyModel(mlp({ inputSize: 2, outputSize: 1, hidden: [6, 6] }));
      const optimizer = adam({ learningRate: 0.01 });
      const batch = onCircle(12);
      const ambient = ambientEbm({ model, optimizer, bounds, sampler: { steps: 4 }, bufferCapacity: 50 });
      const ambientState = ambient.init(key(0));
      expectSame(ambient.step, key(1), ambientState, batch);
      const nodes = { points: onCircle(40), logWeights: tf.fill([40], -2) };
      // Without a magnitude term the last bias has a gradient of rounding alone, which Adam makes large.
      const quadrature = quadratureEbm({ model, optimizer, nodes, nodesPerStep: 20, magnitudeWeight: 0.1 });
      const state = quadrature.init(key(0));
      expectSame(quadrature.step, key(1), state, batch);
      tf.dispose([ambientState, state, batch, nodes] as never);
    });

    it('whole training steps of a constrained energy, and many of them in a row', () => {
      const starts = onCircle(60);
      const trainer = constrainedEbm({
        constraint: circle().constraint,
        model: energyModel(mlp({ inputSize: 2, outputSize: 1, hidden: [8, 8] })),
        optimizer: adam({ learningRate: 0.01 }),
        starts,
        bounds,
        sampler: { steps: 3, constraintSolver: newton(), tangentProjection: cholesky(), noiseScale: 0.1 },
        bufferCapacity: 80,
      });
      const batch = tf.slice(starts, 0, 20);
      const state = trainer.init(key(0));
      expectSame(trainer.step, key(1), state, batch);
      const run = (step: typeof trainer.step) => {
        let current = trainer.init(key(0));
        for (let i = 0; i < 5; i++) {
          const next = step(key(i), current, batch);
          tf.dispose([current, next.stats] as never);
          current = next.state;
        }
        return current;
      };
      const [eager, compiled] = [run(trainer.step), run(compile(trainer.step))];
      expect(difference(compiled as never, eager as never)).toBeLessThan(1e-3);
      tf.dispose([eager, compiled, state, batch, starts] as never);
    });
  });
});
