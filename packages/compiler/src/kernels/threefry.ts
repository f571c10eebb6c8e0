import { i32, i32x4, v128, type Expr } from '../wasm/expr.js';
import { type Callable, type FunctionWriter, type Local } from '../wasm/func.js';
import type { ModuleWriter } from '../wasm/module.js';

/*
 * Threefry-2x32 with 20 rounds, as @ebim/runtime has it (random/threefry.ts), four blocks at a time.
 */

const ROTATIONS = [13, 15, 26, 6, 17, 29, 16, 24] as const;
const PARITY = 0x1bd11bda;

/** The two words of four blocks; key and counters as lanes. */
function blocks(
  f: FunctionWriter,
  k0: Local<'v128'>,
  k1: Local<'v128'>,
  x0: Expr<'v128'>,
  x1: Expr<'v128'>,
): { a: Local<'v128'>; b: Local<'v128'> } {
  const keys = [k0, k1, f.vector(v128.xor(v128.xor(k0, k1), i32x4.all(PARITY)))];
  const a = f.vector(i32x4.add(x0, k0));
  const b = f.vector(i32x4.add(x1, k1));
  for (let group = 0; group < 5; group++) {
    for (let i = 0; i < 4; i++) {
      const r = ROTATIONS[(group & 1) * 4 + i];
      f.set(a, i32x4.add(a, b));
      const rotated = v128.or(i32x4.shl(b, i32.const(r)), i32x4.shrU(b, i32.const(32 - r)));
      f.set(b, v128.xor(rotated, a));
    }
    const step = group + 1;
    f.set(a, i32x4.add(a, keys[step % 3]));
    f.set(b, i32x4.add(i32x4.add(b, keys[(step + 1) % 3]), i32x4.all(step)));
  }
  return { a, b };
}

/** Bytes that four blocks are. */
export const PIECE = 32;

/**
 * The function `words(key address, x0, out, bytes, first)`: the words of blocks `(x0, first)`, `(x0, first + 1)`, … from
 * `out` on, in whole pieces.
 */
export function writeWords(module: ModuleWriter): Callable {
  return module.function('threefry words', ['i32', 'i32', 'i32', 'i32', 'i32'], [], (f) => {
    const [key, x0, out, bytes, first] = [0, 1, 2, 3, 4].map((i) => f.parameter(i, 'i32'));
    const end = f.keep('i32', i32.add(out, bytes));
    const k0 = f.vector(v128.load32Splat(key));
    const k1 = f.vector(v128.load32Splat(key, 4));
    const purpose = f.vector(i32x4.splat(x0));
    const counter = f.vector(i32x4.add(i32x4.splat(first), i32x4.const(0, 1, 2, 3)));
    f.repeat(() => {
      const { a, b } = blocks(f, k0, k1, purpose, counter);
      f.store('v128', out, 0, v128.shuffle32([0, 4, 1, 5], a, b));
      f.store('v128', out, 16, v128.shuffle32([2, 6, 3, 7], a, b));
      f.set(counter, i32x4.add(counter, i32x4.all(4)));
      f.set(out, i32.add(out, i32.const(PIECE)));
      return i32.ltU(out, end);
    });
  });
}

/** The function `block(key address, x0, x1, out)`: the two words of one block. */
export function writeBlock(module: ModuleWriter): Callable {
  return module.function('threefry block', ['i32', 'i32', 'i32', 'i32'], [], (f) => {
    const [key, x0, x1, out] = [0, 1, 2, 3].map((i) => f.parameter(i, 'i32'));
    const k0 = f.vector(v128.load32Splat(key));
    const k1 = f.vector(v128.load32Splat(key, 4));
    const { a, b } = blocks(f, k0, k1, i32x4.splat(x0), i32x4.splat(x1));
    f.storeLanes(out, 0, f.vector(v128.shuffle32([0, 4, 1, 5], a, b)), 2);
  });
}
