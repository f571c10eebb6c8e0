import * as tf from '@tensorflow/tfjs';
import type { Graph } from '../graph/graph.js';
import { optimize } from '../passes/optimize.js';
import { traceFunction } from '../trace/trace-function.js';

/** The optimised graph of a function of float32 tensors of these shapes. */
export function traced(f: (...args: tf.Tensor[]) => unknown, ...shapes: number[][]): Graph {
  const args = shapes.map((shape) => tf.zeros(shape));
  try {
    return optimize(traceFunction(f, args).graph);
  } finally {
    tf.dispose(args);
  }
}
