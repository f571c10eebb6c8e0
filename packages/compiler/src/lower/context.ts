import { fault } from '../fault.js';
import type { Dtype, ValueId } from '../graph/graph.js';
import { sizeOf, type Operand, type Step } from './block.js';

/** Where a graph being lowered collects its steps. */
export interface LowerContext {
  /** A new value. */
  fresh(shape: readonly number[], dtype: Dtype): Operand;
  /** Appends a step with one new output. */
  emit(
    op: string,
    inputs: readonly Operand[],
    attrs: Readonly<Record<string, unknown>>,
    shape: readonly number[],
    dtype: Dtype,
  ): Operand;
  push(step: Step): void;
  /** A value that is known now. */
  constant(data: Float32Array | Int32Array, shape: readonly number[], dtype: Dtype): Operand;
  /** The data of a constant. */
  constantOf(operand: Operand): Float32Array | Int32Array | undefined;
}

/** Collects into `steps`; values and constants are numbered across all contexts that share `shared`. */
export interface SharedNames {
  next: ValueId;
  readonly constants: Map<ValueId, Float32Array | Int32Array>;
}

/** A context that appends to `steps`. */
export function lowerContext(shared: SharedNames, steps: Step[]): LowerContext {
  const fresh = (shape: readonly number[], dtype: Dtype): Operand => ({ value: shared.next++, shape, dtype });
  return {
    fresh,
    emit(op, inputs, attrs, shape, dtype) {
      const output = fresh(shape, dtype);
      steps.push({ op, inputs, attrs, outputs: [output] });
      return output;
    },
    push: (step) => void steps.push(step),
    constant(data, shape, dtype) {
      const output = fresh(shape, dtype);
      shared.constants.set(output.value, data);
      return output;
    },
    constantOf: (operand) => shared.constants.get(operand.value),
  };
}

/** The same memory in another shape. */
export function reshaped(operand: Operand, shape: readonly number[]): Operand {
  if (sizeOf(shape) !== sizeOf(operand.shape))
    throw fault(`a shape of ${sizeOf(operand.shape)} elements`, `[${shape.join(', ')}]`);
  return { ...operand, shape };
}

/** A float32 or int32 scalar that is known now. */
export const scalar = (context: LowerContext, value: number, dtype: Dtype): Operand =>
  context.constant(dtype === 'float32' ? Float32Array.of(value) : Int32Array.of(value), [], dtype);

/** Axes of an attribute (`undefined`, one number, many; negative from the end), sorted; all when absent. */
export function axesOf(attribute: unknown, rank: number): number[] {
  const listed =
    attribute === undefined || attribute === null ? Array.from({ length: rank }, (_, i) => i) : attribute;
  const axes = Array.isArray(listed) ? (listed as number[]) : [listed as number];
  const wrapped = axes.map((axis) => (axis < 0 ? axis + rank : axis));
  return [...new Set(wrapped)].sort((a, b) => a - b);
}
