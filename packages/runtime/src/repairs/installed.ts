import * as tf from '@tensorflow/tfjs';

const marker = Symbol.for('ebim.repairs');

interface MarkedEngine {
  [marker]?: Set<string>;
}

/**
 * Names of the repairs in force. They are kept on the engine, not in this module: the engine and its
 * registries are shared by every copy of TensorFlow.js and of this package in a process, so a second
 * copy of this package must not repair a second time.
 */
const marks = (): Set<string> => {
  const engine = tf.engine() as unknown as MarkedEngine;
  return (engine[marker] ??= new Set());
};

/** Runs `install` unless a repair of this name is in force. */
export function installOnce(name: string, install: () => void): void {
  const installed = marks();
  if (installed.has(name)) return;
  install();
  installed.add(name);
}

/** Names of the repairs in force, in the order of installation. */
export function installedRepairs(): string[] {
  return [...marks()];
}
