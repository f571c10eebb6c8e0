import type * as tf from '@tensorflow/tfjs';
import { treeTidy } from '@ebim/runtime';
import { engineState, isRecording, withDeeperTape, withTape, type Scope, type TapeNode } from './engine.js';
import { savingForGradients } from './saved-tensors.js';

/** What `f` returned and every operation it did, in an order in which inputs come before their users. */
export interface Recording<T> {
  readonly value: T;
  readonly nodes: readonly TapeNode[];
  /** Frees what the recording keeps for backward passes; a no-op if an outer gradient owns it. */
  readonly release: () => void;
  /** Lets the given scope free it instead, so that no call to `release` is needed. */
  readonly releaseWith: (scope: Scope) => void;
  /** False: an outer gradient records the same operations, so backward passes over them are differentiable. */
  readonly isolated: boolean;
}

/**
 * Runs `f` and records its operations. Under a gradient they stay on the outer tape as well, so that derivatives
 * nest; otherwise the recording is isolated and owns what it keeps. Intermediate results are freed, `value` is
 * not.
 */
export function record<T>(f: () => T, isolated = !isRecording()): Recording<T> {
  return isolated ? recordAlone(f) : recordShared(f);
}

function recordAlone<T>(f: () => T): Recording<T> {
  const tape: TapeNode[] = [];
  const release = (): void => savedTensors(tape).forEach((tensor) => tensor.dispose());
  try {
    const value = withTape(tape, () => savingForGradients(() => treeTidy(f)));
    const releaseWith = (scope: Scope): void =>
      savedTensors(tape).forEach((tensor) => {
        tensor.kept = false;
        tensor.scopeId = scope.id;
        scope.track.push(tensor);
      });
    return { value, nodes: inputsFirst(tape), release, releaseWith, isolated: true };
  } catch (error) {
    release();
    throw error;
  }
}

function recordShared<T>(f: () => T): Recording<T> {
  const tape = engineState().activeTape as TapeNode[];
  const start = tape.length;
  const value = withDeeperTape(() => savingForGradients(() => treeTidy(f)));
  const nodes = inputsFirst(tape.slice(start));
  const nothing = (): void => undefined;
  return { value, nodes, release: nothing, releaseWith: nothing, isolated: false };
}

const savedTensors = (nodes: readonly TapeNode[]): tf.Tensor[] => nodes.flatMap((node) => node.saved ?? []);

/**
 * TensorFlow.js puts the clone of a saved output on the tape before the operation that makes the output, and
 * then takes the clone for a constant: second derivatives lose a term (tfjs issue 3252). Sorting mends that for
 * every operation and for `tf.customGrad`.
 */
function inputsFirst(nodes: readonly TapeNode[]): TapeNode[] {
  const producer = new Map<number, TapeNode>();
  for (const node of nodes) for (const output of node.outputs) producer.set(output.id, node);
  const done = new Set<TapeNode>();
  const sorted: TapeNode[] = [];
  const visit = (node: TapeNode): void => {
    if (done.has(node)) return;
    done.add(node);
    for (const name in node.inputs) {
      const before = producer.get(node.inputs[name].id);
      if (before !== undefined) visit(before);
    }
    sorted.push(node);
  };
  nodes.forEach(visit);
  return sorted;
}
