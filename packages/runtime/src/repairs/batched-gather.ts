import * as tf from '@tensorflow/tfjs';
import { stockGradient, zerosOf } from './gradients.js';
import { installOnce } from './installed.js';

/** The attributes of the kernel GatherV2. */
export interface GatherAttrs {
  readonly axis: number;
  readonly batchDims: number;
}

/** The part of the wasm backend that the indices are read and written through. */
interface WasmHeap {
  readSync(dataId: object): tf.TypedArray;
  makeOutput(
    shape: number[],
    dtype: tf.DataType,
    memoryOffset?: undefined,
    values?: tf.TypedArray,
  ): tf.TensorInfo;
  disposeData(dataId: object): boolean;
}

type Shapes = ReturnType<typeof tf.backend_util.segment_util.collectGatherOpShapeInfo>;

/**
 * Makes the gradient of `tf.gather` with batch axes right. As shipped that for two and more batch axes
 * is wrong or throws; that for one takes a sum for every row of the batch. Here the batch is one long
 * table: a gather from its rows, whose gradient is a single sum over segments.
 */
export function repairBatchedGather(): void {
  const stock = stockGradient('GatherV2');
  if (stock === undefined) return;
  installOnce('batched-gather', () => {
    tf.registerGradient({
      ...stock,
      gradFunc: (dy, saved, attrs) => {
        const { axis, batchDims } = attrs as unknown as GatherAttrs;
        if (batchDims === 0) return stock.gradFunc(dy, saved, attrs);
        const [x, indices] = saved;
        const shapes = gatherShapes(x, indices, axis, batchDims);
        const { batchSize, outerSize, dimSize, sliceSize } = shapes;
        const count = indices.size / batchSize;
        return {
          indices: () => zerosOf(indices),
          x: () => {
            if (x.size === 0) return zerosOf(x);
            const first = tf.reshape(tf.range(0, batchSize * outerSize, 1, 'int32'), [
              batchSize,
              outerSize,
              1,
            ]);
            const own = tf.reshape(tf.cast(indices, 'int32'), [batchSize, 1, count]);
            const rows = tf.add(tf.mul(first, tf.scalar(dimSize, 'int32')), own);
            const flat = tf.reshape<tf.Rank.R1>(rows, [batchSize * outerSize * count]);
            const values = tf.reshape(dy as tf.Tensor, [flat.size, sliceSize]);
            return tf.reshape(tf.unsortedSegmentSum(values, flat, batchSize * outerSize * dimSize), x.shape);
          },
        };
      },
    });
  });
}

/**
 * Makes `tf.gather` with batch axes right on wasm, where it gives wrong numbers or reads beyond the memory
 * ("memory access out of bounds"), and gives what is empty its shape. The stock kernel gathers from the
 * rows of one long table instead.
 */
export function repairWasmGather(): void {
  const stock = tf.getKernel('GatherV2', 'wasm');
  if (stock === undefined) return;
  installOnce('wasm-gather', () => {
    tf.unregisterKernel('GatherV2', 'wasm');
    tf.registerKernel({
      ...stock,
      kernelFunc: (call) => {
        const { x, indices } = call.inputs as { x: tf.TensorInfo; indices: tf.TensorInfo };
        const { axis, batchDims } = call.attrs as unknown as GatherAttrs;
        const shapes = gatherShapes(x, indices, axis, batchDims);
        const wasm = call.backend as WasmHeap;
        if (shapes.outputShape.includes(0)) return wasm.makeOutput(shapes.outputShape, x.dtype);
        if (batchDims === 0 || x.dtype === 'string') return stock.kernelFunc(call);

        const { batchSize, outerSize, dimSize, sliceSize } = shapes;
        const rows = tableRows(wasm.readSync(indices.dataId), shapes);
        const flat = wasm.makeOutput([rows.length], 'int32', undefined, rows);
        // The same data under another shape: nothing is copied, nothing new is owned.
        const table = { ...x, shape: [batchSize * outerSize * dimSize, sliceSize] };
        const out = stock.kernelFunc({
          inputs: { x: table, indices: flat },
          attrs: { axis: 0, batchDims: 0 },
          backend: wasm,
        }) as tf.TensorInfo;
        wasm.disposeData(flat.dataId);
        return { ...out, shape: shapes.outputShape };
      },
    });
  });
}

/** The sizes of `x` before, at and after the axis, and the shape of what is gathered. */
export function gatherShapes(
  x: tf.TensorInfo,
  indices: tf.TensorInfo,
  axis: number,
  batchDims: number,
): Shapes {
  const [positive] = tf.util.parseAxisParam(axis, x.shape);
  return tf.backend_util.segment_util.collectGatherOpShapeInfo(x, indices, positive, batchDims);
}

/** For every batch, outer position and index the row of x, read as `[batch * outer * size, slice]`. */
function tableRows(indices: tf.TypedArray, { batchSize, outerSize, dimSize }: Shapes): Int32Array {
  const count = indices.length / batchSize;
  const rows = new Int32Array(batchSize * outerSize * count);
  for (let block = 0, at = 0; block < batchSize * outerSize; block++) {
    const start = Math.floor(block / outerSize) * count;
    for (let i = start; i < start + count; i++) {
      const index = indices[i];
      if (index < 0 || index >= dimSize) {
        throw new Error(`GatherV2: the index value ${index} is not in [0, ${dimSize - 1}]`);
      }
      rows[at++] = block * dimSize + index;
    }
  }
  return rows;
}
