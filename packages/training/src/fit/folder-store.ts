import { CheckpointError, loadCheckpoint, saveCheckpoint } from '@ebim/runtime';
import type { CheckpointStore } from './checkpoint-store.js';

const KIND = 'training';

/**
 * Keeps the checkpoint of a run in a folder of its own (made at the first save). A kill at any moment, also while
 * saving, leaves a complete checkpoint. Node only.
 *
 * @throws CheckpointError, FileError from its methods, as `saveCheckpoint` and `loadCheckpoint` of `@ebim/runtime`
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { folderStore } from '@ebim/training';
 *
 * // In a run: fit({ ..., checkpoint: { store, everyEpochs: 5 } })
 * const store = folderStore('runs/a/checkpoint');
 * await store.save({ weight: tf.ones([2]) }, { epoch: 1 });
 * console.log((await store.load())?.meta); // { epoch: 1 }
 * ```
 */
export function folderStore(folder: string): CheckpointStore {
  return {
    save: (tensors, meta) => saveCheckpoint(folder, { tensors, meta, kind: KIND }),
    load: async () => {
      try {
        return await loadCheckpoint(folder, { kind: KIND });
      } catch (error) {
        if (CheckpointError.isInstance(error) && error.code === 'checkpoint-missing') return null;
        throw error;
      }
    },
  };
}
