import { unitsOf, type Units } from '../kernels/units.js';
import type { Block, Lowered, Step } from '../lower/block.js';
import { PANEL, LONGEST_SUM } from '../lower/products.js';
import { costOf } from './cost.js';
import type { Parts } from './parts.js';
import { MOST_PARTS } from './words.js';

/** For how many threads steps are cut, and when. */
export interface Threads {
  readonly count: number;
  /** Microseconds that a part takes at least; less is not worth the way to another thread. Default 4. */
  readonly leastPart?: number;
  /**
   * Share of a program's work that must be in steps that are cut. What one thread writes and another reads has to travel
   * between their cores: where many steps stay whole, that takes longer than it saves. Default 0.85.
   */
  readonly leastShare?: number;
}

/** A step of which each thread gets one part is cut into more where parts are long: a thread may be held up. */
const LONG_PART = 100;

/**
 * Cuts steps whose parts can be computed apart, and that are long enough, into parts for threads. Every element is computed
 * as it would be by one thread, so results have the same bits.
 */
export function cutSteps(lowered: Lowered, threads: Threads): Lowered {
  if (threads.count < 2) return lowered;
  const block = inBlock(lowered.block, threads);
  const { all, cut } = workOf(block);
  return cut < all * (threads.leastShare ?? 0.85) ? lowered : { ...lowered, block };
}

/** What a block does, about. */
export interface Work {
  /** Microseconds of one thread. */
  readonly all: number;
  /** Of these in steps that are cut. */
  readonly cut: number;
  /** The most parts of a step; 1 if none is cut. */
  readonly mostParts: number;
}

/** Adds up the steps of a block; the first iteration of a `while` stands for all. */
export function workOf({ steps }: Block): Work {
  let [all, cut, mostParts] = [0, 0, 1];
  for (const { loop, ...step } of steps) {
    const own = { all: costOf(step), cut: 0, mostParts: step.parts?.count ?? 1 };
    const work = loop === undefined ? own : workOf(loop.body);
    const times = loop?.condition === undefined ? (loop?.length ?? 1) : 1;
    all += times * work.all;
    cut += times * (step.parts === undefined ? work.cut : work.all);
    mostParts = Math.max(mostParts, work.mostParts);
  }
  return { all, cut, mostParts };
}

const inBlock = (block: Block, threads: Threads): Block => ({
  ...block,
  steps: block.steps.map((step) => inStep(step, threads)),
});

function inStep(step: Step, threads: Threads): Step {
  const { loop } = step;
  if (loop !== undefined) {
    const condition = loop.condition === undefined ? {} : { condition: inBlock(loop.condition, threads) };
    return { ...step, loop: { ...loop, ...condition, body: inBlock(loop.body, threads) } };
  }
  const units = unitsOf(step);
  if (units === null) return step;
  const parts = partsFor(units, costOf(step), threads);
  return parts === null ? step : { ...withScratch(step, parts), parts };
}

function partsFor(
  { count, grain }: Units,
  cost: number,
  { count: threads, leastPart = 4 }: Threads,
): Parts | null {
  const rounds = cost / threads > LONG_PART ? 2 : 1;
  const blocks = Math.floor(count / grain);
  const most = leastPart > 0 ? Math.floor(cost / leastPart) : MOST_PARTS;
  const wanted = Math.min(MOST_PARTS, threads * rounds, most, blocks);
  if (wanted < 2) return null;
  const perPart = Math.ceil(blocks / wanted);
  return { per: grain * perPart, count: Math.ceil(blocks / perPart) };
}

/** The panels that products copy side by side are each part's own. */
function withScratch(step: Step, { count }: Parts): Step {
  const [result, scratch] = step.outputs;
  if (step.op !== 'MatMul' || scratch === undefined) return step;
  return { ...step, outputs: [result, { ...scratch, shape: [count * PANEL * LONGEST_SUM] }] };
}
