import type * as tf from '@tensorflow/tfjs';
import { treeTidy } from '@ebim/runtime';
import type { Dtype, ValueId, ValueInfo } from '../graph/graph.js';
import { addInput, withBody, type Frame, type Recorder } from './recorder.js';
import { traceBackend } from './trace-backend.js';

/** The shape and element type of a tensor. */
export const infoOf = ({ shape, dtype }: tf.TensorInfo): ValueInfo => ({
  shape: [...shape],
  dtype: dtype as Dtype,
});

/** A traced body before it is a graph. */
export interface TracedBody<T> {
  readonly frame: Frame;
  readonly outputs: readonly ValueId[];
  /** Shapes and types of the outputs. */
  readonly infos: readonly ValueInfo[];
  /** What `f` said besides. */
  readonly extra: T;
}

/** Runs the body of a loop once, on tensors that stand for its inputs. */
export function traceBody<T>(
  recorder: Recorder,
  inputs: readonly ValueInfo[],
  f: (inputs: tf.Tensor[]) => { outputs: readonly tf.Tensor[]; extra: T },
): TracedBody<T> {
  const tracer = traceBackend();
  const { result, frame } = withBody(recorder, () => {
    let traced: Omit<TracedBody<T>, 'frame'> | undefined;
    treeTidy(() => {
      const { outputs, extra } = f(inputs.map((info) => tracer.tensorOf(addInput(recorder, info), info)));
      traced = { outputs: outputs.map(tracer.valueOf), infos: outputs.map(infoOf), extra };
    });
    return traced as Omit<TracedBody<T>, 'frame'>;
  });
  return { ...result, frame };
}

/** Values of the current graph that the bodies use, each once. */
export const capturesOf = (...frames: readonly Frame[]): ValueId[] => [
  ...new Set(frames.flatMap(({ captures }) => [...captures.keys()])),
];
