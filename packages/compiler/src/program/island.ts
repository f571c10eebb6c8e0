import type { Operand, Step } from '../lower/block.js';
import { sizeOf } from '../lower/block.js';
import type { MemoryPlan } from '../plan/memory.js';
import { runKernel, type HostValues } from './interpret.js';

/** Runs a kernel that has no code on the cpu backend: out of the program's memory and back. */
export function runIsland(step: Step, plan: MemoryPlan, memory: WebAssembly.Memory): void {
  const address = ({ value }: Operand): number => plan.addresses.get(value) ?? 0;
  const read = (operand: Operand): HostValues => {
    const size = sizeOf(operand.shape);
    // Copies: kernels may keep the array that they are given.
    if (operand.dtype === 'float32') return new Float32Array(memory.buffer, address(operand), size).slice();
    const whole = new Int32Array(memory.buffer, address(operand), size);
    return operand.dtype === 'bool' ? Uint8Array.from(whole) : whole.slice();
  };
  const { kernel, attrs } = step.attrs as { kernel: string; attrs: Readonly<Record<string, unknown>> };
  const call = { op: kernel, inputNames: step.inputNames ?? [], attrs };
  const results = runKernel(call, step.inputs.map(read), step.inputs, step.outputs);
  results.forEach((values, i) => {
    const operand = step.outputs[i];
    const Values = operand.dtype === 'float32' ? Float32Array : Int32Array;
    new Values(memory.buffer, address(operand), sizeOf(operand.shape)).set(values);
  });
}
