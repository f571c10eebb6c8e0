import { repairAbsoluteValue } from './absolute-value.js';
import { repairAveragePooling } from './average-pooling.js';
import { repairBatchNorm } from './batch-norm.js';
import { repairBatchedGather, repairWasmGather } from './batched-gather.js';
import { repairBatchedProducts } from './batched-products.js';
import { repairBroadcastOperands } from './broadcast-operands.js';
import { repairBroadcastProducts } from './broadcast-products.js';
import { repairComparisons } from './comparisons.js';
import { repairConvolutions } from './convolutions.js';
import { repairCumulativeAxes } from './cumulative-axes.js';
import { repairCumulative } from './cumulative.js';
import { repairDepthToSpace } from './depth-to-space.js';
import { repairDilatedConvolutions } from './dilated-convolutions.js';
import { repairEinsum } from './einsum.js';
import { repairElu } from './elu.js';
import { repairEmptyTensors } from './empty-tensors.js';
import { repairGatherScatter } from './gather-scatter.js';
import { repairMaxPooling } from './max-pooling.js';
import { repairMirrorPad } from './mirror-pad.js';
import { repairNativeKernels } from './native-kernels.js';
import { repairResize } from './resize.js';
import { repairSavedOutputs } from './saved-outputs.js';
import { repairScatterUpdate } from './scatter-update.js';
import { repairSelections } from './selections.js';
import { repairSinglePart } from './single-part.js';
import { repairWasmConvolution } from './wasm-convolution.js';
import { repairWasmMissingKernels } from './wasm-delegated-kernels.js';
import { repairWasmEmptyTensors } from './wasm-empty-tensors.js';
import { repairWasmSamePadding } from './wasm-same-padding.js';
import { repairWasmStridedSlice } from './wasm-strided-slice.js';
import { repairWasmSums } from './wasm-sums.js';
import { repairWasmTransposedProducts } from './wasm-transposed-products.js';

/**
 * Mends the faults of TensorFlow.js that would make derivatives wrong or impossible: gradients for all
 * backends, kernels for those backends that are registered when it is called. `useBackend` calls it;
 * call it yourself only when you choose the backend by `tf.setBackend`. Calling it again mends the
 * backends registered since and changes nothing else.
 *
 * @throws BackendError if this version of TensorFlow.js is not supported.
 *
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { installRepairs } from '@ebim/runtime';
 *
 * installRepairs();
 * const first = tf.grad((x: tf.Tensor) => tf.sigmoid(x));
 * const second = tf.grad((x: tf.Tensor) => tf.sum(first(x)));
 * second(tf.tensor1d([0.5])).print(); // -0.0576, as shipped an error
 * ```
 */
export function installRepairs(): void {
  repairSavedOutputs();
  repairComparisons();
  repairElu();
  repairAbsoluteValue();
  repairBroadcastOperands();
  repairBatchedProducts();
  repairConvolutions();
  repairDilatedConvolutions();
  repairBatchNorm();
  repairAveragePooling();
  repairMaxPooling();
  repairCumulativeAxes();
  repairResize();
  repairGatherScatter();
  repairBatchedGather();
  repairDepthToSpace();
  repairCumulative();
  repairScatterUpdate();
  repairMirrorPad();
  repairSinglePart();
  repairSelections();
  repairEinsum();
  repairEmptyTensors();
  repairWasmMissingKernels();
  repairWasmSamePadding();
  repairWasmConvolution();
  repairWasmStridedSlice();
  repairWasmTransposedProducts();
  repairWasmSums();
  repairWasmEmptyTensors();
  repairWasmGather();
  repairNativeKernels();
  repairBroadcastProducts();
}
