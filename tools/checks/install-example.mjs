import { jacobian } from '@ebim/autodiff';
import { key, uniform, useBackend } from '@ebim/runtime';
import { constrainedLangevin, runSteps } from '@ebim/samplers';
import * as tf from '@tensorflow/tfjs';

const { active } = await useBackend('cpu');
const circle = (x) => tf.sub(tf.sum(tf.square(x), 1, true), 1);
const kernel = constrainedLangevin({ constraint: circle, energy: null, noiseScale: 0.3 });
const angles = uniform(key(7), [100], { min: 0, max: 2 * Math.PI });
const start = kernel.init(tf.stack([tf.cos(angles), tf.sin(angles)], 1));
const [end] = runSteps(kernel, key(8), start, 20);
const [violation] = await tf.max(tf.abs(circle(end.position))).data();
const { shape } = jacobian(circle)(end.position);
if (!(violation < 1e-5) || String(shape) !== '100,1,2')
  throw new Error(`violation ${violation}, shape ${shape}`);
console.log(`ran on ${active}: 20 constrained steps of 100 chains, |F| <= ${violation.toExponential(1)}`);
