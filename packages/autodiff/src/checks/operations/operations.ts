import * as tf from '@tensorflow/tfjs';

/** For the table of verified derivatives only: an operation with points at which it is smooth. */
export interface Operation {
  readonly group: string;
  readonly name: string;
  readonly f: (x: tf.Tensor) => tf.Tensor;
  readonly shape: number[];
  /** Entries of x lie between these. */
  readonly range: readonly [number, number];
}

const table: Operation[] = [];

function group(
  name: string,
  shape: number[],
  range: readonly [number, number],
  operations: Record<string, (x: tf.Tensor) => tf.Tensor>,
): void {
  for (const [operation, f] of Object.entries(operations))
    table.push({ group: name, name: operation, f, shape, range });
}

/** Numbers without pattern in [low, high), all at least 0.01 of the range apart, the same everywhere. */
export function scattered(shape: number[], [low, high]: readonly [number, number], seed = 1): tf.Tensor {
  const size = shape.reduce((product, n) => product * n, 1);
  const values = Float32Array.from({ length: size }, (_, i) => {
    // Multiples of an irrational number are spread evenly: no two entries tie for a maximum.
    const t = ((i + seed) * Math.SQRT2 * 0.4567 + 0.123 * seed) % 1;
    return low + (high - low) * t;
  });
  return tf.tensor(values, shape);
}

const other = (shape: number[], range: readonly [number, number] = [-1, 1]): tf.Tensor =>
  scattered(shape, range, 7);
const images = (f: (x: tf.Tensor4D) => tf.Tensor) => (x: tf.Tensor) => f(x as tf.Tensor4D);
const image = [2, 4, 4, 2];
const filter = (shape: number[]): tf.Tensor4D => other(shape) as tf.Tensor4D;
const indices = (values: number[]): tf.Tensor1D => tf.tensor1d(values, 'int32');

group('one argument, everywhere', [6], [-1.3, 1.3], {
  cos: tf.cos,
  cosh: tf.cosh,
  asinh: tf.asinh,
  atan: tf.atan,
  erf: tf.erf,
  exp: tf.exp,
  expm1: tf.expm1,
  logSigmoid: tf.logSigmoid,
  'logSigmoid of an intermediate result': (x) => tf.logSigmoid(tf.sin(x)),
  neg: tf.neg,
  sigmoid: tf.sigmoid,
  sin: tf.sin,
  sinh: tf.sinh,
  softplus: tf.softplus,
  square: tf.square,
  tan: tf.tan,
  tanh: tf.tanh,
});
group('one argument, with a kink at 0', [6], [0.2, 1.3], {
  'abs, positive': tf.abs,
  'relu, positive': tf.relu,
  'elu, positive': tf.elu,
  'selu, positive': tf.selu,
  'leakyRelu, positive': (x) => tf.leakyRelu(x, 0.3),
  'relu6, positive': tf.relu6,
});
group('one argument, with a kink at 0', [6], [-1.3, -0.2], {
  'abs, negative': tf.abs,
  'relu, negative': tf.relu,
  'elu, negative': tf.elu,
  'selu, negative': tf.selu,
  'leakyRelu, negative': (x) => tf.leakyRelu(x, 0.3),
  'prelu, negative': (x) => tf.prelu(x, tf.scalar(0.2)),
});
group('one argument, on a part of the line', [6], [0.4, 0.9], {
  acos: tf.acos,
  'acosh (x + 1)': (x) => tf.acosh(tf.add(x, 1)),
  asin: tf.asin,
  atanh: tf.atanh,
  log: tf.log,
  log1p: tf.log1p,
  reciprocal: tf.reciprocal,
  rsqrt: tf.rsqrt,
  sqrt: tf.sqrt,
});
group('steps (all derivatives 0) and bounds', [6], [0.1, 0.4], {
  ceil: tf.ceil,
  floor: tf.floor,
  round: tf.round,
  sign: tf.sign,
  step: tf.step,
  'clipByValue, inside': (x) => tf.clipByValue(x, 0, 1),
  'clipByValue, outside': (x) => tf.clipByValue(x, 0.6, 1),
});
group('two arguments', [2, 3], [0.4, 1.4], {
  'add, broadcast': (x) => tf.add(tf.sum(x, 1, true), x),
  'sub, broadcast': (x) => tf.sub(tf.sum(x, 0), x),
  'mul, broadcast': (x) => tf.mul(tf.sum(x, 1, true), x),
  'div, broadcast': (x) => tf.div(tf.sum(x, 0), x),
  divNoNan: (x) => tf.divNoNan(other([2, 3]), x),
  'maximum, both': (x) => tf.maximum(x, tf.mul(other([2, 3]), tf.square(x))),
  'minimum, both': (x) => tf.minimum(x, tf.mul(other([2, 3]), tf.square(x))),
  'pow, base': (x) => tf.pow(x, tf.scalar(2.5)),
  'pow, exponent': (x) => tf.pow(tf.scalar(1.7), x),
  squaredDifference: (x) => tf.squaredDifference(tf.square(x), x),
  'maximum, broadcast': (x) => tf.maximum(tf.sum(x, 1, true), tf.mul(2, x)),
  'minimum, broadcast': (x) => tf.minimum(tf.sum(x, 0), tf.mul(2, x)),
  'squaredDifference, broadcast': (x) => tf.squaredDifference(tf.sum(x, 1, true), x),
  'atan2, both': (x) => tf.atan2(x, tf.add(1, tf.square(x))),
  'mod, dividend': (x) => tf.mod(x, tf.scalar(5)),
  'where, both': (x) => tf.where(tf.greater(other([2, 3]), 0), tf.square(x), tf.sin(x)),
  addN: (x) => tf.addN([x, tf.square(x), x]),
});
group('reductions', [2, 3], [0.4, 1.4], {
  sum: (x) => tf.sum(x, 1),
  mean: (x) => tf.mean(x, 0),
  max: (x) => tf.max(x, 1),
  min: (x) => tf.min(x, 0),
  prod: (x) => tf.prod(x, 1),
  logSumExp: (x) => tf.logSumExp(x, 1),
  'norm, Euclidean': (x) => tf.norm(x, 2, 1),
  'moments, variance': (x) => tf.moments(x, 1).variance,
  'cumsum, last axis': (x) => tf.cumsum(x, 1),
  'cumsum, first axis': (x) => tf.cumsum(x, 0, true, true),
  cumprod: (x) => tf.cumprod(x, 1),
  'topk, values': (x) => tf.topk(x, 2).values,
});
group('distributions and losses', [2, 3], [-1, 1], {
  softmax: (x) => tf.softmax(x),
  logSoftmax: (x) => tf.logSoftmax(x),
  softmaxCrossEntropy: (x) => tf.losses.softmaxCrossEntropy(tf.softmax(other([2, 3])), x),
  sigmoidCrossEntropy: (x) => tf.losses.sigmoidCrossEntropy(tf.sigmoid(other([2, 3])), x),
  meanSquaredError: (x) => tf.losses.meanSquaredError(other([2, 3]), x),
  huberLoss: (x) => tf.losses.huberLoss(other([2, 3], [2, 3]), x),
});
group('products', [3, 3], [-1, 1], {
  'matMul, both': (x) => tf.matMul(x, x),
  'matMul, left transposed': (x) => tf.matMul(x, x, true),
  'matMul, right transposed': (x) => tf.matMul(x, x, false, true),
  'matMul, batched': (x) => tf.matMul(tf.stack([x, tf.square(x)]), tf.stack([tf.square(x), x])),
  'matMul, batched by single': (x) => tf.matMul(tf.stack([x, tf.square(x)]), x),
  'matMul, two batch axes': (x) =>
    tf.matMul(
      tf.reshape(tf.stack([x, tf.square(x)]), [2, 1, 3, 3]),
      tf.reshape(tf.stack([x, x, x]), [1, 3, 3, 3]),
    ),
  dot: (x) => tf.dot(x, x),
  outerProduct: (x) => tf.outerProduct(tf.reshape<tf.Rank.R1>(x, [9]), tf.reshape<tf.Rank.R1>(x, [9])),
  einsum: (x) => tf.einsum('ij,kj->ik', x, tf.square(x)),
  'linalg.bandPart': (x) => tf.linalg.bandPart(x, 1, 0),
  'linalg.qr, r': (x) => tf.linalg.qr(tf.add(x, tf.eye(3).mul(3)))[1],
  transpose: (x) => tf.matMul(tf.transpose(x), tf.square(x)),
});
group('shapes', [4, 3], [-1, 1], {
  broadcastTo: (x) => tf.broadcastTo(x, [2, 4, 3]),
  concat: (x) => tf.concat([x, tf.square(x)], 1),
  'concat of one': (x) => tf.concat([x], 1),
  expandDims: (x) => tf.expandDims(x, 1),
  gather: (x) => tf.gather(x, indices([3, 0, 3])),
  'gather, batched': (x) => tf.gather(x, tf.reshape(indices([2, 0, 1, 1, 0, 0, 2, 2]), [4, 2]), 1, 1),
  gatherND: (x) => tf.gatherND(x, tf.tensor2d([0, 2, 3, 1], [2, 2], 'int32')),
  'mirrorPad, reflect': (x) =>
    tf.mirrorPad(
      x,
      [
        [1, 1],
        [2, 0],
      ],
      'reflect',
    ),
  'mirrorPad, symmetric': (x) =>
    tf.mirrorPad(
      x,
      [
        [1, 1],
        [2, 0],
      ],
      'symmetric',
    ),
  pad: (x) =>
    tf.pad(x, [
      [1, 0],
      [0, 2],
    ]),
  reshape: (x) => tf.reshape(x, [2, 6]),
  reverse: (x) => tf.reverse(x, 1),
  scatterND: (x) => tf.scatterND(tf.tensor2d([0, 5, 5, 2], [4, 1], 'int32'), x, [6, 3]),
  slice: (x) => tf.slice(x, [1, 0], [2, 2]),
  split: (x) => tf.mul(...(tf.split(x, 2) as [tf.Tensor, tf.Tensor])),
  squeeze: (x) => tf.squeeze(tf.expandDims(x, 0)),
  stack: (x) => tf.stack([x, tf.square(x)], 1),
  'stack of one': (x) => tf.stack([x]),
  stridedSlice: (x) => tf.stridedSlice(x, [0, 0], [4, 3], [2, 2]),
  tile: (x) => tf.tile(x, [2, 1]),
  unsortedSegmentSum: (x) => tf.unsortedSegmentSum(x, indices([1, 0, 1, 1]), 2),
  unstack: (x) => tf.mul(...(tf.unstack(x).slice(1, 3) as [tf.Tensor, tf.Tensor])),
});
group('images', image, [-1, 1], {
  avgPool: images((x) => tf.avgPool(x, 2, 2, 'valid')),
  'batchNorm, x': images((x) =>
    tf.batchNorm4d(
      x,
      tf.tensor1d([0.1, 0.2]),
      tf.tensor1d([0.5, 2]),
      tf.tensor1d([0, 1]),
      tf.tensor1d([1, 2]),
    ),
  ),
  'batchNorm, x, no scale': images((x) => tf.batchNorm4d(x, tf.tensor1d([0.1, 0.2]), tf.tensor1d([0.5, 2]))),
  batchToSpaceND: images((x) =>
    tf.batchToSpaceND(
      tf.concat([x, x]),
      [2, 2],
      [
        [0, 0],
        [0, 0],
      ],
    ),
  ),
  'conv2d, input': images((x) => tf.conv2d(x, filter([3, 3, 2, 2]), 1, 'same')),
  'conv2d, input, stride 2': images((x) => tf.conv2d(x, filter([3, 3, 2, 2]), 2, 'same')),
  'conv2d, both': images((x) => tf.conv2d(x, tf.slice(x, [0, 0, 0, 0], [2, 2, 2, 2]), 1, 'valid')),
  'conv2d, dilation 2': images((x) => tf.conv2d(x, filter([2, 2, 2, 2]), 1, 'same', 'NHWC', 2)),
  'conv2dTranspose, input': images((x) =>
    tf.conv2dTranspose(x, filter([3, 3, 2, 2]), [2, 8, 8, 2], 2, 'same'),
  ),
  'conv2dTranspose, filter': images((x) =>
    tf.conv2dTranspose(filter([2, 3, 3, 4]), tf.reshape(x, [4, 4, 1, 4]), [2, 6, 6, 1], 2, 'same'),
  ),
  depthToSpace: images((x) => tf.depthToSpace(tf.concat([x, x], 3), 2)),
  'depthwiseConv2d, input': images((x) => tf.depthwiseConv2d(x, filter([2, 2, 2, 2]), 1, 'same')),
  'depthwiseConv2d, filter': images((x) =>
    tf.depthwiseConv2d(filter([1, 5, 5, 4]), tf.reshape(x, [4, 4, 4, 1]), 1, 'valid'),
  ),
  'depthwiseConv2d, dilation 2': images((x) =>
    tf.depthwiseConv2d(x, filter([2, 2, 2, 2]), 1, 'same', 'NHWC', 2),
  ),
  maxPool: images((x) => tf.maxPool(x, 2, 2, 'valid')),
  'maxPool, overlapping': images((x) => tf.maxPool(x, 3, 1, 'valid')),
  resizeBilinear: images((x) => tf.image.resizeBilinear(x, [6, 7])),
  'resizeBilinear, aligned corners': images((x) => tf.image.resizeBilinear(x, [7, 7], true)),
  resizeNearestNeighbor: images((x) => tf.image.resizeNearestNeighbor(x, [8, 8])),
  spaceToBatchND: images((x) =>
    tf.spaceToBatchND(
      x,
      [2, 2],
      [
        [0, 0],
        [0, 0],
      ],
    ),
  ),
});

/** Every operation of the table. */
export const OPERATIONS: readonly Operation[] = table;
