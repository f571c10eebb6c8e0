import { scan } from '@ebim/compiler';
import { split, splitSequence, treeTidy, type Key, type TensorTree } from '@ebim/runtime';
import type { ChainState, Kernel } from '../kernel.js';
import { checkCount } from '../options.js';

/**
 * Takes a fixed number of steps and keeps the last: the loop inside a training step.
 *
 * @param steps at least 1
 * @returns the last state, after the kernel's `finish`, and the info of the last step
 * @throws ConfigError `bad-option`
 *
 * @example
 * ```ts
 * const kernel = langevin((x: tf.Tensor) => tf.sum(tf.square(x), 1));
 * const [state, info] = runSteps(kernel, key(0), kernel.init(tf.ones([100, 2])), 20);
 * ```
 */
export function runSteps<S extends TensorTree & ChainState, I extends TensorTree>(
  kernel: Kernel<S, I>,
  key: Key,
  state: S,
  steps: number,
): [S, I] {
  checkCount(steps, 1, 'runSteps(kernel, key, state, steps)');
  // The last step is taken outside the loop, so that the loop need not carry the info of every step.
  const [loopKey, lastKey] = split(key);
  const repeat = <C extends TensorTree>(step: (key: Key, carry: C) => [C, I], start: C): [C, I] => {
    const keys = splitSequence(loopKey, steps - 1);
    const loop = () => scan((carry: C, stepKey: Key) => [step(stepKey, carry)[0], null], start, keys)[0];
    return step(lastKey, steps === 1 ? start : loop());
  };
  return treeTidy(() => {
    const [after, info] = chain(kernel, repeat, state);
    return [kernel.finish ? kernel.finish(after) : after, info];
  });
}

function chain<S extends TensorTree & ChainState, I extends TensorTree>(
  { step, holding }: Kernel<S, I>,
  repeat: <C extends TensorTree>(step: (key: Key, carry: C) => [C, I], start: C) => [C, I],
  state: S,
): [S, I] {
  if (holding === undefined) return repeat((key, carry) => step(key, carry), state);
  const [last, info] = repeat((key, held) => holding.step(key, held), holding.start(state));
  return [holding.end(last), info];
}
