import { repairAbsoluteValue } from './absolute-value.js';
import { repairBatchedProducts } from './batched-products.js';
import { repairConvolutions } from './convolutions.js';
import { repairAveragePooling } from './average-pooling.js';
import { repairMaxPooling } from './max-pooling.js';
import { repairCumulativeAxes } from './cumulative-axes.js';
import { repairResize } from './resize.js';
import { repairGatherScatter } from './gather-scatter.js';
import { repairDepthToSpace } from './depth-to-space.js';
import { repairCumulative } from './cumulative.js';
import { repairMirrorPad } from './mirror-pad.js';
import { repairSinglePart } from './single-part.js';
import { repairSelections } from './selections.js';
import { repairEinsum } from './einsum.js';
import { repairWasmTransposedProducts } from './wasm-transposed-products.js';
import { repairWasmSamePadding } from './wasm-same-padding.js';
import { repairWasmStridedSlice } from './wasm-strided-slice.js';
import { repairWasmSums } from './wasm-sums.js';
import { repairComparisons } from './comparisons.js';
import { repairElu } from './elu.js';
import { repairSavedOutputs } from './saved-outputs.js';
import { repairWasmConvolution } from './wasm-convolution.js';
import { repairWasmMissingKernels } from './wasm-delegated-kernels.js';

/**
 * Mends the faults of TensorFlow.js that would make derivatives wrong or impossible: gradients for all
 * backends, kernels for those backends that are registered when it is called. `useBackend` calls it;
 * call it yourself only when you choose the backend by `tf.setBackend`. Calling it again mends the
 * backends registered since and changes nothing else.
 *
 * @throws BackendError if this version of TensorFlow.js is not supported.
 *
 * @example
 * import * as tf from '@tensorflow/tfjs';
 * import { installRepairs } from '@ebim/runtime';
 *
 * installRepairs();
 * const first = (x) => tf.grad((y) => tf.sum(tf.sigmoid(y)))(x);
 * tf.grad((x) => tf.sum(first(x)))(tf.tensor1d([0.5])).print(); // -0.0576, not an error or 0
 */
export function installRepairs(): void {
  repairSavedOutputs();
  repairComparisons();
  repairElu();
  repairAbsoluteValue();
  repairBatchedProducts();
  repairConvolutions();
  repairAveragePooling();
  repairMaxPooling();
  repairCumulativeAxes();
  repairResize();
  repairGatherScatter();
  repairDepthToSpace();
  repairCumulative();
  repairMirrorPad();
  repairSinglePart();
  repairSelections();
  repairEinsum();
  repairWasmMissingKernels();
  repairWasmSamePadding();
  repairWasmConvolution();
  repairWasmStridedSlice();
  repairWasmTransposedProducts();
  repairWasmSums();
}
