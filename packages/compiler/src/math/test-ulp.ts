import { buildProgram } from '../program/program.js';
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

/** The results of a kernel of one input, by generated code. */
export function evaluate(op: string, x: Float32Array): Float32Array {
  const graph = graphWriter();
  const y = graph.node({ op, inputs: [graph.input([x.length])], inputNames: ['x'], attrs: {} }, [
    { shape: [x.length], dtype: 'float32' },
  ]);
  const [values] = buildProgram(graph.build(y)).run([x]);
  return values as Float32Array;
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
