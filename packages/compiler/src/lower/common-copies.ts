import type { ValueId } from '../graph/graph.js';
import { exactly } from '../passes/common-subexpressions.js';
import { sizeOf, type Block, type Lowered, type Operand, type Step } from './block.js';

/**
 * Makes the same copy once: a transposed matrix of weights is wanted by every gradient that goes through its layer, and
 * loops have put theirs in front of them. In the bodies of loops too.
 */
export const commonCopies = (lowered: Lowered): Lowered => ({
  ...lowered,
  block: inBlock(lowered.block, new Map()),
});

function inBlock(block: Block, outer: ReadonlyMap<ValueId, ValueId>): Block {
  const names = new Map(outer);
  const renamed = (operand: Operand): Operand => ({
    ...operand,
    value: names.get(operand.value) ?? operand.value,
  });
  const known = new Map<string, ValueId>();
  const steps = block.steps.flatMap((given): Step[] => {
    const { loop } = given;
    const step = { ...given, inputs: given.inputs.map(renamed) };
    if (loop !== undefined) {
      const condition = loop.condition === undefined ? {} : { condition: inBlock(loop.condition, names) };
      return [{ ...step, loop: { ...loop, ...condition, body: inBlock(loop.body, names) } }];
    }
    if (step.op !== 'Copy') return [step];
    const [{ value, shape, dtype }] = step.outputs;
    const sources = step.inputs.map((input) => input.value);
    const key = JSON.stringify([sources, step.attrs, sizeOf(shape), dtype], exactly);
    const same = known.get(key);
    if (same === undefined) {
      known.set(key, value);
      return [step];
    }
    names.set(value, same);
    return [];
  });
  return { steps, outputs: block.outputs.map(renamed) };
}
