import { compile } from '@ebim/compiler';
import { manifoldModel, manifoldTrainer } from '@ebim/implicit';
import { mlp } from '@ebim/nn';
import { foldIn, key, normal, treeDispose } from '@ebim/runtime';
import { adam } from '@ebim/training';
import * as tf from '@tensorflow/tfjs';
import type { Bench, Suite } from '../bench.js';
import type { MeasureOptions } from '../measure.js';

/** One cell of the table: F = (codimension + 2)-width-width-width-codimension, SiLU. */
interface Sizes {
  readonly batch: number;
  readonly width: number;
  readonly codimension: number;
}

const BATCHES = [50, 500, 5000];
const WIDTHS = [8, 32, 128, 512];
const CODIMENSIONS = [1, 4, 16];

/** Beyond the table: where the tensorflow backend is the faster one. */
const WIDE = [50, 500].map((batch) => ({ batch, width: 1024, codimension: 1 }));

const CHAIN = 20;

/** Multiplications of the hidden layers, about: forward and reverse in every step of the chain, and in the loss. */
const workOf = ({ batch, width }: Sizes): number => batch * width ** 2 * (4 * CHAIN + 14);

/**
 * Small cells are repeated for a second, after a second for the engine's compiler and for threads to start; those of
 * seconds once after the first call.
 */
const effort = (sizes: Sizes): MeasureOptions =>
  workOf(sizes) < 2e10
    ? { warmUp: 1000, budget: 1000, minimumSamples: 5 }
    : { warmUp: 0, budget: 0, minimumSamples: 1 };

const cell = (sizes: Sizes): Bench => ({
  name: `b${sizes.batch}_h${sizes.width}_k${sizes.codimension}`,
  description: '',
  measure: effort(sizes),
  prepare: () => {
    const { batch: batchSize, width, codimension } = sizes;
    const inputSize = codimension + 2;
    const trainer = manifoldTrainer({
      model: manifoldModel(mlp({ inputSize, outputSize: codimension, hidden: [width, width, width] })),
      optimizer: adam({ learningRate: 0.01 }),
      bounds: {
        lower: new Array<number>(inputSize).fill(-1.5),
        upper: new Array<number>(inputSize).fill(1.5),
      },
      weights: { minSingularValue: 1, negativeWeight: 0.3, rankWeight: 10, magnitudeWeight: 1 },
      sampler: { steps: CHAIN, noiseScale: 0.1, stepSize: 10, gradClamp: 0.03 },
      bufferCapacity: 10_000,
    });
    const batch = pointsOnSphere(batchSize, inputSize);
    // The backends that are no hosts call the step itself.
    const step = compile(trainer.step);
    let state = trainer.init(key(1));
    let count = 0;
    return {
      work: async () => {
        const next = step(foldIn(key(3), count++), state, batch);
        treeDispose([state, next.stats]);
        state = next.state;
        await state.buffer.data();
      },
      dispose: () => {
        treeDispose([state, batch]);
        step.dispose();
      },
    };
  },
});

function pointsOnSphere(count: number, size: number): tf.Tensor {
  return tf.tidy(() => {
    const x = normal(key(2), [count, size]);
    return tf.div(x, tf.norm(x, 2, 1, true));
  });
}

/** How a training step of the manifold-defining function grows with batch, width and codimension. */
export const growth: Suite = {
  name: 'growth',
  backends: ['wasm', 'tensorflow'],
  benches: [
    ...CODIMENSIONS.flatMap((codimension) =>
      WIDTHS.flatMap((width) => BATCHES.map((batch) => ({ batch, width, codimension }))),
    ),
    ...WIDE,
  ].map(cell),
};
