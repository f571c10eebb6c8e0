import type { FitEvent } from '@ebim/training';
import type { StageName } from './metrics-log.js';

/** What a run tells while it runs. */
export type RunEvent =
  | {
      readonly type: 'stage';
      readonly stage: StageName | 'evaluation' | 'report';
      /** Of a training stage in all; 0 for the others. */
      readonly epochs: number;
      /** Of an epoch; 0 for stages that do not train. */
      readonly batches: number;
    }
  | (FitEvent & { readonly stage: StageName });
