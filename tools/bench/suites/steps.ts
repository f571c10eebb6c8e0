import { mlp } from '@ebim/nn';
import { foldIn, key, treeDispose, uniform } from '@ebim/runtime';
import { langevin } from '@ebim/samplers';
import * as tf from '@tensorflow/tfjs';
import { type Bench, type Suite } from '../bench.js';

/** Fig 1: unit circle in the plane, batches of 50. */
const batch = 50;

const langevinStep: Bench = {
  name: 'langevin_step',
  description: `one Langevin step on |F|, F = 2-8-8-8-1 SiLU, batch ${batch}`,
  prepare: () => {
    const network = mlp({ inputSize: 2, outputSize: 1, hidden: [8, 8, 8] });
    const params = network.init(key(1));
    const kernel = langevin((x) => tf.abs(tf.squeeze(network.apply(params, x), [1])), {
      noiseScale: 0.1,
      stepSize: 10,
      gradClamp: 0.03,
    });
    const position = uniform(key(2), [batch, 2], { min: -1.5, max: 1.5 });
    let state = kernel.init(position);
    position.dispose();
    let count = 0;
    return {
      work: async () => {
        const [next, info] = kernel.step(foldIn(key(3), count++), state);
        treeDispose([state, info]);
        state = next;
        await state.position.data();
      },
      dispose: () => {
        treeDispose([params, state]);
      },
    };
  },
};

/** The hot steps of training, at the settings of Fig 1. */
export const steps: Suite = { name: 'steps', backends: ['cpu', 'wasm'], benches: [langevinStep] };
