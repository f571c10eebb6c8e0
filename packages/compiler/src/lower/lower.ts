import { fault } from '../fault.js';
import type { Graph, GraphNode, ScanAttrs, ValueId, ValueInfo, WhileAttrs } from '../graph/graph.js';
import { isElementwise } from '../kernels/elementwise.js';
import { sizeOf, type Block, type Lowered, type Operand, type Step } from './block.js';
import { lowerContext, type LowerContext, type SharedNames } from './context.js';
import { broadcastStrides, broadcastTo } from './copies.js';
import { tailWords } from './draws.js';
import { hoist } from './hoist.js';
import { lowerRules } from './rules.js';

/** Own operations that become one step each. */
const DIRECT = new Set([
  'RandomUniform',
  'RandomNormal',
  'RandomInteger',
  'RandomPermutation',
  'KeySplit',
  'KeyFold',
]);

type Bindings = Map<ValueId, Operand>;

/** Rewrites a graph into steps (block.ts). */
export function lowerGraph(graph: Graph): Lowered {
  const shared: SharedNames = { next: 0, constants: new Map() };
  const steps: Step[] = [];
  const context = lowerContext(shared, steps);
  const bindings: Bindings = new Map();
  const inputs = graph.inputs.map((id) => {
    const { shape, dtype } = infoOf(graph, id);
    const input = context.fresh(shape, dtype);
    bindings.set(id, input);
    return input;
  });
  const outputs = lowerNodes(graph, bindings, context, shared);
  return { inputs, constants: shared.constants, block: { steps, outputs } };
}

function infoOf(graph: Graph, id: ValueId): ValueInfo {
  const info = graph.values.get(id);
  if (info === undefined) throw fault('a shape of every value', `none of value ${id}`);
  return info;
}

function lowerNodes(graph: Graph, bindings: Bindings, context: LowerContext, shared: SharedNames): Operand[] {
  for (const [id, data] of graph.constants) {
    const { shape, dtype } = infoOf(graph, id);
    bindings.set(id, context.constant(data, shape, dtype));
  }
  const bound = (id: ValueId): Operand => {
    const operand = bindings.get(id);
    if (operand === undefined)
      throw fault('values in the order of their computation', `a use of value ${id} before it`);
    return operand;
  };
  for (const node of graph.nodes) {
    const inputs = node.inputs.map(bound);
    const infos = node.outputs.map((id) => infoOf(graph, id));
    const outputs = lowerNode(node, inputs, infos, context, shared);
    node.outputs.forEach((id, i) => bindings.set(id, outputs[i]));
  }
  return graph.outputs.map(bound);
}

function lowerNode(
  node: GraphNode,
  inputs: readonly Operand[],
  infos: readonly ValueInfo[],
  context: LowerContext,
  shared: SharedNames,
): readonly Operand[] {
  if (node.op === 'Scan') return lowerScan(node, inputs, infos, context, shared);
  if (node.op === 'While') return lowerWhile(node, inputs, infos, context, shared);
  // Nothing to compute.
  if (infos.every(({ shape }) => sizeOf(shape) === 0))
    return infos.map(({ shape, dtype }) => context.fresh(shape, dtype));
  const [out] = infos;
  const types = inputs.map(({ dtype }) => dtype);
  // Types with the same memory may still differ in registers (kernels/lanes.ts): only a cast to the own type is none.
  if (node.op === 'Cast' && types[0] === out.dtype) return [{ ...inputs[0], shape: out.shape }];
  const covered = node.op === 'Concat' || inputs.every(({ shape }) => sizeOf(shape) > 0);
  const lowered = covered ? lowerRules.get(node.op)?.(context, inputs, node.attrs, infos) : null;
  if (lowered !== undefined && lowered !== null)
    return lowered.map((operand, i) => ({ ...operand, shape: infos[i].shape, dtype: infos[i].dtype }));
  if (isElementwise(node.op, types, out.dtype, node.attrs) && broadcasts(node.op, inputs, out.shape)) {
    const wide = inputs.map((x) => (hasShortRuns(x, out.shape) ? broadcastTo(context, x, out.shape) : x));
    return [context.emit(node.op, wide, node.attrs, out.shape, out.dtype)];
  }
  const outputs = infos.map(({ shape, dtype }) => context.fresh(shape, dtype));
  if (DIRECT.has(node.op)) {
    const scratch =
      node.op === 'RandomNormal' ? [context.fresh([tailWords(sizeOf(out.shape))], 'int32')] : [];
    context.push({ op: node.op, inputs, attrs: node.attrs, outputs: [...outputs, ...scratch] });
  } else
    context.push({
      op: 'Island',
      inputs,
      attrs: { kernel: node.op, attrs: node.attrs },
      outputs,
      inputNames: node.inputNames,
    });
  return outputs;
}

/** Whether all inputs broadcast to `shape`; those of `Select` do not broadcast in the kernel. */
const broadcasts = (op: string, inputs: readonly Operand[], shape: readonly number[]): boolean =>
  inputs.every((x) => {
    const added = shape.length - x.shape.length;
    if (op === 'Select') return added === 0 && sizeOf(x.shape) === sizeOf(shape);
    return added >= 0 && x.shape.every((size, i) => size === 1 || size === shape[i + added]);
  });

/**
 * Whether broadcasting `x` would cut rows into pieces shorter than a vector: then it is cheaper to repeat its
 * elements in memory once (before a loop, where it does not change inside).
 */
function hasShortRuns(x: Operand, shape: readonly number[]): boolean {
  const size = sizeOf(x.shape);
  if (size === 1 || size === sizeOf(shape)) return false;
  const strides = broadcastStrides(x.shape, shape);
  let run = 1;
  let kind: 'same' | 'next' | undefined;
  for (let i = shape.length - 1; i >= 0; i--) {
    if (shape[i] === 1) continue;
    const own = strides[i] === 0 ? 'same' : 'next';
    if (kind !== undefined && own !== kind) break;
    kind = own;
    run *= shape[i];
  }
  return run < 4;
}

function lowerScan(
  node: GraphNode,
  inputs: readonly Operand[],
  infos: readonly ValueInfo[],
  context: LowerContext,
  shared: SharedNames,
): readonly Operand[] {
  const { length, carryCount, sequenceCount, counted = false } = node.attrs as unknown as ScanAttrs;
  const [graph] = node.bodies ?? [];
  const outputs = infos.map(({ shape, dtype }) => context.fresh(shape, dtype));
  if (length === 0) {
    context.push({ op: 'Scan', inputs, attrs: {}, outputs, loop: emptyLoop(carryCount) });
    return outputs;
  }
  const slices = graph.inputs.slice(carryCount, carryCount + sequenceCount).map((id) => {
    const { shape, dtype } = infoOf(graph, id);
    return context.fresh(shape, dtype);
  });
  const given = [...outputs.slice(0, carryCount), ...slices, ...inputs.slice(carryCount + sequenceCount)];
  const carries = outputs.slice(0, carryCount);
  const body = lowerBody(graph, given, carries, [...carries, ...slices], context, shared);
  const kept = inputs.slice(0, carryCount + sequenceCount);
  const loop = { length, carryCount, slices, body, counted };
  context.push({ op: 'Scan', inputs: kept, attrs: {}, outputs, loop });
  return outputs;
}

function lowerWhile(
  node: GraphNode,
  inputs: readonly Operand[],
  infos: readonly ValueInfo[],
  context: LowerContext,
  shared: SharedNames,
): readonly Operand[] {
  const { maxIterations, carryCount } = node.attrs as unknown as WhileAttrs;
  const [test, graph] = node.bodies ?? [];
  const outputs = infos.map(({ shape, dtype }) => context.fresh(shape, dtype));
  const given = [...outputs, ...inputs.slice(carryCount)];
  const condition = lowerBody(test, given, [], outputs, context, shared);
  const body = lowerBody(graph, given, outputs, outputs, context, shared);
  const loop = { length: maxIterations, carryCount, slices: [], body, condition };
  context.push({ op: 'While', inputs: inputs.slice(0, carryCount), attrs: {}, outputs, loop });
  return outputs;
}

const emptyLoop = (carryCount: number): NonNullable<Step['loop']> => ({
  length: 0,
  carryCount,
  slices: [],
  body: { steps: [], outputs: [] },
});

/**
 * Lowers the body of a loop.
 *
 * @param given what the graph's inputs are
 * @param carries where its first outputs will be written at the end of an iteration
 * @param varying values that change between iterations; steps that do not depend on them move to `outer`
 */
function lowerBody(
  graph: Graph,
  given: readonly Operand[],
  carries: readonly Operand[],
  varying: readonly Operand[],
  outer: LowerContext,
  shared: SharedNames,
): Block {
  const steps: Step[] = [];
  const context = lowerContext(shared, steps);
  const bindings: Bindings = new Map(
    graph.inputs.map((id, i) => [id, { ...given[i], ...infoOf(graph, id) }]),
  );
  const outputs = lowerNodes(graph, bindings, context, shared).map((output, i) => {
    // A carry that becomes another carry must be read before that one is overwritten.
    const moves = carries.some((carry, j) => carry.value === output.value && i !== j) && i < carries.length;
    return moves ? broadcastTo(context, output, output.shape) : output;
  });
  const { inside, outside } = hoist(
    steps,
    varying.map(({ value }) => value),
  );
  for (const step of outside) outer.push(step);
  return { steps: inside, outputs };
}
