import type { Dtype, ValueId } from '../graph/graph.js';
import type { Parts } from '../parallel/parts.js';
import type { Strips } from '../strips/strips.js';

/*
 * What code is generated from: a graph with reshapes gone (they are other views of the same memory), bodies of loops
 * sharing one name space with what surrounds them, and few, explicit operations.
 */

/** A value as one step sees it: memory of `value`, row-major, in this shape. */
export interface Operand {
  readonly value: ValueId;
  readonly shape: readonly number[];
  readonly dtype: Dtype;
}

/** One operation on memory. */
export interface Step {
  readonly op: string;
  readonly inputs: readonly Operand[];
  readonly attrs: Readonly<Record<string, unknown>>;
  readonly outputs: readonly Operand[];
  /** How the kernel of TensorFlow.js calls its inputs; for islands. */
  readonly inputNames?: readonly (string | null)[];
  /** Of `Scan` and `While`. */
  readonly loop?: Loop;
  /** Of `Strips`. */
  readonly strips?: Strips;
  /** How threads share the step; absent: one computes it. */
  readonly parts?: Parts;
}

/** Steps in order, and what they are for. */
export interface Block {
  readonly steps: readonly Step[];
  readonly outputs: readonly Operand[];
}

/**
 * The body of a loop step. The step's first outputs are the carries: they are initialised from the step's first
 * inputs, and the body reads them there; the body's first outputs are their next values.
 */
export interface Loop {
  /** Iterations of a scan; the most of a while loop. */
  readonly length: number;
  readonly carryCount: number;
  /** What the body calls the slices of the step's other inputs; of a scan. */
  readonly slices: readonly Operand[];
  readonly body: Block;
  /** Of a scan: the first carry is how many of the iterations run. */
  readonly counted?: boolean;
  /** Of a while loop: gives one bool. */
  readonly condition?: Block;
}

/** A whole program. */
export interface Lowered {
  readonly inputs: readonly Operand[];
  readonly constants: ReadonlyMap<ValueId, Float32Array | Int32Array>;
  readonly block: Block;
}

/** Number of elements. */
export const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Distance in elements between neighbours along each axis of a row-major array. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let i = shape.length - 2; i >= 0; i--) strides[i] = strides[i + 1] * shape[i + 1];
  return strides;
}

/** Calls `visit` for every step, bodies of loops included, a loop's step before those of its body. */
export function forEachStep(block: Block, visit: (step: Step) => void): void {
  for (const step of block.steps) {
    visit(step);
    if (step.loop === undefined) continue;
    if (step.loop.condition !== undefined) forEachStep(step.loop.condition, visit);
    forEachStep(step.loop.body, visit);
  }
}
