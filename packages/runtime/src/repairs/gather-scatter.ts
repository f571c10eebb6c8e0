import * as tf from '@tensorflow/tfjs';
import { defineGradient, stockGradient, zerosOf } from './gradients.js';
import { installOnce } from './installed.js';

/**
 * Mends the gradients of `tf.gather` (the one with respect to the indices is the indices themselves, of
 * the wrong type, which throws when the indices were computed from the input, as an argmax is) and adds
 * those of `tf.gatherND` and `tf.scatterND`, which have none.
 */
export function repairGatherScatter(): void {
  installOnce('gather-scatter', () => {
    withZeroGradient('GatherV2', 'indices', 1);
    withZeroGradient('UnsortedSegmentSum', 'segmentIds', 0);
    defineGradient('GatherNd', { inputs: ['params', 'indices'] }, (dy, [params, indices]) => ({
      params: () => tf.scatterND(indices, dy, params.shape),
      indices: () => zerosOf(indices),
    }));
    defineGradient('ScatterNd', { inputs: ['indices'] }, (dy, [indices]) => ({
      indices: () => zerosOf(indices),
      updates: () => tf.gatherND(dy, indices),
    }));
  });
}

/** Keeps the stock gradient, and adds that of the indices, which `saved` holds at `position`. */
function withZeroGradient(kernelName: string, indices: string, position: number): void {
  const stock = stockGradient(kernelName);
  if (stock === undefined) return;
  tf.registerGradient({
    ...stock,
    gradFunc: (dy, saved, attrs) => ({
      ...stock.gradFunc(dy, saved, attrs),
      [indices]: () => zerosOf(saved[position]),
    }),
  });
}
