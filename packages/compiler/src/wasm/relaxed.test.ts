import { expect, it } from 'vitest';
import { f32x4, i32 } from './expr.js';
import { ModuleWriter } from './module.js';
import { hasFusedMultiply, multiplyAdd, multiplySubtract } from './relaxed.js';

const [A, B, C] = [Math.fround(1.1), Math.fround(-3.7), Math.fround(0.3)];

/** The first lanes of `a * b + c` and `c - a * b`. */
function results(): number[] {
  const module = new ModuleWriter();
  const run = module.function('run', [], [], (f) => {
    const [a, b, c] = [A, B, C].map((x) => f32x4.all(x));
    f.store('v128', i32.const(0), 0, multiplyAdd(a, b, c));
    f.store('v128', i32.const(16), 0, multiplySubtract(a, b, c));
  });
  module.export('run', run);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.bytes(1)), {});
  (exports.run as () => void)();
  const memory = new Float32Array((exports.memory as WebAssembly.Memory).buffer);
  return [...memory.subarray(0, 8)];
}

it('multiplies and adds, with one rounding or two', () => {
  const fused = [Math.fround(A * B + C), Math.fround(C - A * B)];
  const product = Math.fround(A * B);
  const apart = [Math.fround(product + C), Math.fround(C - product)];
  results().forEach((value, i) => expect([fused[i >> 2], apart[i >> 2]]).toContain(value));
});

it('knows the engine', () => {
  const [major, minor] = (process.versions.v8 ?? '0.0').split('.').map(Number);
  if (major > 11 || (major === 11 && minor >= 4)) expect(hasFusedMultiply()).toBe(true);
});
