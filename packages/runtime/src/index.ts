export * from './errors/ebim-error.js';
export * from './trees/tensor-tree.js';
export { treeTidy } from './trees/tree-tidy.js';
export {
  foldIn,
  foldSequence,
  key,
  keyAt,
  split,
  splitSequence,
  type Key,
  type KeySequence,
} from './random/key.js';
export {
  installRandomKernels,
  normal,
  permutation,
  randint,
  uniform,
  type UniformOptions,
} from './random/draw.js';
export { isKey, isKeySequence, keyOfValues, keyValues, tracedKey, tracedKeys } from './random/traced-key.js';
export { normalArray, permutationArray, uniformArray } from './random/arrays.js';
export {
  backendReport,
  type BackendAttempt,
  type BackendFacts,
  type BackendName,
  type BackendReport,
} from './backend/backend-report.js';
export {
  computesOnHost,
  supportsSyncRead,
  useBackend,
  type UseBackendOptions,
} from './backend/use-backend.js';
export { CHOLESKY, installFactorKernels, TRIANGULAR_SOLVE } from './linear-algebra/factor-kernels.js';
export { installRepairs } from './repairs/install-repairs.js';
export { treeMismatch, type TreeMismatch } from './trees/tree-mismatch.js';
export type { JsonValue } from './checkpoint/json.js';
export { saveCheckpoint, type CheckpointContents } from './checkpoint/save-checkpoint.js';
export {
  loadCheckpoint,
  type LoadCheckpointOptions,
  type LoadedCheckpoint,
} from './checkpoint/load-checkpoint.js';
export { writeFileAtomically } from './checkpoint/atomic-file.js';
export { toFileError } from './checkpoint/file-error.js';
export { readSafetensors, writeSafetensors, type Safetensors } from './checkpoint/safetensors.js';
export type { HostDtype, HostTensor } from './checkpoint/host-tensor.js';
export { importNode } from './node-module.js';
