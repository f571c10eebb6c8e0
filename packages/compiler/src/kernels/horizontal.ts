import { i32x4, v128, type Expr } from '../wasm/expr.js';
import type { FunctionWriter, Local } from '../wasm/func.js';

type V128 = Expr<'v128'>;

/** Combines two vectors lane by lane: the operation of a reduction. */
export type Combine = (a: V128, b: V128) => V128;

/** Lane `i` of the result is the combination of all lanes of vector `i`. */
export function combineLanes(
  f: FunctionWriter,
  combine: Combine,
  [a, b, c, d]: readonly Local<'v128'>[],
): V128 {
  const pair = (x: V128, y: V128): Local<'v128'> =>
    f.vector(combine(v128.shuffle32([0, 4, 1, 5], x, y), v128.shuffle32([2, 6, 3, 7], x, y)));
  const [ab, cd] = [pair(a, b), pair(c, d)];
  return combine(v128.shuffle32([0, 1, 4, 5], ab, cd), v128.shuffle32([2, 3, 6, 7], ab, cd));
}

/** All ones in the first `lanes` lanes. */
export const laneMask = (lanes: number): V128 =>
  i32x4.const(lanes > 0 ? -1 : 0, lanes > 1 ? -1 : 0, lanes > 2 ? -1 : 0, lanes > 3 ? -1 : 0);
