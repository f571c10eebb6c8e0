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
import { adam, batches, fit, type FitOptions, type FitResult } from '@ebim/training';
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

/** Batches in an epoch of the benches of `fit`. */
const EPOCH = 32;

const MANIFOLD_STEP =
  'one training step of the manifold-defining function: 20 Langevin steps, loss with rank term, Adam';

function densityDescription(how: string): string {
  return `one training step of the constrained EBM: 10 constrained Langevin steps (${how}), loss, Adam`;
}

/** Epochs of `fit`, one a measurement: in between, training waits in its event. */
function epochsOfFit<S extends TensorTree>(
  trainer: Pick<FitOptions<S>, 'init' | 'step'>,
  owned: readonly TensorTree[] = [],
): PreparedBench {
  const points = pointsOnCircle(EPOCH * batchSize);
  const stop = new AbortController();
  let resume = (): void => undefined;
  let epochIsOver = (): void => undefined;
  const train = (): Promise<FitResult<S>> =>
    fit<S>({
      ...trainer,
      data: batches(points, { batchSize }),
      epochs: Number.MAX_SAFE_INTEGER,
      key: key(1),
      signal: stop.signal,
      onEvent: ({ type }) => {
        if (type !== 'epoch') return;
        epochIsOver();
        return new Promise<void>((resolve) => (resume = resolve));
      },
    });
  let training: Promise<FitResult<S>> | undefined;
  return {
    work: () =>
      new Promise<void>((resolve, reject) => {
        epochIsOver = resolve;
        if (training === undefined) {
          training = train();
          training.catch(reject);
        } else resume();
      }),
    dispose: () => {
      stop.abort();
      resume();
      void training?.then(({ state }) => treeDispose([state, points, ...owned]));
    },
  };
}

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
  description: `${MANIFOLD_STEP}${compiled ? ', one call of the compiled step' : ''}`,
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

const manifoldEpoch: Bench = {
  name: 'mdf_epoch_fit',
  description: `${EPOCH} steps by \`fit\` (divide by ${EPOCH} for a step): ${MANIFOLD_STEP}`,
  prepare: () => epochsOfFit(manifoldTrainerOfFig1().trainer),
};

type Solvers = Pick<ConstrainedLangevinOptions, 'tangentProjection' | 'constraintSolver'>;

/** The trainer of a density on a trained manifold; `params` are those of the manifold. */
export function densityTrainerOfFig1(solvers: Solvers = exactSolvers(), manifoldSteps?: number) {
  const { constraint, params } = trainedManifold(manifoldSteps);
  const starts = pointsOnCircle(batchSize);
  const trainer = constrainedEbm({
    constraint,
    model: energyModel(mlp({ inputSize: 2, outputSize: 1, hidden: [32, 32] })),
    optimizer: adam({ learningRate: 0.01 }),
    starts,
    bounds,
    bufferCapacity: 10_000,
    magnitudeWeight: 0.1,
    sampler: { steps: 10, noiseScale: 0.3, stepSize: 1, gradClamp: 0.1, ...solvers },
  });
  return { trainer, starts, params };
}

function densityStep(name: string, how: string, solvers: Solvers, compiled = false): Bench {
  return {
    name,
    description: densityDescription(how),
    prepare: () => {
      const { trainer, starts, params } = densityTrainerOfFig1(solvers);
      const takeStep = compiled ? compile(trainer.step) : trainer.step;
      return repeat(
        trainer.init(key(1)),
        (stepKey, from) => {
          const { state, stats } = takeStep(stepKey, from, starts);
          return { state, report: stats, last: ({ buffer }) => buffer };
        },
        [starts, params],
      );
    },
  };
}

const densityEpoch: Bench = {
  name: 'cebm_epoch_fit',
  description: `${EPOCH} steps by \`fit\` (divide by ${EPOCH} for a step): ${densityDescription('Newton, Cholesky')}`,
  prepare: () => {
    const { trainer, starts, params } = densityTrainerOfFig1();
    return epochsOfFit(trainer, [starts, params]);
  },
};

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
    densityStep('cebm_step_compiled', 'Newton, Cholesky; one call', exactSolvers(), true),
    manifoldEpoch,
    densityEpoch,
  ],
  headline: (median) => ({
    langevin_us: (1000 * median('langevin_chain_compiled')) / CHAIN,
    // As in training; a call for a single step costs more.
    mdf_ms: median('mdf_epoch_fit') / EPOCH,
    cebm_ms: median('cebm_epoch_fit') / EPOCH,
    mdf_call_ms: median('mdf_step_compiled'),
    cebm_call_ms: median('cebm_step_compiled'),
  }),
};

function exactSolvers() {
  return { tangentProjection: cholesky(), constraintSolver: newton() };
}
