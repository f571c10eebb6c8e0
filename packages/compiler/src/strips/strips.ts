import type { ValueId } from '../graph/graph.js';
import type { Block, Lowered, Operand, Step } from '../lower/block.js';
import { forEachStep, sizeOf } from '../lower/block.js';
import { costOf } from '../parallel/cost.js';
import { chainToStep } from './chain.js';
import { levels, readsOf, type Level } from './levels.js';

/*
 * A chain of steps that compute arrays row by row (products with weights, their activations, sums along rows) goes over
 * all rows once: a strip of rows through all steps, then the next. What only the chain reads is an array of a strip, which
 * stays in the cache of a core; and threads meet once a chain, not once a step.
 */

/** Attributes of a `Strips` step. Its last output is space for a strip of each thread. */
export interface Strips {
  /** Rows of all arrays. */
  readonly rows: number;
  /** Rows of a strip; a multiple of 4. */
  readonly height: number;
  /** Number of strips; the last begins `height` rows before the end, and may compute rows again, the same. */
  readonly count: number;
  /** The steps, with sizes of a strip. */
  readonly body: readonly Step[];
  /** What a strip sees its own rows of, by the name that the steps of the body have for it. */
  readonly views: ReadonlyMap<ValueId, View>;
  /** Where in the space of a strip values of the body are that nothing else reads. */
  readonly places: ReadonlyMap<ValueId, number>;
  /** Space for a strip. */
  readonly bytes: number;
}

/** An array of which a strip sees its rows. */
export interface View {
  readonly whole: Operand;
  /** Elements from one row to the next. */
  readonly stride: number;
}

/** For whom strips are made. */
export interface StripOptions {
  /** Threads that share them. */
  readonly threads: number;
  /** Bytes that the arrays of a strip may take. */
  readonly space?: number;
  /** Bytes that the arrays of a chain alone would take, from which on one thread makes strips. */
  readonly leastSpace?: number;
  /** Microseconds of a chain that threads share, at least. */
  readonly leastWork?: number;
  /** Rows of a strip, at least: a multiple of 4. */
  readonly leastHeight?: number;
}

/** The chains of a program, found once for all numbers of threads. */
export interface Chains {
  readonly lowered: Lowered;
  readonly ofBlock: Map<Block, BlockChains | null>;
}

/** The steps of a block in the order of their chains. */
interface BlockChains {
  readonly rows: number;
  readonly sorted: readonly Level[];
  /** In the chains of which levels each value is read; -1: elsewhere. */
  readonly places: ReadonlyMap<ValueId, ReadonlySet<number>>;
}

/** Looks for chains when they are first asked for. */
export const chainsOf = (lowered: Lowered): Chains => ({ lowered, ofBlock: new Map() });

/** Makes strips of the chains of a program, in the bodies of loops too. */
export function makeStrips(chains: Chains, options: StripOptions): Lowered {
  const { lowered } = chains;
  const names = { next: 1 + largestName(lowered) };
  const fresh = (): ValueId => names.next++;
  return { ...lowered, block: inBlock(lowered.block, chains, options, fresh) };
}

function largestName({ block, inputs, constants }: Lowered): number {
  let largest = Math.max(0, ...inputs.map(({ value }) => value));
  for (const value of constants.keys()) largest = Math.max(largest, value);
  const see = (operands: readonly Operand[]): void => {
    for (const { value } of operands) largest = Math.max(largest, value);
  };
  forEachStep(block, ({ inputs: read, outputs, loop }) => {
    see(read);
    see(outputs);
    see(loop?.slices ?? []);
  });
  return largest;
}

function inBlock(block: Block, chains: Chains, options: StripOptions, fresh: () => ValueId): Block {
  const inLoops = (step: Step): Step => inLoop(step, chains, options, fresh);
  let found = chains.ofBlock.get(block);
  if (found === undefined) chains.ofBlock.set(block, (found = chainsOfBlock(block)));
  if (found === null) return { ...block, steps: block.steps.map(inLoops) };
  const { rows, sorted, places } = found;
  const made = sorted.map(({ chain }, level) => {
    const isNeeded = (value: ValueId): boolean =>
      [...(places.get(value) ?? [])].some((place) => place !== level);
    return chainToStep(chain, rows, isNeeded, options, fresh);
  });
  if (made.every((strips) => strips === null)) return { ...block, steps: block.steps.map(inLoops) };
  return {
    ...block,
    steps: sorted.flatMap(({ chain, others }, i) => [
      ...(made[i] === null ? chain.map(({ step }) => step) : [made[i]]),
      ...others.map(inLoops),
    ]),
  };
}

function chainsOfBlock(block: Block): BlockChains | null {
  const rows = rowsOf(block.steps);
  if (rows === null) return null;
  const sorted = levels(block.steps, rows);
  return { rows, sorted, places: readingPlaces(block, sorted) };
}

function inLoop(step: Step, chains: Chains, options: StripOptions, fresh: () => ValueId): Step {
  const { loop } = step;
  if (loop === undefined) return step;
  const inside = (block: Block): Block => inBlock(block, chains, options, fresh);
  const condition = loop.condition === undefined ? {} : { condition: inside(loop.condition) };
  return { ...step, loop: { ...loop, ...condition, body: inside(loop.body) } };
}

function readingPlaces(block: Block, sorted: readonly Level[]): ReadonlyMap<ValueId, ReadonlySet<number>> {
  const places = new Map<ValueId, Set<number>>();
  const read = (value: ValueId, place: number): void => {
    const known = places.get(value);
    if (known === undefined) places.set(value, new Set([place]));
    else known.add(place);
  };
  for (const { value } of block.outputs) read(value, -1);
  sorted.forEach(({ chain, others }, level) => {
    for (const { step } of chain) for (const { value } of step.inputs) read(value, level);
    for (const step of others) for (const value of readsOf(step)) read(value, -1);
  });
  return places;
}

/** The number of rows of the products that take longest; `null` where there are none. */
function rowsOf(steps: readonly Step[]): number | null {
  const work = new Map<number, number>();
  for (const step of steps) {
    if (step.op !== 'MatMul' && step.op !== 'Dot') continue;
    const { batch, m, aColumn } = step.attrs as { batch: number; m: number; aColumn: number };
    // The first factor of a product over rows, as that for a gradient of weights, is read by columns.
    if (batch === 1 && aColumn !== 1) continue;
    const rows = batch === 1 ? m : batch;
    if (rows > 1) work.set(rows, (work.get(rows) ?? 0) + costOf(step));
  }
  const [longest] = [...work].sort((a, b) => b[1] - a[1]);
  return longest === undefined ? null : longest[0];
}

/** Elements of all arrays of a list. */
export const elementsOf = (operands: readonly Operand[]): number =>
  operands.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
