import { compile } from '@ebim/compiler';
import {
  FLOW_PRESETS,
  flowModel,
  likelihoodLoss,
  mFlow,
  reconstructionLoss,
  stageTrainer,
  vectorFlow,
  type Phase,
  type TrainingLoss,
} from '@ebim/flows';
import { key, normal, treeDispose, treeLeaves, uniform, type TensorTree } from '@ebim/runtime';
import * as tf from '@tensorflow/tfjs';
import { type Bench, type Suite } from '../bench.js';

const batchSize = 100;

/** That of the polynomial surface in Table 2 of the M-flow paper: 5 + 5 couplings, 226 632 + 220 145 parameters. */
const spline = { layers: 5, bins: 10, bound: 6 } as const;
const model = mFlow({
  outer: vectorFlow({ size: 3, ...spline }),
  inner: vectorFlow({ size: 2, contextSize: 1, ...spline }),
});
type Params = ReturnType<typeof model.init>;

/** A phase of training that updates one part of the model, and what its first step takes. */
export function flowTrainerOfTable2(part: 'outer' | 'inner') {
  const loss: TrainingLoss<Params> =
    part === 'outer'
      ? reconstructionLoss(model, { weight: 1000 })
      : likelihoodLoss(model, { mode: 'fixedManifold' });
  const phase: Phase<Params> = {
    name: part,
    loss,
    updates: [part],
    batchSize,
    learningRate: 1e-3,
    weightDecay: 1e-4,
    clipNorm: 1,
  };
  const trainer = stageTrainer({
    stage: { name: part, phases: [phase], epochs: 50 },
    layout: [
      { name: 'x', size: 3 },
      { name: 'context', size: 1 },
    ],
    untrained: model.untrained,
    rows: 75_000,
  });
  const params = model.init(key(0));
  const state = trainer.init(params);
  treeDispose(params);
  const batch = tf.tidy(() =>
    tf.concat([normal(key(1), [batchSize, 3]), uniform(key(2), [batchSize, 1], { min: -1, max: 1 })], 1),
  );
  return { trainer, state, batch };
}

const trainingStep = (name: string, part: 'outer' | 'inner', description: string): Bench => ({
  name,
  description,
  prepare: () => {
    const { trainer, batch, ...start } = flowTrainerOfTable2(part);
    const step = compile(trainer.step);
    let { state } = start;
    return {
      work: async () => {
        const next = step(key(3), state, batch);
        treeDispose([state, { ...next.stats }]);
        state = next.state;
        await treeLeaves(state.params[part])[0].data();
      },
      dispose: () => {
        treeDispose([state, batch]);
        step.dispose();
      },
    };
  },
});

/** The exact log density of 1000 points under the M-flow of a preset, with the Jacobian of its chart. */
function exactDensity(name: string, preset: 'polynomialSurface' | 'particlePhysics', sizes: string): Bench {
  return {
    name,
    description: `exact log density of 1000 points, ${sizes}: tangents through every layer, Cholesky`,
    // Seconds each at d = 40.
    measure: { minimumSamples: 3 },
    prepare: () => {
      const flow = flowModel('mFlow', FLOW_PRESETS[preset].paper.architecture);
      const params = flow.init(key(0));
      const [x, context] = [normal(key(1), [1000, flow.dataSize]), normal(key(2), [1000, flow.contextSize])];
      const density = compile((p: TensorTree, at: tf.Tensor, theta: tf.Tensor): tf.Tensor =>
        flow.logDensity(p, at, { context: theta }),
      );
      return {
        work: async () => {
          const log = density(params, x, context);
          await log.data();
          log.dispose();
        },
        dispose: () => {
          treeDispose([params, x, context]);
          density.dispose();
        },
      };
    },
  };
}

/**
 * Training steps of the M-flow on the polynomial surface, at the settings of Table 2 of the M-flow paper, and exact log
 * densities there and in particle physics.
 */
export const flows: Suite = {
  name: 'flows',
  backends: ['cpu'],
  benches: [
    trainingStep(
      'mflow_manifold',
      'outer',
      'one step of the manifold phase: reconstruction through 5 spline couplings and back, AdamW, batch 100',
    ),
    trainingStep(
      'mflow_density',
      'inner',
      'one step of the density phase: likelihood of 5 conditional spline couplings, AdamW, batch 100',
    ),
    exactDensity('mflow_exact_3d', 'polynomialSurface', 'd = 3, n = 2, 5 + 5 couplings'),
    exactDensity('mflow_exact_40d', 'particlePhysics', 'd = 40, n = 14, 20 + 15 couplings and LU maps'),
  ],
  headline: (median) => ({
    mflow_manifold_ms: median('mflow_manifold'),
    mflow_density_ms: median('mflow_density'),
    mflow_exact_3d_ms: median('mflow_exact_3d'),
    mflow_exact_40d_ms: median('mflow_exact_40d'),
  }),
};
