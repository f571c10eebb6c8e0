import type { Operand, Step } from '../lower/block.js';
import type { FunctionWriter, Callable } from '../wasm/func.js';
import type { ModuleWriter } from '../wasm/module.js';
import type { Part } from '../parallel/parts.js';

/** What code of a step may use. */
export interface EmitContext {
  /** The function that the step is written into. */
  readonly f: FunctionWriter;
  /** Place in memory, in bytes; a multiple of 16. At least 16 bytes past the end may be read. */
  address(operand: Operand): number;
  readonly module: ModuleWriter;
  /** `math(index, a, b)` of host-math.ts. */
  readonly hostMath: Callable;
  /** Stops the program: the host throws the error of this number. */
  readonly hostFail: Callable;
  /** Runs the island of this number. */
  readonly hostIsland: Callable;
  /** A function shared by all steps, written at the first request. */
  helper(name: string, write: (module: ModuleWriter) => Callable): Callable;
}

/** Writes the code of one step, or of a part of it; parts are only asked of steps that have units (units.ts). */
export type EmitRule = (context: EmitContext, step: Step, part?: Part) => void;
