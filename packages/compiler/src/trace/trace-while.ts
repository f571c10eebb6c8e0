import type * as tf from '@tensorflow/tfjs';
import { treeLeaves, treeUnflatten, type TensorTree } from '@ebim/runtime';
import { checkCarry } from '../carry.js';
import type { WhileAttrs } from '../graph/graph.js';
import { capturesOf, infoOf, traceBody } from './bodies.js';
import { addNode, finishGraph, type Recorder } from './recorder.js';
import { traceBackend } from './trace-backend.js';

/** A loop of a function that is being traced: one operation, whose condition and body are traced once. */
export function traceWhile<C extends TensorTree>(
  recorder: Recorder,
  condition: (carry: C) => tf.Tensor,
  body: (carry: C) => C,
  carry: C,
  maxIterations: number,
): C {
  const tracer = traceBackend();
  const carried = treeLeaves(carry);
  const infos = carried.map(infoOf);
  const test = traceBody(recorder, infos, (inputs) => ({
    outputs: [condition(treeUnflatten(carry, inputs))],
    extra: null,
  }));
  const loop = traceBody(recorder, infos, (inputs) => {
    const next = body(treeUnflatten(carry, inputs));
    checkCarry(carry, next, 'whileLoop');
    return { outputs: treeLeaves(next), extra: null };
  });
  const captures = capturesOf(test.frame, loop.frame);
  const inputs = [...carried.map(tracer.valueOf), ...captures];
  const attrs: WhileAttrs = { maxIterations, carryCount: carried.length, captureCount: captures.length };
  const ids = addNode(
    recorder,
    {
      op: 'While',
      inputs,
      inputNames: inputs.map(() => null),
      attrs: { ...attrs },
      bodies: [test, loop].map(({ frame, outputs }) => finishGraph(recorder, frame, outputs, captures)),
    },
    infos,
  );
  return treeUnflatten(
    carry,
    ids.map((id, i) => tracer.tensorOf(id, infos[i])),
  );
}
