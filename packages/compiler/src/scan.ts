import * as tf from '@tensorflow/tfjs';
import {
  ShapeError,
  treeEntries,
  treeLeaves,
  treeMap,
  treeTidy,
  treeUnflatten,
  type TensorTree,
} from '@ebim/runtime';
import { checkCarry, describe, handOver, nextTensorId, ownedTensors } from './carry.js';
import { cutInputs, scanLength, zeroSlices, type ScanInputs, type ScanSlice } from './scan-inputs.js';
import { isRecordingGradient } from './trace/engine.js';
import { activeRecorder } from './trace/trace-backend.js';
import { traceScan } from './trace/trace-scan.js';

/** Options of {@link scan}. */
export interface ScanOptions {
  /** Number of steps. Default: the length of the leading axis of the xs; required when there are none. */
  readonly length?: number;
  /**
   * Int32 scalar: how many of the steps run, so that one program serves for every number of them up to the length.
   * Outputs of the others are zeros. Not under a gradient. Default: all.
   */
  readonly count?: tf.Tensor;
}

/**
 * Runs `step` over the leading axis of `xs`, handing a carry from step to step:
 * `(carry, y[t]) = step(carry, xs[t])`. The loop of samplers and training steps.
 *
 * The carry keeps its structure, shapes and dtypes. Intermediate carries and slices are freed as soon as they are
 * used, also under a gradient and outside of `tf.tidy`. For length 0 the body runs once on zeros to learn the
 * shapes of the outputs.
 *
 * So that the loop can be compiled, `step` must be a pure function of tensors and keys: it reads no tensor data
 * and always does the same operations.
 *
 * @param step gets the carry and the slice of this step; returns `[carry, y]`, `y` a tree or `null`
 * @param carry any tensor tree; not disposed
 * @param xs tree of tensors `[T, …]` and key sequences of length T, or `null`; not disposed
 * @returns the last carry, and every `y` stacked along a new leading axis `[T, …]` (`null` if the steps gave none)
 * @throws {@link ShapeError} `carry-changed`, `output-changed`, `length-mismatch`, `no-leading-axis`, `bad-scan-count`
 * @throws ConfigError `bad-length`, `no-length`
 *
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { scan } from '@ebim/compiler';
 *
 * const [total, partial] = scan(
 *   (sum: tf.Tensor, x: tf.Tensor) => { const next = tf.add(sum, x); return [next, next]; },
 *   tf.scalar(0), tf.tensor1d([1, 2, 3]));
 * // total 6, partial [1, 3, 6]
 * ```
 */
export function scan<C extends TensorTree, X extends ScanInputs | null, Y extends TensorTree | null>(
  step: (carry: C, x: ScanSlice<X>) => readonly [C, Y],
  carry: C,
  xs: X,
  options: ScanOptions = {},
): [C, Y] {
  const length = scanLength(xs, options.length);
  // Inside, slices are untyped: TypeScript cannot follow the recursive type of a slice of an unknown X.
  const run = step as unknown as (carry: C, x: unknown) => readonly [C, Y];
  const recorder = activeRecorder();
  // A gradient has to see the single operations, so there the loop is unrolled.
  const { count } = options;
  if (count !== undefined) checkCount(count, recorder !== null && isRecordingGradient());
  if (recorder !== null && (length > 1 || count !== undefined) && !isRecordingGradient())
    return traceScan(recorder, run, carry, xs, length, count);
  // eslint-disable-next-line no-restricted-syntax -- the one read of the eager loop; compiled loops have none
  const steps = count === undefined ? length : Math.max(0, Math.min(length, count.dataSync()[0]));
  if (steps === 0) return emptyScan<C, Y>(carry, length, (c) => run(c, zeroSlices(xs)));
  const owned = ownedTensors();
  const outputs: Y[] = [];
  const cuts = cutInputs(xs, length);
  let current = carry;
  try {
    for (let t = 0; t < steps; t++) {
      const x = cuts.at(t);
      const mark = nextTensorId();
      const [next, y] = treeTidy((): [C, Y] => {
        const [c, output]: readonly [C, Y] = run(current, x);
        checkCarry(carry, c, 'scan');
        return [c, ownOutput(output, treeLeaves(c), mark)];
      });
      outputs.push(y);
      const leaves = treeLeaves(next);
      leaves.filter((leaf) => leaf.id >= mark && !leaf.kept).forEach(owned.add);
      cuts.slices[t].forEach(owned.add);
      owned.retain(leaves);
      current = next;
    }
    cuts.slices.slice(steps).flat().forEach(owned.add);
    const stacked = stackOutputs(outputs, length);
    const last = handOver(current, owned);
    owned.retain(treeLeaves(last));
    return [last, stacked];
  } catch (error) {
    owned.retain([]);
    tf.dispose([cuts.slices, outputs] as tf.TensorContainer);
    throw error;
  }
}

/** Outputs outlive the step, so each leaf has to be a tensor of its own. */
function ownOutput<Y extends TensorTree | null>(output: Y, carried: readonly tf.Tensor[], mark: number): Y {
  if (output === null) return output;
  const taken = new Set(carried);
  return treeMap((leaf) => {
    const own = leaf.id < mark || leaf.kept || taken.has(leaf) ? leaf.clone() : leaf;
    taken.add(own);
    return own;
  }, output);
}

/** Stacks the outputs of all steps leaf by leaf, fills up with zeros to `length`, and frees them. */
function stackOutputs<Y extends TensorTree | null>(outputs: readonly Y[], length: number): Y {
  const first = outputs[0];
  if (first === null) return first;
  const columns = outputs.map((output) => checkOutput(first, output));
  const stacked = treeLeaves(first).map((leaf, i) =>
    // The gradient of a stack of one fails in TensorFlow.js.
    columns.length === 1 && length === 1
      ? tf.expandDims(leaf, 0)
      : tf.tidy(() => {
          const rest = columns.length < length ? tf.zerosLike(leaf) : leaf;
          return tf.stack(Array.from({ length }, (_, t) => columns[t]?.[i] ?? rest));
        }),
  );
  tf.dispose(columns);
  return treeUnflatten(first, stacked);
}

/** The leaves of an output, after a check that it has the structure, shapes and dtypes of the first. */
function checkOutput(first: TensorTree, output: TensorTree | null): tf.Tensor[] {
  const a = treeEntries(first);
  const b = output === null ? [] : treeEntries(output);
  const wrong = a.findIndex(([path, leaf], i) => path !== b[i]?.[0] || describe(leaf) !== describe(b[i][1]));
  if (wrong >= 0 || a.length !== b.length) {
    const [path, leaf] = a[wrong] ?? b[a.length];
    throw new ShapeError({
      code: 'output-changed',
      where: path === '' ? 'scan: y' : `scan: y at "${path}"`,
      expected: wrong < 0 ? 'no such leaf' : describe(leaf),
      received:
        b[wrong < 0 ? a.length : wrong] === undefined ? 'none' : describe(b[wrong < 0 ? a.length : wrong][1]),
      hint: 'Every step returns an output of the same structure, shapes and dtypes.',
      details: { path },
    });
  }
  return b.map(([, leaf]) => leaf);
}

/** No step: the carry as it came, and zeros `[length, …]` of the shapes that a step on zeros returns. */
function emptyScan<C extends TensorTree, Y extends TensorTree | null>(
  carry: C,
  length: number,
  stepOnZeros: (carry: C) => readonly [C, Y],
): [C, Y] {
  return treeTidy((): [C, Y] => {
    const [next, y] = stepOnZeros(carry);
    checkCarry(carry, next, 'scan');
    const none = y === null ? y : treeMap((leaf) => tf.zeros([length, ...leaf.shape], leaf.dtype), y);
    return [treeMap((leaf) => leaf.clone(), carry), none];
  });
}

function checkCount(count: tf.Tensor, underGradient: boolean): void {
  if (!underGradient && count.rank === 0 && count.dtype === 'int32') return;
  throw new ShapeError({
    code: 'bad-scan-count',
    where: 'scan({ count })',
    expected: underGradient ? 'no count under a gradient' : 'an int32 scalar',
    received: describe(count),
  });
}
