/**
 * The basis of the transport simplex: a rooted spanning tree over `rows` supply nodes (0 .. rows-1),
 * `columns` demand nodes (rows .. rows+columns-1) and one artificial root (the last node).
 *
 * Every node but the root stores the arc to its parent. The direction of that arc needs no storage: real arcs
 * lead from supply to demand, artificial arcs from their node to the root.
 */
export interface SpanningTree {
  readonly rows: number;
  readonly columns: number;
  readonly root: number;
  /** Parent of each node; -1 for the root. */
  readonly parent: Int32Array;
  readonly firstChild: Int32Array;
  readonly nextSibling: Int32Array;
  readonly previousSibling: Int32Array;
  /** Number of nodes of the subtree below and including each node: finds joins without depths. */
  readonly size: Int32Array;
  /** Flow, a whole number, on the arc to the parent. */
  readonly flow: Float64Array;
  /** Dual variable of each node: cost = potential[i] + potential[j] on every real tree arc. */
  readonly potential: Float64Array;
}

/** A tree with no arcs yet: all nodes hang loose. */
export function createTree(rows: number, columns: number): SpanningTree {
  const nodes = rows + columns + 1;
  return {
    rows,
    columns,
    root: nodes - 1,
    parent: new Int32Array(nodes).fill(-1),
    firstChild: new Int32Array(nodes).fill(-1),
    nextSibling: new Int32Array(nodes).fill(-1),
    previousSibling: new Int32Array(nodes).fill(-1),
    size: new Int32Array(nodes).fill(1),
    flow: new Float64Array(nodes),
    potential: new Float64Array(nodes),
  };
}

/** Makes `node` a child of `parent`. Sizes are left to the caller. */
export function attach(tree: SpanningTree, node: number, parent: number): void {
  const { firstChild, nextSibling, previousSibling } = tree;
  const next = firstChild[parent];
  tree.parent[node] = parent;
  nextSibling[node] = next;
  previousSibling[node] = -1;
  if (next !== -1) previousSibling[next] = node;
  firstChild[parent] = node;
}

/** Takes `node`, with all below it, off its parent. Sizes are left to the caller. */
export function detach(tree: SpanningTree, node: number): void {
  const { firstChild, nextSibling, previousSibling } = tree;
  const next = nextSibling[node];
  const previous = previousSibling[node];
  if (previous === -1) firstChild[tree.parent[node]] = next;
  else nextSibling[previous] = next;
  if (next !== -1) previousSibling[next] = previous;
}

/**
 * Next node after `node` in a depth-first walk that stays below `top` and does not enter `skipped`
 * (-1 for none); -1 at the end of the walk.
 */
export function nextInWalk(tree: SpanningTree, node: number, top: number, skipped: number): number {
  const { parent, firstChild, nextSibling } = tree;
  let next = firstChild[node];
  if (next === skipped && next !== -1) next = nextSibling[next];
  if (next !== -1) return next;
  let at = node;
  while (at !== top) {
    next = nextSibling[at];
    if (next === skipped && next !== -1) next = nextSibling[next];
    if (next !== -1) return next;
    at = parent[at];
  }
  return -1;
}

/** Recomputes every subtree size from the parents. */
export function computeSizes(tree: SpanningTree): void {
  const { parent, size, root } = tree;
  const order = new Int32Array(root + 1);
  let count = 0;
  for (let node = root; node !== -1; node = nextInWalk(tree, node, root, -1)) order[count++] = node;
  size.fill(1);
  for (let at = count - 1; at > 0; at--) size[parent[order[at]]] += size[order[at]];
}

/**
 * Recomputes every potential from the tree arcs, so that rounding of many small updates is forgotten.
 * Children of the root keep theirs: artificial arcs carry no flow and are never priced.
 */
export function computePotentials(tree: SpanningTree, costAt: (row: number, column: number) => number): void {
  const { rows, root, parent, potential } = tree;
  for (let node = root; node !== -1; node = nextInWalk(tree, node, root, -1)) {
    const above = parent[node];
    if (above === -1 || above === root) continue;
    const cost = node < rows ? costAt(node, above - rows) : costAt(above, node - rows);
    potential[node] = cost - potential[above];
  }
}

/** Adds `change` to supply nodes and takes it from demand nodes of the subtree at `top`. */
function shiftSubtree(tree: SpanningTree, top: number, skipped: number, change: number): void {
  const { rows, potential } = tree;
  for (let node = top; node !== -1; node = nextInWalk(tree, node, top, skipped)) {
    potential[node] += node < rows ? change : -change;
  }
}

/**
 * One simplex pivot on the entering arc `row -> column` of reduced cost `reducedCost` < 0.
 *
 * The leaving arc is the last blocking arc of the cycle walked along the entering arc from the join (Cunningham's
 * rule): it keeps the basis strongly feasible (every arc without flow points to the root), which excludes cycling.
 *
 * @returns the flow moved around the cycle (0 for a degenerate pivot)
 */
export function pivot(tree: SpanningTree, row: number, column: number, reducedCost: number): number {
  const { rows, root, parent, size, flow } = tree;
  const tail = row;
  const head = rows + column;

  let a = tail;
  let b = head;
  while (a !== b) {
    if (size[a] < size[b]) a = parent[a];
    else b = parent[b];
  }
  const join = a;

  // Towards the tail flow runs downwards, so an arc that points up loses flow; towards the head the reverse.
  let delta = Infinity;
  let leaving = -1;
  let leavesOnTailSide = true;
  for (let node = tail; node !== join; node = parent[node]) {
    const pointsUp = node < rows || parent[node] === root;
    if (pointsUp && flow[node] < delta) {
      delta = flow[node];
      leaving = node;
    }
  }
  for (let node = head; node !== join; node = parent[node]) {
    const pointsUp = node < rows || parent[node] === root;
    if (!pointsUp && flow[node] <= delta) {
      delta = flow[node];
      leaving = node;
      leavesOnTailSide = false;
    }
  }

  if (delta > 0) {
    for (let node = tail; node !== join; node = parent[node]) {
      flow[node] += node < rows || parent[node] === root ? -delta : delta;
    }
    for (let node = head; node !== join; node = parent[node]) {
      flow[node] += node < rows || parent[node] === root ? delta : -delta;
    }
  }

  const inside = leavesOnTailSide ? tail : head;
  const outside = leavesOnTailSide ? head : tail;
  const moved = size[leaving];
  for (let node = parent[leaving]; node !== join; node = parent[node]) size[node] -= moved;
  for (let node = outside; node !== join; node = parent[node]) size[node] += moved;

  // Turn the stem from `inside` up to `leaving` around, so that `inside` becomes the top of the moved subtree.
  let node = inside;
  let newParent = outside;
  let newFlow = delta;
  let below = 0;
  for (;;) {
    const oldParent = parent[node];
    const oldFlow = flow[node];
    const oldSize = size[node];
    detach(tree, node);
    attach(tree, node, newParent);
    flow[node] = newFlow;
    size[node] = moved - below;
    if (node === leaving) break;
    below = oldSize;
    newParent = node;
    newFlow = oldFlow;
    node = oldParent;
  }

  // Potentials are fixed up to one constant: shift the smaller of the two parts.
  const change = leavesOnTailSide ? reducedCost : -reducedCost;
  if (2 * moved <= size[root]) shiftSubtree(tree, inside, -1, change);
  else shiftSubtree(tree, root, inside, -change);
  return delta;
}
