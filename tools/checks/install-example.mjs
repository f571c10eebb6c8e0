import * as tf from '@tensorflow/tfjs';
import { key, normal, useBackend } from '@ebim/runtime';

const { active } = await useBackend('cpu');
const noise = normal(key(7), [1000, 2]);
console.log(
  `installed: backend ${active}, ${tf.memory().numTensors} tensors, mean ${(await noise.mean().data())[0].toFixed(3)}`,
);
