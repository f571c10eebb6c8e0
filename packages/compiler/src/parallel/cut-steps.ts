import { partScratch } from '../kernels/product.js';
import { unitsOf, type Units } from '../kernels/units.js';
import { PIECE } from '../kernels/threefry.js';
import type { Block, Lowered, Step } from '../lower/block.js';
import { tailWords } from '../lower/draws.js';
import type { ProductAttrs } from '../lower/products.js';
import { chainsOf, makeStrips, type StripOptions } from '../strips/strips.js';
import { costOf } from './cost.js';
import type { Parts } from './parts.js';
import { MOST_PARTS } from './words.js';
import { workOf } from './work.js';

/** For how many threads steps are cut, and when. */
export interface Threads extends Omit<StripOptions, 'threads'> {
  readonly count: number;
  /** Microseconds that a part takes at least; less is not worth the way to another thread. Default 4. */
  readonly leastPart?: number;
  /** Share of a program's work that other threads must be able to take off, less what it takes to bring them there. Default 0.25. */
  readonly leastShare?: number;
}

/** Microseconds of a part from which on each thread gets more than one: a thread may be held up. */
const LONG_PART = 100;

/**
 * Makes strips of chains of steps, and cuts them, and other steps whose parts can be computed apart and that are long
 * enough, into parts for threads. Every element is computed as it would be by one thread, so results have the same bits.
 */
export function cutSteps(lowered: Lowered, threads: Threads): Lowered {
  const chains = chainsOf(lowered);
  const forOne = (): Lowered => makeStrips(chains, { ...threads, threads: 1 });
  if (threads.count < 2) return forOne();
  const stripped = makeStrips(chains, { ...threads, threads: threads.count });
  const block = inBlock(stripped.block, threads);
  const { all, cut, travel } = workOf(block);
  const taken = Math.max(0, cut - travel);
  return taken < all * (threads.leastShare ?? 0.25) ? forOne() : { ...stripped, block };
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
  { count, grain, several = grain }: Units,
  cost: number,
  { count: threads, leastPart = 4 }: Threads,
): Parts | null {
  const rounds = Math.max(1, Math.min(Math.floor(cost / threads / LONG_PART), count / several / threads));
  const blocks = Math.floor(count / grain);
  const most = leastPart > 0 ? Math.floor(cost / leastPart) : MOST_PARTS;
  const wanted = Math.min(MOST_PARTS, Math.floor(threads * rounds), most, blocks);
  if (wanted < 2) return null;
  const perPart = evenly(blocks, wanted, threads);
  return { per: grain * perPart, count: Math.ceil(blocks / perPart) };
}

/** Blocks of a part, so that there are `wanted` parts, or down to half of them if the last to end then has fewer blocks. */
function evenly(blocks: number, wanted: number, threads: number): number {
  let best = { perPart: 0, longest: Infinity };
  for (let parts = wanted; parts >= Math.max(Math.min(threads, wanted), wanted / 2); parts--) {
    const perPart = Math.ceil(blocks / parts);
    const longest = perPart * Math.ceil(Math.ceil(blocks / perPart) / threads);
    if (longest < best.longest) best = { perPart, longest };
  }
  return best.perPart;
}

/** The panels and tiles that products copy side by side, and the tails that draws list, are each part's own. */
function withScratch(step: Step, { count, per }: Parts): Step {
  const [result, scratch] = step.outputs;
  if (scratch === undefined || (step.op !== 'MatMul' && step.op !== 'RandomNormal')) return step;
  const ofPart =
    step.op === 'MatMul'
      ? partScratch(step.attrs as unknown as ProductAttrs, { count, per })
      : tailWords((per * PIECE) / 4);
  return { ...step, outputs: [result, { ...scratch, shape: [count * ofPart] }] };
}
