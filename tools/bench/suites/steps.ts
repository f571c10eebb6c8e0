import { referenceConjugateGradient } from '@ebim/autodiff';
import { compile } from '@ebim/compiler';
import { energyModel } from '@ebim/ebm';
import { constrainedEbm } from '@ebim/implicit';
import { mlp } from '@ebim/nn';
import { foldIn, key, treeDispose, type Key, type TensorTree } from '@ebim/runtime';
import {
  cholesky,
  conjugateGradient,
  langevin,
  lbfgs,
  newton,
  runSteps,
  type ConstrainedLangevinOptions,
} from '@ebim/samplers';
import { adam } from '@ebim/training';
import type * as tf from '@tensorflow/tfjs';
import { type Bench, type PreparedBench, type Suite } from '../bench.js';
import {
  batchSize,
  bounds,
  manifoldTrainerOfFig1,
  normOfConstraint,
  pointsOnCircle,
  trainedManifold,
} from './fig1.js';

interface StateAndReport<S extends TensorTree> {
  readonly state: S;
  readonly report: TensorTree;
  /** What is read to know that the step is over. */
  readonly last: (state: S) => tf.Tensor;
}

/** Repeats a step from its own result; owns the state and what else is given to dispose. */
function repeat<S extends TensorTree>(
  start: S,
  step: (key: Key, state: S) => StateAndReport<S>,
  owned: readonly TensorTree[] = [],
): PreparedBench {
  let state = start;
  let count = 0;
  return {
    work: async () => {
      const next = step(foldIn(key(3), count++), state);
      treeDispose([state, next.report]);
      state = next.state;
      await next.last(state).data();
    },
    dispose: () => {
      treeDispose([state, ...owned]);
    },
  };
}

const langevinStep: Bench = {
  name: 'langevin_step',
  description: `one Langevin step on |F|, F = 2-8-8-8-1 SiLU, batch ${batchSize}`,
  prepare: () => {
    const { model } = manifoldTrainerOfFig1();
    const params = model.init(key(1));
    const energy = normOfConstraint(model.constraint(params));
    const kernel = langevin(energy, { noiseScale: 0.1, stepSize: 10, gradClamp: 0.03 });
    const position = pointsOnCircle(batchSize);
    const state = kernel.init(position);
    position.dispose();
    return repeat(
      state,
      (stepKey, from) => {
        const [next, report] = kernel.step(stepKey, from);
        return { state: next, report, last: ({ position: end }) => end };
      },
      [params],
    );
  },
};

const CHAIN = 20;

const langevinChain: Bench = {
  name: 'langevin_chain_compiled',
  description: `${CHAIN} Langevin steps on |F| as one compiled program (divide by ${CHAIN} for a step)`,
  prepare: () => {
    const { model } = manifoldTrainerOfFig1();
    const params = model.init(key(1));
    const chain = compile((chainKey: Key, at: typeof params, position: tf.Tensor) => {
      const energy = normOfConstraint(model.constraint(at));
      const kernel = langevin(energy, { noiseScale: 0.1, stepSize: 10, gradClamp: 0.03 });
      return runSteps(kernel, chainKey, { position }, CHAIN);
    });
    return repeat(
      { position: pointsOnCircle(batchSize) },
      (chainKey, { position }) => {
        const [state, report] = chain(chainKey, params, position);
        return { state, report, last: ({ position: end }) => end };
      },
      [params],
    );
  },
};

const manifoldStep = (compiled: boolean): Bench => ({
  name: compiled ? 'mdf_step_compiled' : 'mdf_step',
  description:
    'one training step of the manifold-defining function: 20 Langevin steps, loss with rank term, Adam',
  prepare: () => {
    const { trainer } = manifoldTrainerOfFig1();
    const takeStep = compiled ? compile(trainer.step) : trainer.step;
    const batch = pointsOnCircle(batchSize);
    return repeat(
      trainer.init(key(1)),
      (stepKey, from) => {
        const { state, stats } = takeStep(stepKey, from, batch);
        return { state, report: stats, last: ({ buffer }) => buffer };
      },
      [batch],
    );
  },
});

function densityStep(
  name: string,
  how: string,
  solvers: Pick<ConstrainedLangevinOptions, 'tangentProjection' | 'constraintSolver'>,
  compiled = false,
): Bench {
  return {
    name,
    description: `one training step of the constrained EBM: 10 constrained Langevin steps (${how}), loss, Adam`,
    prepare: () => {
      const { constraint, params } = trainedManifold();
      const batch = pointsOnCircle(batchSize);
      const trainer = constrainedEbm({
        constraint,
        model: energyModel(mlp({ inputSize: 2, outputSize: 1, hidden: [32, 32] })),
        optimizer: adam({ learningRate: 0.01 }),
        starts: batch,
        bounds,
        bufferCapacity: 10_000,
        magnitudeWeight: 0.1,
        sampler: { steps: 10, noiseScale: 0.3, stepSize: 1, gradClamp: 0.1, ...solvers },
      });
      const takeStep = compiled ? compile(trainer.step) : trainer.step;
      return repeat(
        trainer.init(key(1)),
        (stepKey, from) => {
          const { state, stats } = takeStep(stepKey, from, batch);
          return { state, report: stats, last: ({ buffer }) => buffer };
        },
        [batch, params],
      );
    },
  };
}

/** The hot steps of training, at the settings of Fig 1 (spec 3.1). */
export const steps: Suite = {
  name: 'steps',
  backends: ['cpu', 'wasm'],
  benches: [
    langevinStep,
    manifoldStep(false),
    densityStep('cebm_step', 'Newton, Cholesky', exactSolvers()),
    densityStep('cebm_step_reference', 'one L-BFGS call, CG of the reference', {
      tangentProjection: conjugateGradient(referenceConjugateGradient),
      constraintSolver: lbfgs({ steps: 1 }),
    }),
    langevinChain,
    manifoldStep(true),
    densityStep('cebm_step_compiled', 'Newton, Cholesky', exactSolvers(), true),
  ],
  headline: (median) => ({
    langevin_us: (1000 * median('langevin_chain_compiled')) / CHAIN,
    mdf_ms: median('mdf_step_compiled'),
    cebm_ms: median('cebm_step_compiled'),
  }),
};

function exactSolvers() {
  return { tangentProjection: cholesky(), constraintSolver: newton() };
}
