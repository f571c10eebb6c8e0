import * as tf from '@tensorflow/tfjs';

/** One operation on the tape of TensorFlow.js. Non-float inputs and outputs carry no derivative. */
export interface TapeNode {
  readonly kernelName: string;
  readonly inputs: Readonly<Record<string, tf.Tensor>>;
  readonly outputs: readonly tf.Tensor[];
  /** Clones that `gradient` reads. */
  readonly saved?: readonly tf.Tensor[];
  /** Gives, for the adjoints of the outputs (null: zero), one function an input. */
  readonly gradient?: (dys: (tf.Tensor | null)[]) => Record<string, () => tf.Tensor>;
}

/** The list of tensors that a `tf.tidy` disposes at its end. */
export interface Scope {
  readonly id: number;
  readonly track: tf.Tensor[];
}

/**
 * The part of the engine's state that its types hide. TensorFlow.js differentiates only whole functions
 * (`tf.grad`); to evaluate once and differentiate many times one has to hold the tape. The version of
 * TensorFlow.js is pinned to 4.x, whose tape has not changed since 1.x.
 */
interface EngineState {
  activeTape: TapeNode[] | null;
  gradientDepth: number;
  kernelDepth: number;
  readonly activeScope: Scope | null;
  readonly tensorInfo: WeakMap<tf.DataId, { readonly backend: tf.KernelBackend }>;
}

/** The engine with its hidden state. */
export function engineState(): EngineState {
  return (tf.engine() as unknown as { state: EngineState }).state;
}

/** Ids of tensors grow: a tensor with this id or a larger one was made after this call. */
export function nextTensorId(): number {
  return (tf.engine() as unknown as { nextTensorId(): number }).nextTensorId();
}

/** True if operations are being recorded, i.e. somebody differentiates through the code that runs now. */
export function isRecording(): boolean {
  const { gradientDepth, kernelDepth } = engineState();
  return gradientDepth > 0 && kernelDepth === 0;
}

/** The number of derivatives that are being taken of the code that runs now; 0 outside of every gradient. */
export const recordingDepth = (): number => (isRecording() ? engineState().gradientDepth : 0);

/**
 * Runs `f` with another tape (null: none), whatever is being recorded outside. Results are constants to the
 * outside.
 */
export function withTape<T>(tape: TapeNode[] | null, f: () => T): T {
  const state = engineState();
  const { activeTape, gradientDepth, kernelDepth } = state;
  state.activeTape = tape;
  state.gradientDepth = tape === null ? 0 : 1;
  state.kernelDepth = 0;
  try {
    return f();
  } finally {
    Object.assign(state, { activeTape, gradientDepth, kernelDepth });
  }
}

/** Runs `f` unrecorded: its results are constants to every gradient. */
export const untaped = <T>(f: () => T): T => withTape(null, f);

/** Runs `f` on the tape that is active already, one derivative deeper. */
export function withDeeperTape<T>(f: () => T): T {
  const state = engineState();
  state.gradientDepth++;
  try {
    return f();
  } finally {
    state.gradientDepth--;
  }
}

/**
 * Under a gradient: keeps a tensor alive until the outermost one is done. Gradients written with `tf.customGrad`
 * may read the argument that they were called with, instead of the copy that the tape saves, as late as that.
 */
export function keepWithTape(tensor: tf.Tensor): void {
  if (!isRecording()) return;
  tensor.kept = true;
  engineState().activeTape?.push({ kernelName: 'Keep', inputs: {}, outputs: [], saved: [tensor] });
}
