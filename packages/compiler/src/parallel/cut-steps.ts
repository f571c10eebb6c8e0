import { unitsOf, type Units } from '../kernels/units.js';
import { PIECE } from '../kernels/threefry.js';
import type { Block, Lowered, Step } from '../lower/block.js';
import { tailWords } from '../lower/draws.js';
import { PANEL, LONGEST_SUM } from '../lower/products.js';
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
  { count, grain }: Units,
  cost: number,
  { count: threads, leastPart = 4 }: Threads,
): Parts | null {
  const rounds = Math.max(1, Math.floor(cost / threads / LONG_PART));
  const blocks = Math.floor(count / grain);
  const most = leastPart > 0 ? Math.floor(cost / leastPart) : MOST_PARTS;
  const wanted = Math.min(MOST_PARTS, threads * rounds, most, blocks);
  if (wanted < 2) return null;
  const perPart = Math.ceil(blocks / wanted);
  return { per: grain * perPart, count: Math.ceil(blocks / perPart) };
}

/** The panels that products copy side by side, and the tails that draws list, are each part's own. */
function withScratch(step: Step, { count, per }: Parts): Step {
  const [result, scratch] = step.outputs;
  if (scratch === undefined || (step.op !== 'MatMul' && step.op !== 'RandomNormal')) return step;
  const ofPart = step.op === 'MatMul' ? PANEL * LONGEST_SUM : tailWords((per * PIECE) / 4);
  return { ...step, outputs: [result, { ...scratch, shape: [count * ofPart] }] };
}
