import type { Lowered, Step } from '../lower/block.js';
import type { MemoryPlan } from '../plan/memory.js';
import { codeWriter, writeBlock } from './write-steps.js';

const PAGE = 0x10000;

/** A module and what it needs from the host. */
export interface WrittenModule {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Steps to run when the module calls `island` with their place here. */
  readonly islands: readonly Step[];
  readonly steps: readonly string[];
  /** Whether threads can share its steps: it imports its memory, and exports `serve` for the others. */
  readonly shared: boolean;
}

/**
 * Writes the module: one function a step (engines compile many small functions faster than a large one), and `run`,
 * which calls them. A step in parts has a second one, which computes the part of a number.
 */
export function writeModule(lowered: Lowered, plan: MemoryPlan, threadCount: number): WrittenModule {
  const writer = codeWriter(plan, threadCount);
  const { module, islands, steps } = writer;
  const all = writeBlock(writer, lowered.block, 0);
  module.export(
    'run',
    module.function('run', [], [], (f) => all.forEach((each) => f.call(each))),
  );
  const serve = writer.fork()?.serve;
  if (serve !== undefined) module.export('serve', serve);
  const shared = serve !== undefined;
  return { bytes: module.bytes(pagesFor(plan), shared), islands, steps, shared };
}

/** Size of the memory in the units in which it is given. */
export const pagesFor = ({ bytes }: MemoryPlan): number => Math.ceil(bytes / PAGE);
