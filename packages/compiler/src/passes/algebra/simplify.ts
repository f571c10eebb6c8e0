import type { Graph } from '../../graph/graph.js';
import { rewrite, type Visit } from '../rewrite.js';
import { constantLike, division, negation, neutral, power, sameBranches } from './neutral.js';
import { outerProduct, transposedProduct } from './products.js';
import { plainReduction, REDUCTIONS } from './reductions.js';
import { BROADCASTING, repeatedInput, sumOfRepeated } from './repetitions.js';
import type { AlgebraRule } from './rule.js';
import { scalarOperand, scaledTwice } from './scaling.js';

/** The rules for each operation, in the order in which they are tried. */
const RULES = byOperation([
  [['ZerosLike', 'OnesLike'], constantLike],
  [['Add', 'Sub', 'Multiply', 'RealDiv', 'Maximum', 'Minimum'], neutral],
  [['Multiply'], scaledTwice],
  [['RealDiv'], division],
  [['Pow'], power],
  [['Neg', 'Add', 'Sub'], negation],
  [['Select'], sameBranches],
  [['BatchMatMul'], transposedProduct],
  [['BatchMatMul'], outerProduct],
  [BROADCASTING, repeatedInput],
  [BROADCASTING, scalarOperand],
  [REDUCTIONS, plainReduction],
  [['Sum', 'Mean'], sumOfRepeated],
]);

function byOperation(
  rules: readonly (readonly [ops: Iterable<string>, rule: AlgebraRule])[],
): ReadonlyMap<string, readonly AlgebraRule[]> {
  const found = new Map<string, AlgebraRule[]>();
  for (const [ops, rule] of rules) for (const op of ops) found.set(op, [...(found.get(op) ?? []), rule]);
  return found;
}

/**
 * Rewrites by rules of arithmetic that change no result beyond rounding: neutral elements, powers with small
 * exponents, double negation, transposes into the products that use them, repetitions into operations that repeat by
 * themselves. The first rule that applies to an operation is taken.
 */
export const simplify: Visit = (node, r) => {
  for (const rule of RULES.get(node.op) ?? []) {
    const result = rule(node, r);
    if (result !== undefined) return result;
  }
  return undefined;
};

/** {@link simplify} for all operations of a graph. */
export const simplifyAlgebra = (graph: Graph): Graph => rewrite(graph, simplify);
