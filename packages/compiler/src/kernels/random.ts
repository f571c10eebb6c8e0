import type { DrawAttrs } from '../graph/graph.js';
import type { Step } from '../lower/block.js';
import { sizeOf } from '../lower/block.js';
import { centralQuantiles, TAIL_WORDS, tailQuantiles } from '../math/normal-quantile.js';
import { f32x4, f64x2, i32, i32x4, i64, v128, type Expr } from '../wasm/expr.js';
import { callExpr, type Callable, type Local } from '../wasm/func.js';
import type { ModuleWriter } from '../wasm/module.js';
import { tailWords } from '../lower/draws.js';
import { loopUnits, type Part } from '../parallel/parts.js';
import type { EmitContext } from './emit.js';
import { PIECE, writeBlock, writeWords } from './threefry.js';

/*
 * Draws with the bits of @ebim/runtime (random/generate.ts, random/counters.ts): the numbers below are part of its
 * stream.
 */
const UNIFORM = 1;
const NORMAL = 2;
const INTEGER = 3;
const PERMUTATION = 4;
const SPLIT = 0x40000000;
const FOLD = 0x80000000;

const wordsHelper = (context: EmitContext): Callable => context.helper('threefry-words', writeWords);

/** Uniform and normal draws are made in pieces of as many words. */
export const drawUnits = (size: number): number => Math.ceil((4 * size) / PIECE);

/** Fills the output, or a part of it, with the words of a purpose. */
function drawWords(
  context: EmitContext,
  step: Step,
  purpose: number,
  part?: Part,
): { address: number; count: number } {
  const { f } = context;
  const [out] = step.outputs;
  const count = sizeOf(out.shape);
  const address = context.address(out);
  const draw = (to: Expr<'i32'>, bytes: number, first: Expr<'i32'>): void =>
    f.call(
      wordsHelper(context),
      i32.const(context.address(step.inputs[0])),
      i32.const(purpose),
      to,
      i32.const(bytes),
      first,
    );
  if (part === undefined) draw(i32.const(address), 4 * count, i32.const(0));
  else {
    const piece = f.keep('i32', i32.mul(part.index, i32.const(part.per)));
    const to = i32.add(i32.const(address), i32.mul(piece, i32.const(PIECE)));
    const first = i32.mul(piece, i32.const(PIECE / 8));
    const last = drawUnits(count) - part.per * (part.count - 1);
    f.if(
      i32.eq(part.index, i32.const(part.count - 1)),
      () => draw(to, PIECE * last, first),
      () => draw(to, PIECE * part.per, first),
    );
  }
  return { address, count };
}

/** Visits the vectors of the output, or of a part of it: offsets in bytes. */
function overVectors(
  { f }: EmitContext,
  count: number,
  part: Part | undefined,
  body: (at: Local<'i32'>) => void,
): void {
  const perPiece = PIECE / 16;
  const inVectors = part === undefined ? undefined : { ...part, per: perPiece * part.per };
  loopUnits(f, inVectors, perPiece * drawUnits(count), 16, body);
}

/** Code of a `RandomUniform` step. */
export function emitUniform(context: EmitContext, step: Step, part?: Part): void {
  const { f } = context;
  const { min, max } = step.attrs as unknown as DrawAttrs;
  const { address, count } = drawWords(context, step, UNIFORM, part);
  const [from, to] = [Math.fround(min), Math.fround(max)];
  const scale = f64x2.all((to - from) / 0x1000000);
  const pair = (k: Expr<'v128'>): Expr<'v128'> =>
    f32x4.demoteF64x2Zero(f64x2.add(f64x2.all(from), f64x2.mul(f64x2.convertLowI32x4U(k), scale)));
  const below = f32x4.all(float32Below(to));
  overVectors(context, count, part, (i) => {
    const k = f.vector(i32x4.shrU(v128.load(i, address), i32.const(8)));
    const low = f.vector(pair(k));
    const high = f.vector(pair(v128.shuffle32([2, 3, 2, 3], k, k)));
    const value = f.vector(v128.shuffle32([0, 1, 4, 5], low, high));
    f.store('v128', i, address, v128.bitselect(value, below, f32x4.lt(value, f32x4.all(to))));
  });
}

/** Two probabilities from the first two of four words. */
const probabilities = (words: Expr<'v128'>): Expr<'v128'> =>
  f64x2.mul(f64x2.add(f64x2.convertLowI32x4U(words), f64x2.all(0.5)), f64x2.all(2 ** -32));

/**
 * Code of a `RandomNormal` step. The formula of the middle is used for all numbers; words of the tails are listed on
 * the way, in the step's second output, and put right in pairs afterwards.
 */
export function emitNormal(context: EmitContext, step: Step, part?: Part): void {
  const { f } = context;
  const { address, count } = drawWords(context, step, NORMAL, part);
  if (count === 0) return;
  const lists = i32.const(context.address(step.outputs[1]));
  const ofPart = part === undefined ? 0 : 4 * tailWords((part.per * PIECE) / 4);
  const list =
    part === undefined ? lists : f.keep('i32', i32.add(lists, i32.mul(part.index, i32.const(ofPart))));
  const end = f.keep('i32', list);
  const central = (words: Expr<'v128'>): Local<'v128'> => {
    const q = f.vector(f64x2.sub(probabilities(words), f64x2.all(0.5)));
    return f.vector(f32x4.demoteF64x2Zero(centralQuantiles(f, q)));
  };
  overVectors(context, count, part, (i) => {
    const words = f.vector(v128.load(i, address));
    const low = central(words);
    const high = central(v128.shuffle32([2, 3, 2, 3], words, words));
    for (let lane = 0; lane < 4; lane++) {
      // Without a branch, which could not be predicted: what is no tail is overwritten by the next.
      const word = f.keep('i32', i32x4.extract(lane, words));
      f.store('i32', end, 0, word);
      f.store('i32', end, 4, i32.add(i, i32.const(4 * lane)));
      const isTail = i32.ltU(i32.sub(word, i32.const(TAIL_WORDS.first)), i32.const(TAIL_WORDS.count));
      f.set(end, i32.add(end, i32.shl(isTail, i32.const(3))));
    }
    f.store('v128', i, address, v128.shuffle32([0, 1, 4, 5], low, high));
  });
  f.if(i32.ne(end, list), () => {
    // The first once more, in case that their number is odd.
    f.store('v128', end, 0, f.vector(v128.load64Zero(list)));
    const at = f.keep('i32', list);
    f.repeat(() => {
      const pair = f.vector(v128.load(at));
      const p = f.vector(probabilities(v128.shuffle32([0, 2, 0, 2], pair, pair)));
      const z = f.vector(f32x4.demoteF64x2Zero(tailQuantiles(f, p)));
      f.storeLanes(i32x4.extract(1, pair), address, z, 1);
      f.storeLanes(i32x4.extract(3, pair), address, f.vector(v128.shuffle32([1, 1, 1, 1], z, z)), 1);
      f.set(at, i32.add(at, i32.const(16)));
      return i32.ltU(at, end);
    });
  });
}

/**
 * The function `below(range, word, key address, purpose, place, scratch address, limit)`: a whole number in
 * [0, range) from a word, by multiply-shift with rejection of products whose low word is below `limit`
 * (`2^32 mod range`). `range` may be 2^32, hence 64 bits.
 */
function writeBelow(block: Callable) {
  return (module: ModuleWriter): Callable =>
    module.function('below', ['i64', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32'], ['i32'], (f) => {
      const range = f.parameter(0, 'i64');
      const [word, key, purpose, place, scratch, limit] = [1, 2, 3, 4, 5, 6].map((i) =>
        f.parameter(i, 'i32'),
      );
      const product = f.local('i64');
      f.repeat(() => {
        f.set(product, i64.mul(i64.extendI32U(word), range));
        const rejected = i32.ltU(i32.wrapI64(product), limit);
        f.if(rejected, () => {
          // The next attempt counts in the bytes above the purpose.
          f.set(purpose, i32.add(purpose, i32.const(0x100)));
          f.call(block, key, purpose, place, scratch);
          f.set(word, i32.load(scratch));
        });
        return rejected;
      });
      f.result(i32.wrapI64(i64.shrU(product, i64.const(32))));
    });
}

/** Bytes at the start of memory that no value uses. */
const SCRATCH = 16;

function belowHelper(context: EmitContext): Callable {
  const block = context.helper('threefry-block', writeBlock);
  return context.helper('below', writeBelow(block));
}

/** Code of a `RandomInteger` step. */
export function emitInteger(context: EmitContext, step: Step): void {
  const { f } = context;
  const { min, max } = step.attrs as unknown as DrawAttrs;
  const { address, count } = drawWords(context, step, INTEGER);
  const range = max - min;
  const below = belowHelper(context);
  const key = i32.const(context.address(step.inputs[0]));
  f.loop(0, count, 1, (i) => {
    const at = f.keep('i32', i32.shl(i, i32.const(2)));
    const value = callExpr<'i32'>(
      below,
      i64.const(range),
      i32.load(at, address),
      key,
      i32.const(INTEGER),
      i,
      i32.const(SCRATCH),
      i32.const(0x100000000 % range),
    );
    f.store('i32', at, address, i32.add(value, i32.const(min)));
  });
}

/** Code of a `RandomPermutation` step: Fisher-Yates from the end. */
export function emitPermutation(context: EmitContext, step: Step): void {
  const { f } = context;
  const [out] = step.outputs;
  const count = sizeOf(out.shape);
  const order = context.address(out);
  const key = i32.const(context.address(step.inputs[0]));
  const block = context.helper('threefry-block', writeBlock);
  const below = belowHelper(context);
  f.loop(0, count, 1, (i) => f.store('i32', i32.shl(i, i32.const(2)), order, i));
  if (count < 2) return;
  const left = f.keep('i32', i32.const(count - 1));
  f.repeat(() => {
    // Word `left` of the purpose: word `left mod 2` of block `left / 2`.
    f.call(block, key, i32.const(PERMUTATION), i32.shrU(left, i32.const(1)), i32.const(SCRATCH));
    const word = i32.load(i32.shl(i32.and(left, i32.const(1)), i32.const(2)), SCRATCH);
    const range = f.keep('i64', i64.add(i64.extendI32U(left), i64.const(1)));
    const limit = i32.wrapI64(i64.remU(i64.const(0x100000000), range));
    const j = callExpr<'i32'>(
      below,
      range,
      word,
      key,
      i32.const(PERMUTATION),
      left,
      i32.const(SCRATCH),
      limit,
    );
    const to = f.keep('i32', i32.shl(left, i32.const(2)));
    const from = f.keep('i32', i32.shl(j, i32.const(2)));
    const kept = f.keep('i32', i32.load(to, order));
    f.store('i32', to, order, i32.load(from, order));
    f.store('i32', from, order, kept);
    f.set(left, i32.sub(left, i32.const(1)));
    return left;
  });
}

/** Code of a `KeySplit` step. */
export function emitKeySplit(context: EmitContext, step: Step): void {
  drawWords(context, step, SPLIT);
}

/** Code of a `KeyFold` step. */
export function emitKeyFold(context: EmitContext, step: Step): void {
  const [key, data] = step.inputs.map((x) => context.address(x));
  context.f.call(
    context.helper('threefry-block', writeBlock),
    i32.const(key),
    i32.const(FOLD | ((step.attrs.high as number | undefined) ?? 0)),
    i32.load(i32.const(data)),
    i32.const(context.address(step.outputs[0])),
  );
}

/** The largest float32 below `x`. */
function float32Below(x: number): number {
  if (x === 0) return -(2 ** -149);
  const value = Float32Array.of(x);
  new Int32Array(value.buffer)[0] += x > 0 ? -1 : 1;
  return value[0];
}
