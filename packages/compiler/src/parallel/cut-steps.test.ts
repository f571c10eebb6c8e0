import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { forEachStep, type Lowered, type Operand, type Step } from '../lower/block.js';
import type { ProductAttrs } from '../lower/products.js';
import { cutSteps } from './cut-steps.js';
import { workOf } from './work.js';
import { MOST_PARTS } from './words.js';

const operand = (value: number, ...shape: number[]): Operand => ({ value, shape, dtype: 'float32' });

function product(m: number, k: number, n: number, batch = 1): Step {
  const attrs: ProductAttrs = { batch, m, n, k, aBatch: m * k, aRow: k, aColumn: 1, bBatch: k * n };
  return {
    op: 'MatMul',
    inputs: [operand(0, batch, m, k), operand(1, batch, k, n)],
    attrs: { ...attrs },
    outputs: [operand(2, batch, m, n), operand(3, 8 * 512)],
  };
}

const reduction = (outer: number, size: number): Step => ({
  op: 'Reduce',
  inputs: [operand(0, outer, size)],
  attrs: { kind: 'sum', outer, size, inner: 1 },
  outputs: [operand(4, outer)],
});

const programOf = (...steps: Step[]): Lowered => ({
  inputs: [],
  constants: new Map(),
  block: { steps, outputs: [] },
});

const stepsOf = ({ block }: Lowered): Step[] => {
  const all: Step[] = [];
  forEachStep(block, (step) => all.push(step));
  return all;
};

const large = product(500, 128, 128);

describe('cuts', () => {
  it('cover all units, in whole tiles but for the last', () => {
    fc.assert(
      fc.property(
        fc.record({
          m: fc.integer({ min: 1, max: 300 }),
          k: fc.integer({ min: 1, max: 80 }),
          batch: fc.constantFrom(1, 2, 5, 40),
          count: fc.integer({ min: 2, max: 20 }),
        }),
        ({ m, k, batch, count }) => {
          const [step] = stepsOf(
            cutSteps(programOf(product(m, k, 16, batch)), { count, leastPart: 0, leastShare: 0 }),
          );
          const units = batch > 1 ? batch : m;
          if (step.parts === undefined) {
            expect(units).toBeLessThan(8);
            return;
          }
          const { per, count: parts } = step.parts;
          const last = units - per * (parts - 1);
          expect(parts).toBeGreaterThan(1);
          expect(parts).toBeLessThanOrEqual(MOST_PARTS);
          expect(last).toBeGreaterThan(0);
          if (batch === 1) expect(per % 4).toBe(0);
          // None is longer than the others by more than what makes no tile.
          expect(last).toBeLessThan(per + (batch > 1 ? 1 : 4));
        },
      ),
    );
  });

  it('give each part of a product its own panel', () => {
    const [step] = stepsOf(cutSteps(programOf(large), { count: 2 }));
    expect(step.parts?.count).toBeGreaterThan(1);
    expect(step.outputs[1].shape).toEqual([(step.parts?.count ?? 0) * 8 * 512]);
  });

  it('end together, where fewer parts do so', () => {
    const parts = (outer: number): unknown =>
      stepsOf(cutSteps(programOf(reduction(4 * outer, 1e6)), { count: 2, leastShare: 0 }))[0].parts;
    // 32 parts at most: of two, or of three.
    expect(parts(50)).toEqual({ count: 25, per: 2 });
    expect(parts(72)).toEqual({ count: 24, per: 3 });
  });

  it('leave products as many rows as it takes to place columns side by side', () => {
    const [step] = stepsOf(cutSteps(programOf(product(128, 5000, 128)), { count: 2 }));
    expect(step.parts).toEqual({ count: 4, per: 32 });
  });

  it('are made inside loops', () => {
    const loop = { length: 3, carryCount: 0, slices: [], body: { steps: [large], outputs: [] } };
    const scan: Step = { op: 'Scan', inputs: [], attrs: {}, outputs: [], loop };
    const [outer, inner] = stepsOf(cutSteps(programOf(scan), { count: 2 }));
    expect(outer.parts).toBeUndefined();
    expect(inner.parts?.count).toBeGreaterThan(1);
  });
});

describe('what steps write', () => {
  const travelOf = (...steps: Step[]): number =>
    workOf(cutSteps(programOf(...steps), { count: 2, leastShare: 0 }).block).travel;

  it('takes time to get to another thread, but not their own space or what no cache holds', () => {
    expect(travelOf(large)).toBeCloseTo((4 * 500 * 128) / 1300, 9);
    expect(travelOf(product(5000, 128, 128))).toBe(0);
    expect(travelOf(product(7, 100, 100))).toBe(0);
  });

  it('keeps a program in one thread where that takes longer than the work', () => {
    const narrow = product(500, 4, 128);
    const run = (leastShare?: number): boolean =>
      stepsOf(
        cutSteps(programOf(narrow), { count: 2, ...(leastShare === undefined ? {} : { leastShare }) }),
      ).some(({ parts }) => parts);
    expect(run(0)).toBe(true);
    expect(run()).toBe(false);
  });
});

describe('steps stay whole', () => {
  it('for one thread', () => {
    const program = programOf(large);
    expect(cutSteps(program, { count: 1, leastPart: 0, leastShare: 0 })).toEqual(program);
  });

  it('that are short', () => {
    const program = programOf(product(50, 8, 8));
    expect(stepsOf(cutSteps(program, { count: 2, leastShare: 0 }))[0].parts).toBeUndefined();
  });

  it('where too much of the program would not be cut', () => {
    const short = product(7, 100, 100);
    const program = programOf(large, ...Array.from({ length: 300 }, () => short));
    expect(stepsOf(cutSteps(program, { count: 2 })).some(({ parts }) => parts)).toBe(false);
    expect(stepsOf(cutSteps(program, { count: 2, leastShare: 0 }))[0].parts).toBeDefined();
  });

  it('that have one unit', () => {
    expect(
      stepsOf(cutSteps(programOf(reduction(4, 1e6)), { count: 2, leastShare: 0 }))[0].parts,
    ).toBeUndefined();
    expect(
      stepsOf(cutSteps(programOf(reduction(8, 1e6)), { count: 2, leastShare: 0 }))[0].parts,
    ).toBeDefined();
  });
});
