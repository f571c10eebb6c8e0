import { sizeOf, type Block, type Operand, type Step } from '../lower/block.js';
import { costOf } from './cost.js';

/** What a block does, about. */
export interface Work {
  /** Microseconds of one thread. */
  readonly all: number;
  /** Of these in steps that are cut. */
  readonly cut: number;
  /** Microseconds in which what cut steps write gets from the core of one thread to that of another. */
  readonly travel: number;
  /** The most parts of a step; 1 if none is cut. */
  readonly mostParts: number;
}

/** Bytes that get from core to core in a microsecond, on one machine. */
const TRAVELLING = 1300;
/** Larger arrays are in no core's own cache any more when they are read, however many threads there are. */
const CACHED = 0x80000;

/** Adds up the steps of a block; the first iteration of a `while` stands for all. */
export function workOf({ steps }: Block): Work {
  let [all, cut, travel, mostParts] = [0, 0, 0, 1];
  for (const step of steps) {
    const { loop } = step;
    const work = loop === undefined ? ownWork(step) : workOf(loop.body);
    const times = loop?.condition === undefined ? (loop?.length ?? 1) : 1;
    all += times * work.all;
    cut += times * work.cut;
    travel += times * work.travel;
    mostParts = Math.max(mostParts, work.mostParts);
  }
  return { all, cut, travel, mostParts };
}

function ownWork(step: Step): Work {
  const all = costOf(step);
  if (step.parts === undefined) return { all, cut: 0, travel: 0, mostParts: 1 };
  const sizes = resultsOf(step).map(({ shape }) => 4 * sizeOf(shape));
  const bytes = sizes.reduce((sum, size) => sum + (size > CACHED ? 0 : size), 0);
  return { all, cut: all, travel: bytes / TRAVELLING, mostParts: step.parts.count };
}

/** What others read: not the space that a step needs while it runs. */
function resultsOf({ op, outputs, strips }: Step): readonly Operand[] {
  if (strips !== undefined) return strips.bytes > 0 ? outputs.slice(0, -1) : outputs;
  return op === 'MatMul' || op === 'RandomNormal' ? outputs.slice(0, 1) : outputs;
}
