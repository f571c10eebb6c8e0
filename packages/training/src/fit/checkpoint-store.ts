import type { JsonValue, TensorTree } from '@ebim/runtime';

/** Where {@link fit} keeps its latest checkpoint: a folder, or whatever a browser offers. */
export interface CheckpointStore {
  /** Replaces the stored checkpoint, all or nothing. Does not keep or dispose the tensors. */
  save(tensors: TensorTree, meta: JsonValue): Promise<void>;
  /** The stored checkpoint, whose tensors the caller then owns; `null` if there is none yet. */
  load(): Promise<{ readonly tensors: TensorTree; readonly meta: JsonValue } | null>;
}
