import * as tf from '@tensorflow/tfjs';

/** A gradient: what arrives at the output, the saved tensors, the attributes of the kernel. */
export type Backward<A> = (dy: tf.Tensor, saved: tf.Tensor[], attrs: A) => Record<string, () => tf.Tensor>;

/** Which tensors the gradient gets in `saved`: the named inputs, then the outputs marked true. */
export interface Saved {
  readonly inputs?: string[];
  readonly outputs?: boolean[];
  /** All inputs, of a kernel that takes a list. */
  readonly allInputs?: true;
}

/** Registers, or replaces, the gradient of a kernel with one output. */
export function defineGradient<A>(kernelName: string, saved: Saved, backward: Backward<A>): void {
  const config: tf.GradConfig = {
    kernelName,
    gradFunc: (dy, tensors, attrs) =>
      backward(Array.isArray(dy) ? dy[0] : dy, tensors, attrs as unknown as A),
  };
  if (saved.inputs !== undefined) config.inputsToSave = saved.inputs;
  if (saved.outputs !== undefined) config.outputsToSave = saved.outputs;
  if (saved.allInputs) config.saveAllInputs = true;
  tf.registerGradient(config);
}

/** The stock gradient of a kernel, or undefined. */
export function stockGradient(kernelName: string): tf.GradConfig | undefined {
  return tf.getGradient(kernelName);
}

/** Float zeros of another tensor's shape: the tape accepts no other type, also for integer inputs. */
export function zerosOf(t: tf.Tensor): tf.Tensor {
  return tf.zeros(t.shape);
}

/** Runs a kernel that has no public function, with its derivatives on the tape. */
export function runKernel(name: string, inputs: Record<string, tf.Tensor>, attrs: object = {}): tf.Tensor {
  return tf.engine().runKernel(name, inputs, attrs as tf.NamedAttrMap);
}

/** Sums `t` over the axes along which a tensor of shape `shape` was broadcast to it. */
export function sumToShape(t: tf.Tensor, shape: number[]): tf.Tensor {
  if (tf.util.arraysEqual(t.shape, shape)) return t;
  const axes = tf.backend_util.getReductionAxes(shape, t.shape);
  return tf.reshape(axes.length === 0 ? t : tf.sum(t, axes), shape);
}
