import type { Dtype, ValueId } from '../graph/graph.js';
import type { Operand } from '../lower/block.js';

/** Where a node of a group takes an input from. */
export type LaneSource =
  | { readonly kind: 'node'; readonly index: number }
  | { readonly kind: 'load'; readonly index: number }
  | { readonly kind: 'constant'; readonly value: number; readonly dtype: Dtype };

/** One element-wise operation inside a group. */
export interface GroupNode {
  readonly op: string;
  readonly attrs: Readonly<Record<string, unknown>>;
  readonly inputs: readonly LaneSource[];
  readonly inputTypes: readonly Dtype[];
  readonly dtype: Dtype;
}

/** An array read by a group: strides in elements along the group's axes, 0 where it is broadcast. */
export interface GroupLoad {
  readonly operand: Operand;
  readonly strides: readonly number[];
}

/** Attributes of a `Group` step: many element-wise operations in one loop over `dims`. */
export interface GroupAttrs {
  /** Axes of the loop, without those of size 1. */
  readonly dims: readonly number[];
  readonly nodes: readonly GroupNode[];
  readonly loads: readonly GroupLoad[];
  /** Node whose result goes to the step's output of the same place. */
  readonly stores: readonly number[];
}

/** A group that still grows. */
export interface OpenGroup {
  readonly key: string;
  readonly dims: readonly number[];
  readonly nodes: GroupNode[];
  readonly results: Operand[];
  readonly loads: GroupLoad[];
  readonly indexOf: Map<ValueId, number>;
}
