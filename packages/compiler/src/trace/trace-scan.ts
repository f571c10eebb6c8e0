import type * as tf from '@tensorflow/tfjs';
import { treeLeaves, treeUnflatten, type TensorTree } from '@ebim/runtime';
import { checkCarry } from '../carry.js';
import type { ScanAttrs, ValueInfo } from '../graph/graph.js';
import { sequenceTensors, withSlices, type ScanInputs } from '../scan-inputs.js';
import { capturesOf, infoOf, traceBody } from './bodies.js';
import { addNode, finishGraph, type Recorder } from './recorder.js';
import { traceBackend } from './trace-backend.js';

/** A scan of a function that is being traced: one operation, whose body is traced once. */
export function traceScan<C extends TensorTree, Y extends TensorTree | null>(
  recorder: Recorder,
  step: (carry: C, x: unknown) => readonly [C, Y],
  carry: C,
  xs: ScanInputs | null,
  length: number,
  count?: tf.Tensor,
): [C, Y] {
  if (count !== undefined) return traceCounted(recorder, step, carry, xs, length, count);
  return traceSteps(recorder, step, carry, xs, length, false);
}

/** With the count as the first carry, which the steps hand on. */
function traceCounted<C extends TensorTree, Y extends TensorTree | null>(
  recorder: Recorder,
  step: (carry: C, x: unknown) => readonly [C, Y],
  carry: C,
  xs: ScanInputs | null,
  length: number,
  count: tf.Tensor,
): [C, Y] {
  const counting = ([steps, inner]: readonly [tf.Tensor, C], x: unknown) => {
    const [next, y] = step(inner, x);
    return [[steps, next] as const, y] as const;
  };
  const [[, last], y] = traceSteps(recorder, counting, [count, carry] as const, xs, length, true);
  return [last, y];
}

function traceSteps<C extends TensorTree, Y extends TensorTree | null>(
  recorder: Recorder,
  step: (carry: C, x: unknown) => readonly [C, Y],
  carry: C,
  xs: ScanInputs | null,
  length: number,
  counted: boolean,
): [C, Y] {
  const tracer = traceBackend();
  const carried = treeLeaves(carry);
  const sequences = sequenceTensors(xs);
  const slices = sequences.map((t): ValueInfo => ({ ...infoOf(t), shape: t.shape.slice(1) }));
  const body = traceBody(recorder, [...carried.map(infoOf), ...slices], (inputs) => {
    const start = treeUnflatten(carry, inputs.slice(0, carried.length));
    const [next, y] = step(start, withSlices(xs, inputs.slice(carried.length)));
    checkCarry(carry, next, 'scan');
    return { outputs: [...treeLeaves(next), ...(y === null ? [] : treeLeaves(y))], extra: y };
  });
  const inputs = [...carried, ...sequences].map(tracer.valueOf);
  const captures = capturesOf(body.frame);
  const attrs: ScanAttrs = {
    length,
    carryCount: carried.length,
    sequenceCount: sequences.length,
    captureCount: captures.length,
    outputCount: body.outputs.length - carried.length,
    ...(counted ? { counted } : {}),
  };
  const infos = body.infos.map((info, i) =>
    i < carried.length ? info : { ...info, shape: [length, ...info.shape] },
  );
  const ids = addNode(
    recorder,
    {
      op: 'Scan',
      inputs: [...inputs, ...captures],
      inputNames: [...inputs, ...captures].map(() => null),
      attrs: { ...attrs },
      bodies: [finishGraph(recorder, body.frame, body.outputs, captures)],
    },
    infos,
  );
  const results = ids.map((id, i) => tracer.tensorOf(id, infos[i]));
  const last = treeUnflatten(carry, results.slice(0, carried.length));
  const y = body.extra;
  return [last, y === null ? y : treeUnflatten(y, results.slice(carried.length))];
}
