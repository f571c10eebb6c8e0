import type { Operand, Step } from '../lower/block.js';
import { i32, type Expr } from '../wasm/expr.js';
import type { Callable, FunctionWriter, Local } from '../wasm/func.js';
import type { ModuleWriter } from '../wasm/module.js';
import type { Part } from '../parallel/parts.js';

/** Where an operand lies: in bytes, a multiple of 4. At least 16 bytes past its end may be read. */
export interface Place {
  readonly offset: number;
  /** To be added: what is known when the step runs only, where it is one of strips (strips/strips.ts). */
  readonly base?: Local<'i32'>;
}

/** What code of a step may use. */
export interface EmitContext {
  /** The function that the step is written into. */
  readonly f: FunctionWriter;
  /** Place of an operand of a step that is never one of strips; a multiple of 16. */
  address(operand: Operand): number;
  place(operand: Operand): Place;
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

/** `offset` bytes from where the base of a place is. */
export const fromBase = ({ base }: Place, offset: Expr<'i32'>): Expr<'i32'> =>
  base === undefined ? offset : i32.add(base, offset);

/** The address of a place. */
export const addressOf = (place: Place): Expr<'i32'> => fromBase(place, i32.const(place.offset));

/** Writes the code of one step, or of a part of it; parts are only asked of steps that have units (units.ts). */
export type EmitRule = (context: EmitContext, step: Step, part?: Part) => void;
