import type { ValueId } from '../graph/graph.js';
import { forEachStep, type Step } from '../lower/block.js';
import type { GroupLoad, GroupNode, LaneSource, OpenGroup } from './group.js';

/** A step, or a group that still grows, in the order in which they run. */
export type Item =
  { readonly kind: 'step'; readonly step: Step } | { readonly kind: 'group'; readonly group: OpenGroup };

/** A group without nodes, which takes none: what a merged group leaves at its old place. */
const empty = (): OpenGroup => ({
  key: 'merged',
  dims: [],
  nodes: [],
  results: [],
  loads: [],
  indexOf: new Map(),
});

/**
 * Makes one group of those at `early` and `late`, at one of the two places, if what stands between them allows it.
 *
 * @returns the place, `undefined` if they stay apart
 */
export function mergeGroups(
  items: Item[],
  itemOf: Map<ValueId, number>,
  early: number,
  late: number,
): number | undefined {
  const [first, second] = [items[early], items[late]];
  if (first.kind !== 'group' || second.kind !== 'group') return undefined;
  const canGoUp = second.group.loads.every(({ operand }) => (itemOf.get(operand.value) ?? 0) <= early);
  if (!canGoUp && !canGoDown(items, first.group, early, late)) return undefined;
  const place = canGoUp ? early : late;
  const group = joined(first.group, second.group);
  items[early] = { kind: 'group', group: empty() };
  items[late] = { kind: 'group', group: empty() };
  items[place] = { kind: 'group', group };
  for (const { value } of group.results) itemOf.set(value, place);
  return place;
}

/** Whether nothing between the places reads results of the group at the first. */
function canGoDown(items: readonly Item[], group: OpenGroup, from: number, to: number): boolean {
  const reads = (item: Item): boolean => {
    if (item.kind === 'group')
      return item.group.loads.some(({ operand }) => group.indexOf.has(operand.value));
    let found = false;
    forEachStep({ steps: [item.step], outputs: [] }, ({ inputs, loop }) => {
      const operands = [...inputs, ...(loop?.body.outputs ?? []), ...(loop?.condition?.outputs ?? [])];
      found ||= operands.some(({ value }) => group.indexOf.has(value));
    });
    return found;
  };
  return !items.slice(from + 1, to).some(reads);
}

/** The nodes of both; what the second loads and the first computes stays in a register. */
function joined(first: OpenGroup, second: OpenGroup): OpenGroup {
  const loads = [...first.loads];
  const placeOf = second.loads.map((load): LaneSource => {
    const node = first.indexOf.get(load.operand.value);
    if (node !== undefined) return { kind: 'node', index: node };
    const same = loads.findIndex((own) => sameLoad(own, load));
    return { kind: 'load', index: same >= 0 ? same : loads.push(load) - 1 };
  });
  const added = first.nodes.length;
  const moved = (source: LaneSource): LaneSource => {
    if (source.kind === 'node') return { kind: 'node', index: source.index + added };
    return source.kind === 'load' ? placeOf[source.index] : source;
  };
  const nodes = second.nodes.map((node): GroupNode => ({ ...node, inputs: node.inputs.map(moved) }));
  const results = [...first.results, ...second.results];
  return {
    key: first.key,
    dims: first.dims,
    nodes: [...first.nodes, ...nodes],
    results,
    loads,
    indexOf: new Map(results.map(({ value }, i) => [value, i])),
  };
}

/** Whether two loads read the same elements in the same order. */
export const sameLoad = (a: GroupLoad, b: GroupLoad): boolean =>
  a.operand.value === b.operand.value &&
  a.operand.dtype === b.operand.dtype &&
  a.strides.join() === b.strides.join();
