import * as tf from '@tensorflow/tfjs';

/** The parts of the engine that its types hide. The version of TensorFlow.js is pinned to 4.x. */
interface HiddenEngine {
  backendName: string;
  backendInstance: tf.KernelBackend;
  readonly state: {
    readonly gradientDepth: number;
    readonly registeredVariables: Record<string, tf.Variable>;
  };
}

const engine = (): HiddenEngine => tf.engine() as unknown as HiddenEngine;

/** True while a gradient is being taken of the code that runs now. */
export const isRecordingGradient = (): boolean => engine().state.gradientDepth > 0;

/** Every variable that exists. */
export const allVariables = (): tf.Variable[] => Object.values(engine().state.registeredVariables);

/**
 * Runs `f` with another backend. `tf.setBackend` would set up all kernels of the first one again afterwards, and is
 * asynchronous by type.
 */
export function withBackend<T>(name: string, backend: tf.KernelBackend, f: () => T): T {
  // Makes the default backend the active one, if there was none.
  tf.backend();
  const e = engine();
  const { backendName, backendInstance } = e;
  e.backendName = name;
  e.backendInstance = backend;
  try {
    return f();
  } finally {
    e.backendName = backendName;
    e.backendInstance = backendInstance;
  }
}
