import type { Graph } from '../graph/graph.js';
import { simplifyAlgebra } from './algebra/simplify.js';
import { dropAliases } from './aliases.js';
import { takeOutFactors } from './common-factors.js';
import { shareSubexpressions } from './common-subexpressions.js';
import { foldConstants } from './constant-folding.js';
import { dropDeadCode } from './dead-code.js';
import { inBodies } from './rewrite.js';

/** The passes in their order. Each takes a graph to one that computes the same. */
export const PASSES: readonly { readonly name: string; readonly pass: (graph: Graph) => Graph }[] = [
  { name: 'aliases', pass: dropAliases },
  { name: 'constant folding', pass: foldConstants },
  { name: 'algebra', pass: simplifyAlgebra },
  { name: 'common factors', pass: takeOutFactors },
  { name: 'common subexpressions', pass: shareSubexpressions },
  { name: 'dead code', pass: dropDeadCode },
];

/** One pass makes work for another, but rarely more often. */
const MOST_ROUNDS = 4;

/** Runs all passes, on bodies of loops too, until they find no more to do. */
export function optimize(graph: Graph): Graph {
  let current = dropDeadCode(graph);
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const before = nodeCount(current);
    current = PASSES.reduce((g, { pass }) => inBodies(pass)(g), current);
    if (nodeCount(current) === before) break;
  }
  return current;
}

/** Operations of a graph and of its bodies. */
export const nodeCount = ({ nodes }: Graph): number =>
  nodes.reduce((sum, { bodies = [] }) => sum + 1 + bodies.reduce((n, body) => n + nodeCount(body), 0), 0);
