import { toTensor, type Points } from '@ebim/datasets';
import {
  implicitManifold,
  manifoldModel,
  manifoldTrainer,
  rankReport,
  type ManifoldModel,
} from '@ebim/implicit';
import { foldIn, treeDispose, type Key, type TensorTree } from '@ebim/runtime';
import { adam, batches, fit } from '@ebim/training';
import { gridPoints, type Grid } from '@ebim/plots';
import { mlp } from '@ebim/nn';
import type { EbimConfig } from '../../config/schema.js';
import { hostFunction } from '../../evaluation/host-function.js';
import { leftInverseModel, planeFlow } from './left-inverse.js';

/** A function that was trained, seen from outside; plain data. */
export interface TrainedFunction {
  readonly status: string;
  /** F on the grid. */
  readonly values: Float64Array;
  /** Largest |F| on the grid. */
  readonly largest: number;
  /** Mean |F| on the data. */
  readonly onData: number;
  /** Singular value of the Jacobian on the data: the smallest, and the median. */
  readonly singular: { readonly minimum: number; readonly median: number };
}

/** The functions that Figure 2 compares. */
export const FUNCTIONS = ['healthy', 'mlp', 'left-inverse'] as const;
/** One of them. */
export type FunctionName = (typeof FUNCTIONS)[number];

/** Trains one of the functions on the points of Figure 1. */
export async function trainFunction(
  name: FunctionName,
  config: EbimConfig,
  points: Points,
  grid: Grid,
  key: Key,
  signal: AbortSignal,
): Promise<TrainedFunction> {
  if (name !== 'left-inverse') {
    const model = manifoldModel(mlp({ inputSize: 2, outputSize: 1, hidden: config.manifold.hidden }));
    return train(model, name === 'healthy', config, points, grid, key, signal);
  }
  const flow = planeFlow();
  const params = flow.init(foldIn(key, 0));
  try {
    return await train(leftInverseModel(flow, params, 1), false, config, points, grid, key, signal);
  } finally {
    treeDispose(params);
  }
}

/** Trains with the whole loss, or with mean |F| alone. */
async function train<P extends TensorTree>(
  model: ManifoldModel<P>,
  whole: boolean,
  { manifold, bounds }: EbimConfig,
  points: Points,
  grid: Grid,
  key: Key,
  signal: AbortSignal,
): Promise<TrainedFunction> {
  const {
    learningRate,
    epochs,
    batchSize,
    shuffle,
    minSingularValue,
    rankWeight,
    negativeWeight,
    magnitudeWeight,
  } = manifold;
  const weights = whole
    ? { minSingularValue, rankWeight, negativeWeight, magnitudeWeight }
    : { rankWeight: 0, negativeWeight: 0 };
  const data = toTensor(points);
  try {
    const { state, status } = await fit({
      ...manifoldTrainer({
        model,
        optimizer: adam({ learningRate }),
        bounds,
        weights,
        sampler: manifold.sampler,
        // Without negatives no buffer is used.
        bufferCapacity: whole ? manifold.bufferCapacity : batchSize,
        bufferFraction: manifold.bufferFraction,
      }),
      data: batches(data, { batchSize, shuffle }),
      epochs,
      key,
      signal,
    });
    try {
      const constraint = model.constraint(state.params);
      const f = hostFunction(constraint);
      const values = await f(gridPoints(grid));
      const onData = await f(points);
      const { minimum, median } = await rankReport(
        implicitManifold({ constraint, ambientDimension: 2, manifoldDimension: 1 }),
        data,
      );
      return {
        status,
        values,
        largest: values.reduce((most, value) => Math.max(most, Math.abs(value)), 0),
        onData: onData.reduce((sum, value) => sum + Math.abs(value), 0) / onData.length,
        singular: { minimum, median },
      };
    } finally {
      treeDispose(state);
    }
  } finally {
    data.dispose();
  }
}
