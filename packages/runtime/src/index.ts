export * from './errors/ebim-error.js';
export * from './trees/tensor-tree.js';
export { foldIn, key, keyAt, split, splitSequence, type Key, type KeySequence } from './random/key.js';
export { normal, permutation, randint, uniform, type UniformOptions } from './random/draw.js';
export { normalArray, uniformArray } from './random/arrays.js';
export {
  backendReport,
  type BackendAttempt,
  type BackendFacts,
  type BackendName,
  type BackendReport,
} from './backend/backend-report.js';
export { supportsSyncRead, useBackend, type UseBackendOptions } from './backend/use-backend.js';
export { installRepairs } from './repairs/install-repairs.js';
