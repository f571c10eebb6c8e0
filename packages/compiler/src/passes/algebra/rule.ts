import type { GraphNode, ValueId } from '../../graph/graph.js';
import { sameShape, type Rewriter } from '../rewrite.js';

/** A rule of arithmetic for some operations: what to put in place of one, `undefined` where it does not apply. */
export type AlgebraRule = (node: GraphNode, r: Rewriter) => readonly ValueId[] | GraphNode | undefined;

/** The value that all elements have, of a constant or of repetitions of one. */
export function uniformValue(id: ValueId, r: Rewriter): number | undefined {
  const data = r.constant(id);
  if (data === undefined) {
    const producer = r.producer(id);
    const repeats = producer?.op === 'Tile' || producer?.op === 'Reshape';
    return repeats ? uniformValue(producer.inputs[0], r) : undefined;
  }
  return commonValue(data);
}

/** Of arrays that were asked for before. */
const commonValues = new WeakMap<Float32Array | Int32Array, number | undefined>();

/** The value that all elements have; `undefined` where they differ or there are none. */
export function commonValue(data: Float32Array | Int32Array): number | undefined {
  if (data.length === 1) return data[0];
  if (!commonValues.has(data)) {
    const isCommon = data.length > 0 && data.every((value) => Object.is(value, data[0]));
    commonValues.set(data, isCommon ? data[0] : undefined);
  }
  return commonValues.get(data);
}

/** `x` in the shape of the node's result. */
export function spread(node: GraphNode, x: ValueId, r: Rewriter): readonly ValueId[] | GraphNode {
  const { shape } = r.info(node.outputs[0]);
  const from = r.info(x);
  if (sameShape(from.shape, shape)) return [x];
  const padded = [...shape.slice(from.shape.length).map(() => 1), ...from.shape];
  const [aligned] =
    padded.length === from.shape.length
      ? [x]
      : r.emit({ op: 'Reshape', inputs: [x], inputNames: ['x'], attrs: { shape: padded } }, [
          { shape: padded, dtype: from.dtype },
        ]);
  const attrs = { reps: shape.map((size, i) => (padded[i] === 1 ? size : 1)) };
  return { op: 'Tile', inputs: [aligned], inputNames: ['x'], attrs, outputs: node.outputs };
}

/** The shape to which two shapes are repeated. */
export function commonShape(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  const at = (shape: readonly number[], i: number): number => shape[i - rank + shape.length] ?? 1;
  return Array.from({ length: rank }, (_, i) => (at(a, i) === 1 ? at(b, i) : at(a, i)));
}
