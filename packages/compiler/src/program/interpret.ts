import * as tf from '@tensorflow/tfjs';
import { BackendError, installFactorKernels, installRandomKernels } from '@ebim/runtime';
import type { Graph, GraphNode, ScanAttrs, ValueId, ValueInfo, WhileAttrs } from '../graph/graph.js';

/** Data of a value: row-major, bool as 0 and 1. */
export type HostValues = Float32Array | Int32Array | Uint8Array;

/**
 * Computes a graph with the kernels of the cpu backend, one node after the other: the meaning of graphs, against which
 * compiled programs are tested.
 *
 * @returns the outputs, which share no memory with the inputs; bool as `Int32Array`
 */
export function interpret(graph: Graph, inputs: readonly HostValues[]): (Float32Array | Int32Array)[] {
  installRandomKernels('cpu');
  installFactorKernels('cpu');
  return run(graph, inputs).map((values) =>
    values instanceof Float32Array ? values.slice() : Int32Array.from(values),
  );
}

function run(graph: Graph, inputs: readonly HostValues[]): HostValues[] {
  const env = new Map<ValueId, HostValues>(graph.constants);
  graph.inputs.forEach((id, i) => env.set(id, inputs[i]));
  for (const node of graph.nodes) {
    const given = node.inputs.map((id) => env.get(id) as HostValues);
    const results = computeNode(graph, node, given);
    node.outputs.forEach((id, i) => env.set(id, results[i]));
  }
  return graph.outputs.map((id) => env.get(id) as HostValues);
}

function computeNode(graph: Graph, node: GraphNode, inputs: readonly HostValues[]): HostValues[] {
  const info = (id: ValueId) => graph.values.get(id) as ValueInfo;
  if (node.op === 'Scan') return runScan(node, inputs, node.inputs.map(info), node.outputs.map(info));
  if (node.op === 'While') return runWhile(node, inputs);
  return runKernel(node, inputs, node.inputs.map(info), node.outputs.map(info));
}

const sizeOf = ({ shape }: ValueInfo): number => shape.reduce((n, d) => n * d, 1);

function runScan(
  { attrs, bodies }: GraphNode,
  inputs: readonly HostValues[],
  inputInfos: readonly ValueInfo[],
  outputInfos: readonly ValueInfo[],
): HostValues[] {
  const { length, carryCount, sequenceCount, counted } = attrs as unknown as ScanAttrs;
  const [body] = bodies as readonly Graph[];
  const sequences = inputs.slice(carryCount, carryCount + sequenceCount);
  const sizes = inputInfos.slice(carryCount, carryCount + sequenceCount).map((info) => sizeOf(info) / length);
  const captures = inputs.slice(carryCount + sequenceCount);
  const stacked = outputInfos
    .slice(carryCount)
    .map((info) =>
      info.dtype === 'float32' ? new Float32Array(sizeOf(info)) : new Int32Array(sizeOf(info)),
    );
  let carry = inputs.slice(0, carryCount);
  const steps = counted === true ? Math.min(length, carry[0][0]) : length;
  for (let t = 0; t < steps; t++) {
    const slices = sequences.map((values, i) => values.subarray(t * sizes[i], (t + 1) * sizes[i]));
    const results = run(body, [...carry, ...slices, ...captures]);
    carry = results.slice(0, carryCount);
    results.slice(carryCount).forEach((values, i) => stacked[i].set(values, t * values.length));
  }
  return [...carry, ...stacked];
}

function runWhile({ attrs, bodies }: GraphNode, inputs: readonly HostValues[]): HostValues[] {
  const { maxIterations, carryCount } = attrs as unknown as WhileAttrs;
  const [condition, body] = bodies as readonly Graph[];
  const captures = inputs.slice(carryCount);
  let carry = inputs.slice(0, carryCount);
  for (let i = 0; i < maxIterations; i++) {
    if (run(condition, [...carry, ...captures])[0][0] === 0) break;
    carry = run(body, [...carry, ...captures]);
  }
  return carry;
}

/** Runs one kernel on the cpu backend. */
export function runKernel(
  node: Pick<GraphNode, 'op' | 'inputNames' | 'attrs'>,
  inputs: readonly HostValues[],
  inputInfos: readonly ValueInfo[],
  outputInfos: readonly ValueInfo[],
): HostValues[] {
  const { op, inputNames, attrs } = node;
  const cpu = tf.findBackend('cpu');
  const kernel = tf.getKernel(op, 'cpu') ?? tf.getKernel(`Ebim${op}`, 'cpu');
  if (kernel === undefined)
    throw new BackendError({
      code: 'no-kernel',
      where: 'compiled function',
      expected: 'an operation of the cpu backend',
      received: op,
    });
  const infos = inputs.map((values, i): tf.TensorInfo => {
    const { shape, dtype } = inputInfos[i];
    return { dataId: cpu.write(values, [...shape], dtype), shape: [...shape], dtype };
  });
  const named =
    inputNames.length > 0 && inputNames[0] === null
      ? infos
      : Object.fromEntries(infos.map((t, i) => [inputNames[i] as string, t]));
  const results = [
    kernel.kernelFunc({
      inputs: named as tf.NamedTensorInfoMap,
      attrs: attrs as tf.NamedAttrMap,
      backend: cpu,
    }),
  ].flat();
  const values = results.map((result, i) => {
    const { shape, dtype } = outputInfos[i];
    if (result.dtype !== dtype || !tf.util.arraysEqual(result.shape, [...shape]))
      throw new BackendError({
        code: 'wrong-shape-rule',
        where: `result ${i} of ${op}`,
        expected: `${dtype} [${shape.join(', ')}]`,
        received: `${result.dtype} [${result.shape.join(', ')}]`,
        hint: 'This is a fault of @ebim/compiler; please report it.',
        details: { inputs: inputInfos, attrs },
      });
    return cpu.readSync(result.dataId) as HostValues;
  });
  // Some kernels return tensors that the engine counts.
  for (const t of [...results, ...infos])
    if (t instanceof tf.Tensor) t.dispose();
    else cpu.disposeData(t.dataId);
  return values;
}
