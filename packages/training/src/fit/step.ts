import * as tf from '@tensorflow/tfjs';
import { treeLeaves, treeTidy, type TensorTree } from '@ebim/runtime';

interface StepResult<S extends TensorTree> {
  readonly state: S;
  readonly stats: Readonly<Record<string, tf.Tensor>>;
}

/**
 * Runs one step and disposes `state` and `batch`, except for tensors that the step handed on in its new state.
 * If the step throws, `batch` is disposed all the same. Statistics come back as tensors of their own, so that they outlive the state.
 */
export function advance<S extends TensorTree>(
  state: S,
  batch: tf.Tensor,
  step: (state: S, batch: tf.Tensor) => StepResult<S>,
): StepResult<S> {
  const next = treeTidy(() => {
    const result = disposingOnError(batch, () => step(state, batch));
    const shared = new Set([...treeLeaves(result.state), ...treeLeaves(state), batch]);
    const stats = Object.entries(result.stats).map(
      ([name, value]) => [name, shared.has(value) ? value.clone() : value] as const,
    );
    return { state: result.state, stats: Object.fromEntries(stats) };
  });
  const handedOn = new Set(treeLeaves(next.state));
  for (const leaf of [...treeLeaves(state), batch]) if (!handedOn.has(leaf)) leaf.dispose();
  return next;
}

function disposingOnError<T>(tensor: tf.Tensor, f: () => T): T {
  try {
    return f();
  } catch (error) {
    tensor.dispose();
    throw error;
  }
}

/** Whether every entry of every float32 leaf is finite. One read. */
export async function allFinite(tree: TensorTree): Promise<boolean> {
  const leaves = treeLeaves(tree).filter(({ dtype, size }) => dtype === 'float32' && size > 0);
  if (leaves.length === 0) return true;
  // 0 x is 0 where x is finite and NaN elsewhere.
  const zeros = treeTidy(() => tf.stack(leaves.map((leaf) => tf.sum(tf.mul(leaf, 0)))));
  try {
    return (await zeros.data()).every((zero) => zero === 0);
  } finally {
    zeros.dispose();
  }
}
