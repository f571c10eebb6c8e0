import type { TensorTree } from '@ebim/runtime';
import type { TrainingLoss } from './loss.js';

/** How the parameters of a phase are moved. */
export interface Optimization {
  /** At the start. Default 1e-3. */
  readonly learningRate?: number;
  /**
   * What becomes of the rate from epoch to epoch: it falls to 0 along half a cosine, or to `finalLearningRate` by equal
   * factors, or stays. Default `'cosine'`.
   */
  readonly schedule?: 'cosine' | 'exponential' | 'constant';
  /** For `exponential`. Default a tenth of `learningRate`. */
  readonly finalLearningRate?: number;
  /**
   * `adamW` decays weights beside the gradient; `adam` adds the decay to the gradient, as the reference did in
   * alternating training; `amsGrad` is `adam` with the largest second moment so far. Default `adamW`.
   */
  readonly method?: 'adamW' | 'adam' | 'amsGrad';
  /** Default 0. */
  readonly weightDecay?: number;
  /** Longest gradient of the phase; longer ones are scaled down. Default: no limit. */
  readonly clipNorm?: number;
}

/**
 * One loss for some of the parameters.
 *
 * @typeParam P tree of the parameters of the model
 */
export interface Phase<P extends TensorTree> extends Optimization {
  /** For events and statistics. */
  readonly name: string;
  readonly loss: TrainingLoss<P>;
  /** The parameters that are updated: those at or below these paths, e.g. `['outer']`. Default: all that are trained. */
  readonly updates?: readonly string[];
  /** Rows of a batch. */
  readonly batchSize: number;
}

/**
 * Phases that are trained together: one, or several that take turns within every epoch, each with an optimiser of its
 * own that lasts for the stage.
 */
export interface Stage<P extends TensorTree> {
  readonly name: string;
  readonly phases: readonly Phase<P>[];
  /** Each goes over all points once for every phase. */
  readonly epochs: number;
  /** So often the phases take turns in an epoch. Default 1. */
  readonly turns?: number;
  /**
   * What the stage hands on: the parameters of the epoch with the lowest loss on the validation rows, or those of the
   * last. Default `best` for one phase, `last` for several, whose losses are not comparable from one epoch to the next
   * (spec 3.1).
   */
  readonly keep?: 'best' | 'last';
}
