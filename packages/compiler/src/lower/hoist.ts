import type { ValueId } from '../graph/graph.js';
import type { Step } from './block.js';

/**
 * Splits the steps of a loop body into those that compute the same in every iteration and the rest. Loops inside the
 * body stay where they are.
 *
 * @param varying values that change between iterations
 */
export function hoist(
  steps: readonly Step[],
  varying: readonly ValueId[],
): { inside: Step[]; outside: Step[] } {
  const changes = new Set(varying);
  const inside: Step[] = [];
  const outside: Step[] = [];
  for (const step of steps) {
    const stays = step.loop !== undefined || step.inputs.some(({ value }) => changes.has(value));
    (stays ? inside : outside).push(step);
    if (stays) for (const { value } of step.outputs) changes.add(value);
  }
  return { inside, outside };
}
