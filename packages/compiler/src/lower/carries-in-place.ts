import { sizeOf, type Block, type Loop, type Lowered, type Operand, type Step } from './block.js';
import type { CopyAttrs } from './copies.js';
import { isRowMajor, usesOf } from './forward-copies.js';

/** Elements from which a copy is the engine's own, whose source and target may overlap. */
export const MOVABLE = 256;

/**
 * Lets a long array that a loop shifts by some places in every iteration (a replay buffer, a history) be shifted where
 * it lies, instead of being written elsewhere and copied back. Comes last: afterwards a value changes inside a body.
 */
export const carriesInPlace = (lowered: Lowered): Lowered => ({
  ...lowered,
  block: inBlock(lowered.block),
});

const inBlock = (block: Block): Block => ({
  ...block,
  steps: block.steps.map((step) => (step.loop === undefined ? step : inLoop(step, step.loop))),
});

function inLoop(step: Step, loop: Loop): Step {
  const condition = loop.condition === undefined ? {} : { condition: inBlock(loop.condition) };
  let body = inBlock(loop.body);
  for (let i = 0; i < loop.carryCount; i++) body = shiftCarry(body, i, step.outputs[i]);
  return { ...step, loop: { ...loop, ...condition, body } };
}

function shiftCarry(body: Block, index: number, carry: Operand): Block {
  const next = body.outputs[index];
  const at = body.steps.findIndex(({ op, outputs }) => op === 'Copy' && outputs[0].value === next.value);
  if (at < 0 || usesOf(body).get(next.value) !== 1) return body;
  const later: Block = { steps: body.steps.slice(at + 1), outputs: body.outputs };
  if (usesOf(later).has(carry.value)) return body;
  const shift = shifted(body.steps[at], carry);
  if (shift === null) return body;
  const replace = <T>(list: readonly T[], place: number, item: T): T[] =>
    list.map((old, i) => (i === place ? item : old));
  return {
    steps: replace(body.steps, at, shift),
    outputs: replace(body.outputs, index, { ...next, value: carry.value }),
  };
}

/** The copy with the carry as its result; `null` if it does more with the carry than to move one piece of it. */
function shifted(step: Step, carry: Operand): Step | null {
  const { boxes, fill } = step.attrs as unknown as CopyAttrs;
  const reads = boxes.filter(({ input }) => step.inputs[input].value === carry.value);
  const [own] = reads;
  const isMove =
    reads.length === 1 &&
    sizeOf(own.sizes) >= MOVABLE &&
    isRowMajor(own.sizes, own.fromStrides) &&
    isRowMajor(own.sizes, own.toStrides);
  if (!isMove || fill !== undefined) return null;
  // What moves goes first, before its old place is overwritten.
  const ordered = [own, ...boxes.filter((box) => box !== own)];
  return { ...step, attrs: { boxes: ordered }, outputs: [{ ...step.outputs[0], value: carry.value }] };
}
