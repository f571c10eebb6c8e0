import type { ValueId } from '../graph/graph.js';
import { elementwiseRules } from '../kernels/elementwise.js';
import { sizeOf, type Block, type Lowered, type Operand, type Step } from './block.js';
import type { CopyAttrs } from './copies.js';
import { usesOf } from './forward-copies.js';

/**
 * Lets element-wise steps read one number where they read an array of its repetitions, and drops repetitions that
 * nothing reads then. Most are conditions of `where`, whose kernel, other than groups, wants them in full size. In
 * the bodies of loops too.
 */
export function forwardScalars(lowered: Lowered): Lowered {
  const block = forwardBlock(lowered.block, new Map());
  return { ...lowered, block: withoutUnused(block, usesOf(block)) };
}

/** `repeated` says what repetitions are of, those of the blocks around included. */
function forwardBlock(block: Block, repeated: Map<ValueId, Operand>): Block {
  const steps = block.steps.map((step): Step => {
    const { loop } = step;
    if (loop !== undefined) {
      const condition =
        loop.condition === undefined ? {} : { condition: forwardBlock(loop.condition, repeated) };
      return { ...step, loop: { ...loop, ...condition, body: forwardBlock(loop.body, repeated) } };
    }
    const source = repeatedBy(step);
    if (source !== undefined) repeated.set(step.outputs[0].value, source);
    if (!elementwiseRules.has(step.op)) return step;
    return { ...step, inputs: step.inputs.map((x) => scalarOf(x, repeated) ?? x) };
  });
  return { ...block, steps };
}

function scalarOf({ value, dtype }: Operand, repeated: ReadonlyMap<ValueId, Operand>): Operand | undefined {
  const source = repeated.get(value);
  return source === undefined ? undefined : { value: source.value, shape: [], dtype };
}

/** The single element that a copy repeats. */
function repeatedBy({ op, inputs, outputs, attrs }: Step): Operand | undefined {
  if (op !== 'Copy') return undefined;
  const { boxes } = attrs as unknown as CopyAttrs;
  const [x] = inputs;
  const isWhole = boxes.length === 1 && sizeOf(boxes[0].sizes) === sizeOf(outputs[0].shape);
  return isWhole && sizeOf(x.shape) === 1 && sizeOf(outputs[0].shape) > 1 ? x : undefined;
}

function withoutUnused(block: Block, uses: ReadonlyMap<ValueId, number>): Block {
  const isUsed = (step: Step): boolean => repeatedBy(step) === undefined || uses.has(step.outputs[0].value);
  const steps = block.steps.filter(isUsed).map((step): Step => {
    const { loop } = step;
    if (loop === undefined) return step;
    const condition = loop.condition === undefined ? {} : { condition: withoutUnused(loop.condition, uses) };
    return { ...step, loop: { ...loop, ...condition, body: withoutUnused(loop.body, uses) } };
  });
  return { ...block, steps };
}
