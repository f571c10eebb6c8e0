import { fault } from '../fault.js';
import type { ValueId } from '../graph/graph.js';
import { sizeOf, type Block, type Lowered, type Operand, type Step } from '../lower/block.js';

/** When a value must keep its memory: from its step to its last use, both included. */
export interface Lifetime {
  readonly value: ValueId;
  /** Number of elements. */
  readonly size: number;
  readonly from: number;
  readonly to: number;
  /** Written before the program starts, once: never shares its memory. */
  readonly fixed: boolean;
}

interface Open {
  readonly value: ValueId;
  readonly size: number;
  readonly from: number;
  to: number;
  readonly fixed: boolean;
  /** Loops around the definition, outermost first. */
  readonly loops: readonly LoopSpan[];
}

interface LoopSpan {
  end: number;
}

/** Lifetimes of all values that steps touch, in the order in which they begin. */
export function lifetimes(lowered: Lowered): Lifetime[] {
  const open = new Map<ValueId, Open>();
  const late: { value: Open; span: LoopSpan }[] = [];
  let now = 0;
  const define = ({ value, shape }: Operand, loops: readonly LoopSpan[], fixed = false): void => {
    if (!open.has(value)) open.set(value, { value, size: sizeOf(shape), from: now, to: now, fixed, loops });
  };
  const use = (operand: Operand, loops: readonly LoopSpan[]): void => {
    if (lowered.constants.has(operand.value)) define(operand, [], true);
    const known = open.get(operand.value);
    if (known === undefined) {
      // Empty arrays have no step.
      if (sizeOf(operand.shape) === 0) return define(operand, loops);
      throw fault('values in the order of their computation', `a use of value ${operand.value} before it`);
    }
    known.to = Math.max(known.to, now);
    // What enters a loop is needed in every iteration.
    const entered = loops.find((span) => !known.loops.includes(span));
    if (entered !== undefined) late.push({ value: known, span: entered });
  };
  const walk = (block: Block, loops: readonly LoopSpan[]): void => {
    for (const step of block.steps) {
      now++;
      for (const input of step.inputs) use(input, loops);
      for (const output of step.outputs) define(output, loops);
      if (step.loop !== undefined) walkLoop(step, loops);
    }
    now++;
    for (const output of block.outputs) use(output, loops);
  };
  const walkLoop = (step: Step, loops: readonly LoopSpan[]): void => {
    const { loop } = step;
    if (loop === undefined) return;
    const span: LoopSpan = { end: Number.POSITIVE_INFINITY };
    const inside = [...loops, span];
    for (const slice of loop.slices) define(slice, inside);
    if (loop.condition !== undefined) walk(loop.condition, inside);
    walk(loop.body, inside);
    now++;
    span.end = now;
    // Sequences are read and outputs written in every iteration; slices are filled at its start.
    for (const operand of [...step.inputs, ...step.outputs]) use(operand, loops);
  };
  for (const input of lowered.inputs) define(input, []);
  walk(lowered.block, []);
  for (const { value, span } of late) value.to = Math.max(value.to, span.end);
  return [...open.values()].map(({ loops: _, ...life }) => life).sort((a, b) => a.from - b.from);
}
