import type { CheckpointStore, FitEvent } from '@ebim/training';

/** How a stage of a run is watched, stopped and stored. */
export interface StageOptions {
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: FitEvent) => void | Promise<void>;
  readonly checkpoint?: { readonly store: CheckpointStore; readonly everyEpochs: number };
}
