import type { TensorTree } from '@ebim/runtime';

/** Means of the statistics over one epoch. */
export interface EpochStats {
  /** From 0. */
  readonly epoch: number;
  /** Mean over the steps of the epoch, float64. Equal between equal runs. */
  readonly stats: Readonly<Record<string, number>>;
  /** Time spent on the epoch. Not equal between equal runs: keep it out of files that are compared. */
  readonly seconds: number;
}

/** After every step. */
export interface StepEvent {
  readonly type: 'step';
  readonly epoch: number;
  /** Batch within the epoch, from 0. */
  readonly batch: number;
  /** Steps done since the start of training, from 1. */
  readonly step: number;
  /** The statistics of this step, at every `statsEvery`-th step only. */
  readonly stats?: Readonly<Record<string, number>>;
}

/** After every epoch. `state` may be read until the handler returns (or its promise settles). */
export interface EpochEvent<S extends TensorTree> extends EpochStats {
  readonly type: 'epoch';
  readonly state: S;
}

/** After a checkpoint was stored. Training would resume at `batch` of `epoch`. */
export interface CheckpointEvent {
  readonly type: 'checkpoint';
  readonly epoch: number;
  readonly batch: number;
}

/** Something that is wrong with a training run though its numbers are finite, as {@link FitOptions} `watch` sees it. */
export interface Symptom {
  /** Stable, kebab-case; a code is told once. */
  readonly code: string;
  /** What is wrong, its likely cause, and what to change. */
  readonly message: string;
}

/** Something that needs attention: a {@link Symptom}, or `diverged`, which ends the run. */
export interface WarningEvent extends Symptom {
  readonly type: 'warning';
  readonly epoch: number;
  readonly batch: number;
}

/** What {@link fit} tells while it runs. */
export type FitEvent<S extends TensorTree = TensorTree> =
  StepEvent | EpochEvent<S> | CheckpointEvent | WarningEvent;
