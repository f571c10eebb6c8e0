import type { GroupAttrs } from '../fuse/group.js';
import type { ValueId } from '../graph/graph.js';
import { sizeOf, type Operand, type Step } from '../lower/block.js';
import { costOf } from '../parallel/cost.js';
import type { Lifetime } from '../plan/lifetimes.js';
import { bytesFor, planMemory } from '../plan/memory.js';
import type { RowStep } from './levels.js';
import { elementsOf, type StripOptions, type Strips, type View } from './strips.js';

/** Whether something else reads a value. */
type IsNeeded = (value: ValueId) => boolean;

/** Half of what the cache of one core holds in most machines. */
const SPACE = 0x40000;
/** Less stays in the cache without strips. */
const LEAST_SPACE = 0x80000;
/** To hand out less takes longer than it saves. */
const LEAST_WORK = 16;
/** Shorter strips would be mostly the rest of a tile. */
const LEAST_HEIGHT = 8;

/**
 * The step that goes over the rows of a chain once; `null` where it would not pay.
 *
 * @param isNeeded whether a value of the chain is read elsewhere
 */
export function chainToStep(
  chain: readonly RowStep[],
  rows: number,
  isNeeded: IsNeeded,
  options: StripOptions,
  fresh: () => ValueId,
): Step | null {
  if (chain.length < 2) return null;
  const all = chain.map(({ step }) => step);
  const cost = all.reduce((sum, step) => sum + costOf(step), 0);
  const isShared = options.threads > 1 && cost >= (options.leastWork ?? LEAST_WORK);
  const { leastSpace = LEAST_SPACE } = options;
  // All of them together, which is quickly known, then those that are there at a time.
  const own = all.flatMap(({ outputs }) => outputs).filter(({ value }) => !isNeeded(value));
  if (!isShared && bytesFor(elementsOf(own)) < leastSpace) return null;
  const perRow = bytesPerRow(chain, isNeeded);
  if (!isShared && perRow * rows < leastSpace) return null;
  const height = heightFor(perRow, rows, options);
  if (height >= rows) return null;
  const { body, views } = bodyOf(chain, height, isNeeded, fresh);
  const { addresses, bytes } = spaceOf(body, views);
  const count = Math.ceil(rows / height);
  const strips: Strips = { rows, height, count, body, views, places: addresses, bytes };
  return stripsStep(all, isNeeded, strips, options.threads, fresh);
}

function stripsStep(
  all: readonly Step[],
  isNeeded: IsNeeded,
  strips: Strips,
  threads: number,
  fresh: () => ValueId,
): Step {
  const outputs = all.flatMap((step) => step.outputs);
  const made = new Set(outputs.map(({ value }) => value));
  const inputs = new Map<ValueId, Operand>();
  for (const operand of all.flatMap((step) => step.inputs))
    if (!made.has(operand.value)) inputs.set(operand.value, operand);
  const space: Operand = { value: fresh(), shape: [(threads * strips.bytes) / 4], dtype: 'float32' };
  return {
    op: 'Strips',
    inputs: [...inputs.values()],
    attrs: {},
    outputs: [...outputs.filter(({ value }) => isNeeded(value)), ...(strips.bytes > 0 ? [space] : [])],
    strips,
  };
}

/** Bytes that a row more takes of the arrays that only the chain reads and that are there at a time. */
function bytesPerRow(chain: readonly RowStep[], isNeeded: IsNeeded): number {
  const [low, high] = [64, 128].map((height) => {
    const { body, views } = bodyOf(chain, height, isNeeded, nobody());
    return spaceOf(body, views).bytes;
  });
  return (high - low) / 64;
}

/** Rows of a strip that fits into the space, so that threads get the same number of strips. */
function heightFor(
  perRow: number,
  rows: number,
  { space = SPACE, threads, leastHeight = LEAST_HEIGHT }: StripOptions,
): number {
  const fits = Math.max(leastHeight, space / Math.max(1, perRow));
  const rounds = Math.ceil(rows / fits / threads);
  const heights = [0, 1, 2, 3].map((more) =>
    Math.max(leastHeight, roundUp(Math.ceil(rows / ((rounds + more) * threads)), 4)),
  );
  // Whole tiles may make one strip less.
  return heights.find((height) => Math.ceil(rows / height) % threads === 0) ?? heights[0];
}

/** Names that nobody else has, for a body that is only looked at. */
const nobody = (): (() => ValueId) => {
  let next = -1;
  return () => next--;
};

const roundUp = (x: number, to: number): number => Math.ceil(x / to) * to;

/** The steps with sizes of a strip, and what they see of arrays that are there before or afterwards. */
function bodyOf(
  chain: readonly RowStep[],
  height: number,
  isNeeded: IsNeeded,
  fresh: () => ValueId,
): { readonly body: Step[]; readonly views: ReadonlyMap<ValueId, View> } {
  const views = new Map<ValueId, View>();
  const names = new Map<string, ValueId>();
  /** Values of the chain that its steps read in the space of the strip. */
  const own = new Set<ValueId>();
  const view = (whole: Operand, stride: number): Operand => {
    const key = `${whole.value} ${stride}`;
    const value = names.get(key) ?? fresh();
    names.set(key, value);
    views.set(value, { whole, stride });
    return { ...whole, value, shape: [height, stride] };
  };
  const seen = (operand: Operand, stride: number): Operand => {
    if (own.has(operand.value)) return { ...operand, shape: [height, stride] };
    return stride === 0 ? operand : view(operand, stride);
  };
  const body = chain.flatMap(({ step, form }): Step[] => {
    const inputs = step.inputs.map((input, i) => seen(input, form.inputs[i].stride));
    const copies: Step[] = [];
    const outputs = step.outputs.map((output, i) => {
      const rowSize = form.outputs[i];
      if (rowSize === null) return { ...output, shape: [form.scratchFor?.(height) ?? 0] };
      const isOwn = !isNeeded(output.value);
      // The last strip computes rows again that another thread may be reading: they must not change on the way.
      if (!isOwn && form.writesOnce) return view(output, rowSize);
      own.add(output.value);
      const there = { ...output, shape: [height, rowSize] };
      if (!isOwn) copies.push(wholeCopy(there, view(output, rowSize)));
      return there;
    });
    const attrs = form.attrsFor(height);
    return [
      { ...step, inputs, outputs, attrs: step.op === 'Group' ? withLoads(attrs, inputs) : attrs },
      ...copies,
    ];
  });
  return { body, views };
}

function wholeCopy(from: Operand, to: Operand): Step {
  const sizes = [sizeOf(from.shape)];
  const box = { input: 0, sizes, from: 0, fromStrides: [1], to: 0, toStrides: [1] };
  return { op: 'Copy', inputs: [from], attrs: { boxes: [box] }, outputs: [to] };
}

/** A group names what it loads in its attributes, too. */
function withLoads(
  attrs: Readonly<Record<string, unknown>>,
  inputs: readonly Operand[],
): Readonly<Record<string, unknown>> {
  const { loads } = attrs as unknown as GroupAttrs;
  return { ...attrs, loads: loads.map((load, i) => ({ ...load, operand: inputs[i] })) };
}

/** Places for the values of a body that are not views: from their step to their last use. */
function spaceOf(
  body: readonly Step[],
  views: ReadonlyMap<ValueId, View>,
): { readonly addresses: ReadonlyMap<ValueId, number>; readonly bytes: number } {
  const lives = new Map<ValueId, Lifetime>();
  body.forEach(({ inputs, outputs }, now) => {
    for (const { value } of inputs) {
      const life = lives.get(value);
      if (life !== undefined) lives.set(value, { ...life, to: now });
    }
    for (const { value, shape } of outputs)
      if (!views.has(value))
        lives.set(value, { value, size: sizeOf(shape), from: now, to: now, fixed: false });
  });
  const { addresses, bytes } = planMemory([...lives.values()], 0);
  // Those of threads follow each other: whole lines of the cache.
  return { addresses, bytes: roundUp(bytes, 64) };
}
