import type { Graph } from '../graph/graph.js';
import { buildProgram } from '../program/program.js';
import { sequence } from '../program/test-data.js';
import { graphWriter } from '../program/test-graph.js';

/** float32 numbers of every size: `count` bit patterns evenly through all 2^32, and special values. */
export function floatsOfAllSizes(count: number): Float32Array {
  const bits = new Uint32Array(count);
  for (let i = 0; i < count; i++) bits[i] = Math.floor((i * 2 ** 32) / count);
  const special = [
    0,
    -0,
    1,
    -1,
    Infinity,
    -Infinity,
    NaN,
    2 ** -149,
    -(2 ** -149),
    2 ** -126,
    3.4028234663852886e38,
  ];
  return Float32Array.from([...new Float32Array(bits.buffer), ...special]);
}

/** `count` numbers evenly in [from, to]. */
export const floatsBetween = (from: number, to: number, count: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => from + ((to - from) * i) / (count - 1));

/** The result of a program, which must be generated code throughout. */
function runAlone(graph: Graph, inputs: readonly Float32Array[]): Float32Array {
  const program = buildProgram(graph);
  if (program.islands.length > 0) throw new Error(`islands: ${program.islands.join(', ')}`);
  return program.run(inputs)[0] as Float32Array;
}

/** The results of a kernel of one input, by generated code. */
export function evaluate(op: string, x: Float32Array): Float32Array {
  const graph = graphWriter();
  const y = graph.node({ op, inputs: [graph.input([x.length])], inputNames: ['x'], attrs: {} }, [
    { shape: [x.length], dtype: 'float32' },
  ]);
  return runAlone(graph.build(y), [x]);
}

const SPECIAL = [
  0,
  -0,
  1,
  -1,
  2,
  -2,
  3,
  -3,
  0.5,
  -0.5,
  Infinity,
  -Infinity,
  NaN,
  2 ** -149,
  2 ** 24 + 2,
  -1e38,
];

/** Pairs of numbers below `limit` (infinite: of every size), and all pairs of special values. */
export function pairsOfAllSizes(count: number, limit: number): [Float32Array, Float32Array] {
  const next = sequence(limit === Infinity ? 1 : limit);
  const word = new DataView(new ArrayBuffer(4));
  const draw = (): number => {
    if (limit !== Infinity) return limit * (2 * next() - 1);
    word.setUint32(0, Math.floor(next() * 2 ** 32));
    return word.getFloat32(0);
  };
  const pairs = SPECIAL.flatMap((a) => SPECIAL.map((b) => [a, b]));
  for (let i = 0; i < count; i++) pairs.push([draw(), draw()]);
  // Small whole exponents of negative numbers, and bases above 0, are worth more than their share.
  for (let i = 0; i < count; i++)
    pairs.push([draw(), Math.round(8 * next()) - 4], [Math.abs(draw()), draw()]);
  return [Float32Array.from(pairs, ([a]) => a), Float32Array.from(pairs, ([, b]) => b)];
}

/** The results of a kernel of two inputs, by generated code. */
export function evaluatePairs(op: string, a: Float32Array, b: Float32Array): Float32Array {
  const graph = graphWriter();
  const inputs = [graph.input([a.length]), graph.input([b.length])];
  const y = graph.node({ op, inputs, inputNames: ['a', 'b'], attrs: {} }, [
    { shape: [a.length], dtype: 'float32' },
  ]);
  return runAlone(graph.build(y), [a, b]);
}

/** As {@link worstUlp}, for functions of two arguments. */
export function worstUlpOfPairs(
  a: Float32Array,
  b: Float32Array,
  values: Float32Array,
  exact: (a: number, b: number) => number,
): { ulp: number; at: number[]; value: number; exact: number } {
  let worst = { ulp: 0, at: [0, 0], value: 0, exact: 0 };
  for (let i = 0; i < a.length; i++) {
    const {
      ulp,
      value,
      exact: wanted,
    } = worstUlp(a.subarray(i, i + 1), values.subarray(i, i + 1), (x) => exact(x, b[i]));
    if (ulp > worst.ulp) worst = { ulp, at: [a[i], b[i]], value, exact: wanted };
  }
  return worst;
}

const bits = new DataView(new ArrayBuffer(4));

/** Distance between neighbouring float32 numbers at the size of `x`. */
function spacing(x: number): number {
  const size = Math.abs(Math.fround(x));
  if (size < 2 ** -126) return 2 ** -149;
  bits.setFloat32(0, size);
  const exponent = (bits.getUint32(0) >>> 23) - 127;
  return 2 ** (exponent - 23);
}

/** The largest error in units of the last place, and where; special values must agree exactly. */
export function worstUlp(
  x: Float32Array,
  values: Float32Array,
  exact: (x: number) => number,
): { ulp: number; at: number; value: number; exact: number } {
  let worst = { ulp: 0, at: 0, value: 0, exact: 0 };
  for (let i = 0; i < x.length; i++) {
    const wanted = exact(x[i]);
    const value = values[i];
    const rounded = Math.fround(wanted);
    const special = !Number.isFinite(rounded) || !Number.isFinite(value);
    const ulp = special
      ? Object.is(rounded, value)
        ? 0
        : Number.POSITIVE_INFINITY
      : Math.abs(value - wanted) / spacing(wanted);
    if (ulp > worst.ulp) worst = { ulp, at: x[i], value, exact: wanted };
  }
  return worst;
}
