import type { Graph, ValueId } from '../graph/graph.js';
import { commonShape } from './algebra/rule.js';
import { rewrite, sameShape, type Rewriter, type Visit } from './rewrite.js';

/** Products of more factors are left alone. */
const MOST_FACTORS = 6;

/** A product taken apart. */
interface Product {
  readonly factors: readonly ValueId[];
  /** Multiplications that nothing else uses. */
  readonly own: number;
}

/**
 * `g * a + g * b` becomes `g * (a + b)`, where that takes no more multiplications. Reverse-mode derivatives are full of
 * such sums, in which `g` is the gradient that comes in last: the bracket no longer waits for it, and one array goes
 * from the forward to the reverse pass instead of one for each factor.
 */
export function takeOutFactors(graph: Graph): Graph {
  const uses = countUses(graph);
  const order = new Map<ValueId, number>();
  const visit: Visit = (node, r) => {
    node.outputs.forEach((id) => order.set(id, order.size));
    if (node.op !== 'Add') return undefined;
    const result = r.info(node.outputs[0]);
    if (result.dtype !== 'float32') return undefined;
    const [a, b] = node.inputs.map((id) => productOf(id, result.shape, uses, r));
    const shared = a.factors.filter(
      (id) => b.factors.includes(id) && sameShape(r.info(id).shape, result.shape),
    );
    if (shared.length === 0 || a.factors.length + b.factors.length > MOST_FACTORS) return undefined;
    const age = (id: ValueId): number => order.get(id) ?? -1;
    const factor = shared.reduce((latest, id) => (age(id) > age(latest) ? id : latest));
    const [restA, restB] = [a, b].map(({ factors }) => without(factors, factor));
    if (restA.length === 0 || restB.length === 0) return undefined;
    if (restA.length + restB.length - 1 > a.own + b.own) return undefined;
    const sum = emit('Add', [product(restA, r), product(restB, r)], r);
    return {
      op: 'Multiply',
      inputs: [factor, sum],
      inputNames: ['a', 'b'],
      attrs: {},
      outputs: node.outputs,
    };
  };
  return rewrite(graph, visit);
}

function countUses({ nodes, outputs }: Graph): ReadonlyMap<ValueId, number> {
  const uses = new Map<ValueId, number>();
  const count = (ids: readonly ValueId[]): void => {
    for (const id of ids) uses.set(id, (uses.get(id) ?? 0) + 1);
  };
  count(outputs);
  for (const { inputs } of nodes) count(inputs);
  return uses;
}

/** The factors of a value; itself where it is no product of the shape. */
function productOf(
  id: ValueId,
  shape: readonly number[],
  uses: ReadonlyMap<ValueId, number>,
  r: Rewriter,
): Product {
  const producer = r.producer(id);
  const single = { factors: [id], own: 0 };
  // What is used elsewhere is computed anyway.
  if (producer?.op !== 'Multiply' || uses.get(id) !== 1 || !sameShape(r.info(id).shape, shape)) return single;
  const [a, b] = producer.inputs.map((input) => productOf(input, shape, uses, r));
  return { factors: [...a.factors, ...b.factors], own: a.own + b.own + 1 };
}

function without(factors: readonly ValueId[], factor: ValueId): ValueId[] {
  const at = factors.indexOf(factor);
  return factors.filter((_, i) => i !== at);
}

const product = (factors: readonly ValueId[], r: Rewriter): ValueId =>
  factors.slice(1).reduce((left, right) => emit('Multiply', [left, right], r), factors[0]);

function emit(op: 'Add' | 'Multiply', inputs: readonly [ValueId, ValueId], r: Rewriter): ValueId {
  const shape = commonShape(r.info(inputs[0]).shape, r.info(inputs[1]).shape);
  return r.emit({ op, inputs, inputNames: ['a', 'b'], attrs: {} }, [{ shape, dtype: 'float32' }])[0];
}
