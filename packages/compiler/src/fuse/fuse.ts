import type { ValueId } from '../graph/graph.js';
import { elementwiseRules } from '../kernels/elementwise.js';
import { forEachStep, sizeOf, type Block, type Lowered, type Operand, type Step } from '../lower/block.js';
import { broadcastStrides } from '../lower/copies.js';
import { commonValue } from '../passes/algebra/rule.js';
import type { GroupAttrs, LaneSource, OpenGroup } from './group.js';
import { mergeGroups, sameLoad, type Item } from './merge-groups.js';

/*
 * Element-wise steps of one shape are gathered into groups, which become one loop each: intermediate results stay in
 * registers, and only what is used elsewhere is stored.
 */

/** More nodes than this do not profit from sharing a loop. */
const LARGEST_GROUP = 40;

/**
 * From so many elements on, a group is for steps that share values, and groups that turn out to do so are merged: to read
 * and write an array again costs more than a loop of its own. Shorter arrays stay in the cache, and loops are saved by
 * whatever has the same shape.
 */
const LONG = 4096;

/** Joins element-wise steps, in the bodies of loops too. */
export function fuse(lowered: Lowered): Lowered {
  return { ...lowered, block: fuseBlock(lowered.block, lowered.constants) };
}

/** Steps and groups so far. */
interface Sorted {
  readonly items: Item[];
  /** Places in the list, of what computes a value. */
  readonly itemOf: Map<ValueId, number>;
  /** Places of the groups of each shape. */
  readonly groupsOf: Map<string, number[]>;
}

function fuseBlock(block: Block, constants: Lowered['constants']): Block {
  const sorted: Sorted = { items: [], itemOf: new Map(), groupsOf: new Map() };
  const { items, itemOf } = sorted;
  for (const step of block.steps) {
    if (elementwiseRules.has(step.op)) addElementwise(step, sorted, constants);
    else {
      for (const output of step.outputs) itemOf.set(output.value, items.length);
      items.push({ kind: 'step', step: fuseLoop(step, constants) });
    }
  }
  const used = usesOutside(items, block);
  const steps = items.flatMap((item) => {
    if (item.kind === 'step') return [item.step];
    const step = closeGroup(item.group, used);
    return step === null ? [] : [step];
  });
  return { steps, outputs: block.outputs };
}

function fuseLoop(step: Step, constants: Lowered['constants']): Step {
  if (step.loop === undefined) return step;
  const { condition, body } = step.loop;
  return {
    ...step,
    loop: {
      ...step.loop,
      body: fuseBlock(body, constants),
      ...(condition === undefined ? {} : { condition: fuseBlock(condition, constants) }),
    },
  };
}

function addElementwise(
  step: Step,
  { items, itemOf, groupsOf }: Sorted,
  constants: Lowered['constants'],
): void {
  const [out] = step.outputs;
  const dims = out.shape.filter((size) => size !== 1);
  const key = dims.join();
  const isLong = sizeOf(out.shape) >= LONG;
  // The last item that computes an input: if it is a group of this shape, the input is in its registers; what is not
  // comes after it anyway.
  const first = Math.max(0, ...step.inputs.map(({ value }) => itemOf.get(value) ?? 0));
  const takes = (item: Item): boolean =>
    item.kind === 'group' &&
    item.group.key === key &&
    item.group.nodes.length < LARGEST_GROUP &&
    (!isLong || shares(item.group, step));
  const groups = groupsOf.get(key) ?? [];
  groupsOf.set(key, groups);
  // Groups that were merged into others have left empty ones at their places, which take nothing.
  const at = groups.find((place) => place >= first && takes(items[place])) ?? items.length;
  if (at === items.length) {
    groups.push(at);
    items.push({
      kind: 'group',
      group: { key, dims, nodes: [], results: [], loads: [], indexOf: new Map() },
    });
  }
  const item = items[at];
  if (item.kind !== 'group') return;
  const { group } = item;
  group.indexOf.set(out.value, group.nodes.length);
  group.nodes.push({
    op: step.op,
    attrs: step.attrs,
    inputs: step.inputs.map((input) => sourceOf(group, input, out.shape, constants)),
    inputTypes: step.inputs.map(({ dtype }) => dtype),
    dtype: out.dtype,
  });
  group.results.push(out);
  itemOf.set(out.value, at);
  if (isLong) mergeWithSources(step, key, items, itemOf);
}

/** Whether a group computes or reads an array of full size that the step reads. */
const shares = (group: OpenGroup, { inputs, outputs: [out] }: Step): boolean =>
  inputs.some(
    ({ value, shape }) =>
      sizeOf(shape) === sizeOf(out.shape) &&
      (group.indexOf.has(value) || group.loads.some(({ operand }) => operand.value === value)),
  );

/** Merges the group of a step with the groups that compute its inputs, where they fit together. */
function mergeWithSources(step: Step, key: string, items: Item[], itemOf: Map<ValueId, number>): void {
  for (const { value } of step.inputs) {
    const [source, own] = [itemOf.get(value), itemOf.get(step.outputs[0].value)];
    if (source === undefined || own === undefined || source === own) continue;
    const [a, b] = [items[source], items[own]];
    if (a.kind !== 'group' || b.kind !== 'group' || a.group.key !== key) continue;
    if (a.group.nodes.length + b.group.nodes.length <= LARGEST_GROUP) mergeGroups(items, itemOf, source, own);
  }
}

function sourceOf(
  group: OpenGroup,
  input: Operand,
  shape: readonly number[],
  constants: Lowered['constants'],
): LaneSource {
  const index = group.indexOf.get(input.value);
  if (index !== undefined) return { kind: 'node', index };
  const data = constants.get(input.value);
  const known = data === undefined ? undefined : commonValue(data);
  if (known !== undefined) return { kind: 'constant', value: known, dtype: input.dtype };
  const strides = broadcastStrides(input.shape, shape).filter((_, i) => shape[i] !== 1);
  const load = { operand: input, strides };
  const same = group.loads.findIndex((own) => sameLoad(own, load));
  return { kind: 'load', index: same >= 0 ? same : group.loads.push(load) - 1 };
}

/** Values that are read other than by their own group. */
function usesOutside(items: readonly Item[], block: Block): ReadonlySet<ValueId> {
  const used = new Set(block.outputs.map(({ value }) => value));
  for (const item of items) {
    if (item.kind === 'group') for (const { operand } of item.group.loads) used.add(operand.value);
    else
      forEachStep({ steps: [item.step], outputs: [] }, (step) => {
        for (const { value } of step.inputs) used.add(value);
        for (const inner of [step.loop?.body, step.loop?.condition])
          for (const { value } of inner?.outputs ?? []) used.add(value);
      });
  }
  return used;
}

function closeGroup(group: OpenGroup, used: ReadonlySet<ValueId>): Step | null {
  const stores = group.results.map((_, i) => i).filter((i) => used.has(group.results[i].value));
  if (stores.length === 0) return null;
  const attrs: GroupAttrs = { dims: group.dims, nodes: group.nodes, loads: group.loads, stores };
  return {
    op: 'Group',
    inputs: group.loads.map(({ operand }) => operand),
    attrs: { ...attrs },
    outputs: stores.map((i) => group.results[i]),
  };
}
