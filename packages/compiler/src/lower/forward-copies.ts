import type { ValueId } from '../graph/graph.js';
import {
  forEachStep,
  sizeOf,
  stridesOf,
  type Block,
  type Lowered,
  type Operand,
  type Step,
} from './block.js';
import type { CopyAttrs, CopyBox } from './copies.js';

/**
 * Lets copies read where the copies before them read: a slice that is only put next to something else is not written
 * down in between. In the bodies of loops too.
 */
export const forwardCopies = (lowered: Lowered): Lowered => ({
  ...lowered,
  block: forwardBlock(lowered.block, usesOf(lowered.block)),
});

/** How often each value is read, by steps and as the result of a block. */
export function usesOf(block: Block): ReadonlyMap<ValueId, number> {
  const uses = new Map<ValueId, number>();
  const count = (operands: readonly Operand[] = []): void => {
    for (const { value } of operands) uses.set(value, (uses.get(value) ?? 0) + 1);
  };
  count(block.outputs);
  forEachStep(block, ({ inputs, loop }) => {
    count(inputs);
    count(loop?.body.outputs);
    count(loop?.condition?.outputs);
  });
  return uses;
}

function forwardBlock(block: Block, uses: ReadonlyMap<ValueId, number>): Block {
  const copies = new Map<ValueId, { readonly source: Operand; readonly box: CopyBox }>();
  const gone = new Set<ValueId>();
  const steps = block.steps.map((step): Step => {
    const { loop } = step;
    if (loop !== undefined) return { ...step, loop: { ...loop, body: forwardBlock(loop.body, uses) } };
    if (step.op !== 'Copy') return step;
    const { boxes, fill } = step.attrs as unknown as CopyAttrs;
    const inputs = [...step.inputs];
    const forwarded = boxes.map((box): CopyBox => {
      const { value } = step.inputs[box.input];
      const before = copies.get(value);
      const alone = boxes.every((other) => other === box || other.input !== box.input);
      if (before === undefined || !alone || !readsAll(box, before.box)) return box;
      gone.add(value);
      inputs[box.input] = before.source;
      return { ...box, from: before.box.from, fromStrides: before.box.fromStrides };
    });
    const [out] = step.outputs;
    const [box] = forwarded;
    const whole = forwarded.length === 1 && box.to === 0 && isRowMajor(box.sizes, box.toStrides);
    if (whole && sizeOf(box.sizes) === sizeOf(out.shape) && uses.get(out.value) === 1)
      copies.set(out.value, { source: inputs[box.input], box });
    return { ...step, inputs, attrs: { boxes: forwarded, ...(fill === undefined ? {} : { fill }) } };
  });
  return { ...block, steps: steps.filter(({ outputs }) => !outputs.some(({ value }) => gone.has(value))) };
}

/** Whether `box` reads just what `before` wrote, in its order. */
const readsAll = (box: CopyBox, before: CopyBox): boolean =>
  box.from === 0 && box.sizes.join() === before.sizes.join() && isRowMajor(box.sizes, box.fromStrides);

/** Whether strides are those of an array without gaps; those of axes of size 1 do not matter. */
export function isRowMajor(sizes: readonly number[], strides: readonly number[]): boolean {
  const own = stridesOf(sizes);
  return sizes.every((size, i) => size === 1 || strides[i] === own[i]);
}
