import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Bytes, pushSigned, pushUnsigned } from './bytes.js';
import { f32, f32x4, f64, i32, i32x4, i64, select, v128, type Expr, type ValueType } from './expr.js';
import { callExpr, type FunctionWriter } from './func.js';
import { ModuleWriter } from './module.js';

function instantiate(module: ModuleWriter, imports: WebAssembly.ModuleImports = {}): WebAssembly.Exports {
  return new WebAssembly.Instance(new WebAssembly.Module(module.bytes(1)), { host: imports }).exports;
}

function call(
  parameters: readonly ValueType[],
  results: readonly ValueType[],
  write: (f: FunctionWriter) => void,
): { f: (...args: number[]) => number; memory: Float32Array } {
  const module = new ModuleWriter();
  module.export('f', module.function('f', parameters, results, write));
  const exports = instantiate(module);
  const memory = new Float32Array((exports.memory as WebAssembly.Memory).buffer);
  return { f: exports.f as (...args: number[]) => number, memory };
}

describe('numbers', () => {
  it('are written as WebAssembly reads them', () => {
    const reads = (result: ValueType, value: Expr): number => call([], [result], (f) => f.result(value)).f();
    fc.assert(
      fc.property(fc.integer(), fc.float(), fc.double(), (whole, single, double) => {
        expect(reads('i32', i32.const(whole))).toBe(whole);
        expect(reads('f32', f32.const(single))).toBe(single);
        expect(reads('f64', f64.const(double))).toBe(double);
      }),
      { numRuns: 50 },
    );
    for (const edge of [0, -1, 63, 64, -64, -65, 127, 128, 2 ** 31 - 1, -(2 ** 31)])
      expect(reads('i32', i32.const(edge))).toBe(edge);
    expect(reads('i32', i32.wrapI64(i64.shrU(i64.const(2 ** 52 - 1), i64.const(32))))).toBe(2 ** 20 - 1);
  });

  it('are LEB128', () => {
    const bytes = (push: (out: Bytes, value: number) => void, value: number): number[] => {
      const out = new Bytes();
      push(out, value);
      return [...out.toArray()];
    };
    expect(bytes(pushUnsigned, 624485)).toEqual([0xe5, 0x8e, 0x26]);
    expect(bytes(pushUnsigned, 2 ** 32 - 1)).toEqual([0xff, 0xff, 0xff, 0xff, 0x0f]);
    expect(bytes(pushSigned, -123456)).toEqual([0xc0, 0xbb, 0x78]);
    expect(bytes(pushSigned, 64)).toEqual([0xc0, 0x00]);
  });
});

describe('functions', () => {
  it('loop, branch and choose', () => {
    const { f } = call(['i32'], ['i32'], (w) => {
      const limit = w.parameter(0, 'i32');
      const sum = w.local('i32');
      w.loop(0, 10, 2, (i) => {
        w.loop(1, 3, 1, (j) => {
          w.if(
            i32.ltS(i, limit),
            () => w.set(sum, i32.add(sum, i32.mul(i, j))),
            () => w.set(sum, i32.sub(sum, i32.const(1))),
          );
        });
      });
      w.result(select(i32.eqz(sum), i32.const(-7), sum));
    });
    const expected = (limit: number): number => {
      let sum = 0;
      for (let i = 0; i < 10; i += 2) for (let j = 1; j < 3; j++) sum += i < limit ? i * j : -1;
      return sum === 0 ? -7 : sum;
    };
    for (const limit of [-1, 0, 1, 4, 5, 100]) expect(f(limit)).toBe(expected(limit));
  });

  it('store exactly as many lanes as asked', () => {
    for (let lanes = 1; lanes <= 4; lanes++) {
      const { f, memory } = call([], [], (w) => {
        const value = w.vector(i32x4.const(0x3f800000, 0x40000000, 0x40400000, 0x40800000));
        w.storeLanes(i32.const(0), 64, value, lanes);
      });
      memory.fill(9);
      f();
      expect([...memory.slice(15, 21)]).toEqual([9, ...[1, 2, 3, 4].map((x) => (x <= lanes ? x : 9)), 9]);
    }
  });

  it('compute with lanes, call one another and the host', () => {
    const module = new ModuleWriter();
    const host = module.import('twice', ['f32'], ['f32']);
    const inner = module.function('inner', ['f32'], ['f32'], (w) =>
      w.result(f32.add(callExpr<'f32'>(host, w.parameter(0, 'f32')), f32.const(0.5))),
    );
    module.export(
      'f',
      module.function('f', [], [], (w) => {
        const x = w.vector(v128.load(i32.const(64)));
        const y = w.vector(v128.shuffle32([3, 2, 5, 4], x, f32x4.all(8)));
        const doubled = callExpr<'f32'>(inner, f32x4.extract(0, y));
        w.store('v128', i32.const(80), 0, f32x4.replace(1, f32x4.mul(x, y), doubled));
      }),
    );
    const exports = instantiate(module, { twice: (x: number) => 2 * x });
    const memory = new Float32Array((exports.memory as WebAssembly.Memory).buffer);
    memory.set([1, 2, 3, 4], 16);
    (exports.f as () => void)();
    expect([...memory.slice(20, 24)]).toEqual([4, 8.5, 24, 32]);
  });

  it('refuses imports after functions, whose numbers would shift', () => {
    const module = new ModuleWriter();
    module.function('f', [], [], () => undefined);
    expect(() => module.import('late', [])).toThrow('imports before functions');
  });
});
