import type { CostRows } from './cost.js';
import { attach, computeSizes, createTree, type SpanningTree } from './spanning-tree.js';

/**
 * A feasible, strongly feasible starting tree: each supply in turn is poured into the cheapest demands that still
 * have room. Whichever end of such an arc is exhausted becomes the child of the other, so every real arc carries
 * flow; what is left over when both ends are exhausted at once hangs on the artificial root without flow.
 */
export function greedyBasis(problem: {
  readonly supply: Float64Array;
  readonly demand: Float64Array;
  readonly cost: CostRows;
}): SpanningTree {
  const { supply, demand, cost } = problem;
  const rows = supply.length;
  const columns = demand.length;
  const tree = createTree(rows, columns);
  const room = Float64Array.from(demand);
  const open = Int32Array.from({ length: columns }, (_, j) => j);
  let openCount = columns;

  for (let i = 0; i < rows; i++) {
    const { values, offset } = cost.row(i);
    let left = supply[i];
    while (left > 0) {
      let at = 0;
      let cheapest = Infinity;
      for (let k = 0; k < openCount; k++) {
        const value = values[offset + open[k]];
        if (value < cheapest) {
          cheapest = value;
          at = k;
        }
      }
      const j = open[at];
      const moved = Math.min(left, room[j]);
      left -= moved;
      room[j] -= moved;
      if (left === 0) {
        attach(tree, i, rows + j);
        tree.flow[i] = moved;
        if (room[j] === 0) attach(tree, rows + j, tree.root);
      } else {
        attach(tree, rows + j, i);
        tree.flow[rows + j] = moved;
      }
      if (room[j] === 0) open[at] = open[--openCount];
    }
  }
  computeSizes(tree);
  return tree;
}
