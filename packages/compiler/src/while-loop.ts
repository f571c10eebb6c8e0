import * as tf from '@tensorflow/tfjs';
import {
  ConfigError,
  ShapeError,
  supportsSyncRead,
  treeLeaves,
  treeMap,
  treeTidy,
  type TensorTree,
} from '@ebim/runtime';
import { checkCarry, describe, handOver, nextTensorId, ownedTensors } from './carry.js';
import { isRecordingGradient } from './trace/engine.js';
import { activeRecorder } from './trace/trace-backend.js';
import { traceWhile } from './trace/trace-while.js';

/** Options of {@link whileLoop}. */
export interface WhileLoopOptions {
  /** The body runs at most so often. A whole number, 0 or more. */
  readonly maxIterations: number;
  /**
   * `true` reads the condition after every iteration and stops as soon as it is false; `false` runs all
   * `maxIterations` and drops the updates after that. Results are the same. Default: `true` where the backend
   * reads tensors synchronously.
   */
  readonly earlyExit?: boolean;
}

/**
 * Repeats `carry = body(carry)` while `condition(carry)` holds: the loop of solvers.
 *
 * The carry keeps its structure, shapes and dtypes; intermediate carries are freed. On a backend that cannot read
 * a tensor synchronously all `maxIterations` run and updates after the end are masked, so `body` must stay finite
 * when it is applied once more to a finished carry if the loop is to be differentiated there.
 *
 * @param condition gives a bool scalar
 * @param body pure function of tensors that reads no tensor data
 * @param carry any tensor tree; not disposed
 * @returns the first carry for which the condition is false, or the one after `maxIterations`
 * @throws ShapeError `carry-changed`, `bad-condition`
 * @throws ConfigError `bad-max-iterations`
 *
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { whileLoop } from '@ebim/compiler';
 *
 * // Newton's iteration for the square root of 2
 * const root = whileLoop(
 *   (x) => tf.greater(tf.abs(tf.sub(tf.square(x), 2)), 1e-5),
 *   (x) => tf.mul(0.5, tf.add(x, tf.div(2, x))),
 *   tf.scalar(1), { maxIterations: 20 });
 * ```
 */
export function whileLoop<C extends TensorTree>(
  condition: (carry: C) => tf.Tensor,
  body: (carry: C) => C,
  carry: C,
  options: WhileLoopOptions,
): C {
  const { maxIterations } = options;
  const recorder = activeRecorder();
  const earlyExit = recorder === null && (options.earlyExit ?? supportsSyncRead());
  if (!Number.isInteger(maxIterations) || maxIterations < 0)
    throw new ConfigError({
      code: 'bad-max-iterations',
      where: 'whileLoop({ maxIterations })',
      expected: 'a whole number, 0 or more',
      received: String(maxIterations),
    });
  if (recorder !== null && !isRecordingGradient())
    return traceWhile(recorder, (c) => checkCondition(condition(c)), body, carry, maxIterations);
  const owned = ownedTensors();
  let current = carry;
  let active: tf.Tensor | undefined;
  try {
    for (let i = 0; i < maxIterations; i++) {
      const mark = nextTensorId();
      const next = treeTidy((): C | null => {
        const holds = checkCondition(condition(current));
        // eslint-disable-next-line no-restricted-syntax -- the one read of the eager loop; compiled loops have none
        if (earlyExit && holds.dataSync()[0] === 0) return null;
        const result = (): C => {
          const after = body(current);
          checkCarry(carry, after, 'whileLoop');
          return after;
        };
        if (earlyExit) return result();
        const still: tf.Tensor = active === undefined ? holds.clone() : tf.logicalAnd(active, holds);
        active?.dispose();
        active = tf.keep(still);
        return select(still, result(), current);
      });
      if (next === null) break;
      const leaves = treeLeaves(next);
      leaves.filter((leaf) => leaf.id >= mark && !leaf.kept).forEach(owned.add);
      owned.retain(leaves);
      current = next;
    }
    const last = handOver(current, owned);
    owned.retain(treeLeaves(last));
    return last;
  } catch (error) {
    owned.retain([]);
    throw error;
  } finally {
    active?.dispose();
  }
}

function select<C extends TensorTree>(active: tf.Tensor, next: C, current: C): C {
  return treeMap((a, b) => (a === b ? a : tf.where(tf.broadcastTo(active, a.shape), a, b)), next, current);
}

function checkCondition(holds: tf.Tensor): tf.Tensor {
  if (holds.rank === 0 && holds.dtype === 'bool') return holds;
  throw new ShapeError({
    code: 'bad-condition',
    where: 'whileLoop: condition',
    expected: 'a bool scalar',
    received: describe(holds),
    hint: 'Reduce over the batch with tf.any or tf.all.',
  });
}
