import type { Dtype } from '../graph/graph.js';
import { f32x4, i32x4, v128, type Expr } from '../wasm/expr.js';
import type { FunctionWriter, Local, Callable } from '../wasm/func.js';

/*
 * Element-wise code works on four elements at a time. In memory all types have 4 bytes, a bool is 0 or 1; in
 * registers a bool is a mask of ones or zeros.
 */

/** What an element-wise rule may use. */
export interface LaneContext {
  readonly f: FunctionWriter;
  readonly attrs: Readonly<Record<string, unknown>>;
  readonly inputs: readonly Dtype[];
  readonly output: Dtype;
  /** The import `math` of host-math.ts. */
  readonly hostMath: Callable;
}

/** Four elements of the result from four of each input. */
export interface LaneRule {
  /** Whether these types and attributes are covered; absent: all float32. */
  readonly accepts?: (
    inputs: readonly Dtype[],
    output: Dtype,
    attrs: Readonly<Record<string, unknown>>,
  ) => boolean;
  readonly emit: (context: LaneContext, ...x: Local<'v128'>[]) => Expr<'v128'>;
}

/** Memory to register. */
export const fromMemory = (dtype: Dtype, loaded: Expr<'v128'>): Expr<'v128'> =>
  dtype === 'bool' ? i32x4.ne(loaded, i32x4.all(0)) : loaded;

/** Register to memory. */
export const toMemory = (dtype: Dtype, lanes: Expr<'v128'>): Expr<'v128'> =>
  dtype === 'bool' ? v128.and(lanes, i32x4.all(1)) : lanes;

/** A known number as lanes. */
export function constantLanes(dtype: Dtype, value: number): Expr<'v128'> {
  if (dtype === 'float32') return f32x4.all(value);
  return i32x4.all(dtype === 'bool' ? (value === 0 ? 0 : -1) : value);
}
