import type { Graph } from '../graph/graph.js';
import { simplify } from './algebra/simplify.js';
import { dropAlias } from './aliases.js';
import { takeOutFactors } from './common-factors.js';
import { shareSubexpressions } from './common-subexpressions.js';
import { foldConstant } from './constant-folding.js';
import { dropDeadCode } from './dead-code.js';
import { inBodies, inTurn, rewrite } from './rewrite.js';

/** What looks at one operation after the other goes through the graph together. */
const inPlace = inTurn([dropAlias, foldConstant, simplify]);

/** The passes in their order. Each takes a graph to one that computes the same. */
const PASSES: readonly ((graph: Graph) => Graph)[] = [
  inBodies((graph) => rewrite(graph, inPlace)),
  inBodies(takeOutFactors),
  inBodies(shareSubexpressions),
  dropDeadCode,
];

/** One pass makes work for another, but rarely more often. */
const MOST_ROUNDS = 4;
/** Share of the operations that a round must take away for another: it takes as long as the first. */
const WORTH_A_ROUND = 0.01;

/** Runs all passes, on bodies of loops too, until they find little more to do. */
export function optimize(graph: Graph): Graph {
  let current = dropDeadCode(graph);
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const before = nodeCount(current);
    current = PASSES.reduce((g, pass) => pass(g), current);
    if (before - nodeCount(current) <= WORTH_A_ROUND * before) break;
  }
  return current;
}

/** Operations of a graph and of its bodies. */
export function nodeCount({ nodes }: Graph): number {
  let count = nodes.length;
  for (const { bodies } of nodes) for (const body of bodies ?? []) count += nodeCount(body);
  return count;
}
