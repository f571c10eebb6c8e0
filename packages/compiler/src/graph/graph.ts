/**
 * The intermediate representation of the compiler: a list of operations on values of fixed shapes, in an order in
 * which every value is computed before it is used.
 */

/** Element types. A `bool` holds 0 or 1. */
export type Dtype = 'float32' | 'int32' | 'bool';

/** Names a value; unique within the whole of a graph and its bodies or within each body, never to be relied on. */
export type ValueId = number;

/** What is known of a value before it is computed. */
export interface ValueInfo {
  readonly shape: readonly number[];
  readonly dtype: Dtype;
}

/** One operation. */
export interface GraphNode {
  /** Name of a TensorFlow.js kernel (`BatchMatMul`, `Multiply`, …) or one of {@link OWN_OPS}. */
  readonly op: string;
  readonly inputs: readonly ValueId[];
  /** Name of each input as the kernel calls it (`a`, `b`, `x`, …); `null` where it takes a plain list. */
  readonly inputNames: readonly (string | null)[];
  readonly attrs: Readonly<Record<string, unknown>>;
  readonly outputs: readonly ValueId[];
  /** `Scan`: `[body]`; `While`: `[condition, body]`. */
  readonly bodies?: readonly Graph[];
}

/** A function of tensors. */
export interface Graph {
  readonly values: ReadonlyMap<ValueId, ValueInfo>;
  readonly inputs: readonly ValueId[];
  /** Row-major data; int32 and bool as `Int32Array`. */
  readonly constants: ReadonlyMap<ValueId, Float32Array | Int32Array>;
  readonly nodes: readonly GraphNode[];
  /** May repeat, and may be inputs or constants. */
  readonly outputs: readonly ValueId[];
}

/**
 * Operations that are no kernels of TensorFlow.js.
 *
 * - `Scan`, attributes {@link ScanAttrs}: inputs are carries, sequences `[length, …]`, captures; the body maps
 *   carries, slices and captures to carries and outputs `y`; the node gives the last carries and the stacked `y`,
 *   which is zero for steps that did not run.
 * - `While`, attributes {@link WhileAttrs}: inputs are carries and captures; the condition maps them to a bool
 *   scalar, the body to carries.
 * - `RandomUniform`, `RandomNormal`, `RandomInteger`, `RandomPermutation`, attributes {@link DrawAttrs}: a key
 *   (int32 `[2]`) to a tensor.
 * - `KeySplit`, attribute `count`: a key to `[count, 2]`. `KeyFold`, attribute `high`: a key and
 *   the lower word of a number (int32 scalar), whose upper word is `high`, to a key.
 */
export const OWN_OPS = [
  'Scan',
  'While',
  'RandomUniform',
  'RandomNormal',
  'RandomInteger',
  'RandomPermutation',
  'KeySplit',
  'KeyFold',
] as const;

/** Attributes of a `Scan`. */
export interface ScanAttrs {
  readonly length: number;
  readonly carryCount: number;
  readonly sequenceCount: number;
  readonly captureCount: number;
  /** Number of stacked outputs `y`. */
  readonly outputCount: number;
  /** The first carry (int32 scalar, which the body hands on) is how many of the `length` steps run. */
  readonly counted?: boolean;
}

/** Attributes of a `While`. */
export interface WhileAttrs {
  readonly maxIterations: number;
  readonly carryCount: number;
  readonly captureCount: number;
}

/** Attributes of the random draws. */
export interface DrawAttrs {
  readonly shape: readonly number[];
  /** Of uniform and integer draws. */
  readonly min: number;
  /** Excluded. */
  readonly max: number;
}
