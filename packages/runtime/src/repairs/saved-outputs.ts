import * as tf from '@tensorflow/tfjs';
import { BackendError } from '../errors/ebim-error.js';
import { installOnce } from './installed.js';

interface TapeNode {
  readonly inputs: Readonly<Record<string, tf.Tensor>>;
  readonly outputs: readonly tf.Tensor[];
}

type AddTapeNode = (
  kernelName: string,
  inputs: tf.NamedTensorMap,
  outputs: tf.Tensor[],
  gradient: tf.GradFunc | null,
  saved: tf.Tensor[] | undefined,
  attrs: tf.NamedAttrMap | undefined,
) => void;

/** The private part of the engine that this repair depends on, unchanged since TensorFlow.js 1.0. */
interface TapeEngine {
  addTapeNode: AddTapeNode;
  state: { activeTape?: TapeNode[] };
}

/**
 * Makes derivatives of the second and higher orders right through every operation whose gradient
 * uses a saved output: Sigmoid, Tanh, Exp, Elu, Softmax, LogSoftmax, Max, Min, and any `tf.customGrad`
 * that saves its value.
 *
 * Why they are wrong: the tape is read once, front to back, to find what depends on the input, and the
 * engine records the copy of a saved output *before* the operation that produced this output. The copy
 * therefore looks like a constant, and its derivative is dropped without a word. Here the copies of an
 * operation's own outputs are moved behind it.
 *
 * @throws BackendError if the engine has no such tape (an unknown version of TensorFlow.js).
 */
export function repairSavedOutputs(): void {
  installOnce('saved-outputs', () => {
    const engine = tf.engine() as unknown as TapeEngine;
    const original = engine.addTapeNode;
    if (typeof original !== 'function') {
      throw new BackendError({
        code: 'unsupported-tensorflow-version',
        where: 'installRepairs',
        expected: 'the gradient tape of TensorFlow.js 4.22',
        received: `version ${tf.version_core}`,
        hint: 'Install @tensorflow/tfjs 4.22.0.',
      });
    }
    engine.addTapeNode = function addTapeNode(
      this: TapeEngine,
      kernelName,
      inputs,
      outputs,
      gradient,
      saved,
      attrs,
    ) {
      original.call(this, kernelName, inputs, outputs, gradient, saved, attrs);
      const tape = this.state.activeTape;
      if (tape !== undefined && saved !== undefined && saved.length > 0) {
        moveCopiesBehind(tape, outputs, saved);
      }
    };
  });
}

/** `tape` ends with the copies of the saved tensors, then the operation itself. Reorders this end only. */
function moveCopiesBehind(
  tape: TapeNode[],
  outputs: readonly tf.Tensor[],
  saved: readonly tf.Tensor[],
): void {
  let start = tape.length - 1;
  while (start > 0 && isCopyOf(tape[start - 1], saved)) start--;
  const operation = tape[tape.length - 1];
  const copies = tape.slice(start, -1);
  const ofOutput = (node: TapeNode): boolean => outputs.some((output) => output.id === node.inputs.x.id);
  if (!copies.some(ofOutput)) return;
  const ordered = [...copies.filter((node) => !ofOutput(node)), operation, ...copies.filter(ofOutput)];
  ordered.forEach((node, i) => {
    tape[start + i] = node;
  });
}

function isCopyOf(node: TapeNode, saved: readonly tf.Tensor[]): boolean {
  return (
    node.inputs.x !== undefined &&
    node.outputs.length === 1 &&
    saved.some((tensor) => tensor === node.outputs[0])
  );
}
