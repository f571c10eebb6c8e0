import { describe, expect, it } from 'vitest';
import type { Operand, Step } from '../lower/block.js';
import type { CopyBox } from '../lower/copies.js';
import { rowForm } from './row-form.js';

const operand = (value: number, ...shape: number[]): Operand => ({ value, shape, dtype: 'float32' });
const step = (op: string, inputs: Operand[], attrs: Step['attrs'], ...outputs: Operand[]): Step => ({
  op,
  inputs,
  attrs,
  outputs,
});

const product = (m: number, n: number, k: number, more: object = {}): Step =>
  step(
    'MatMul',
    [operand(0, m, k), operand(1, k, n)],
    { batch: 1, m, n, k, aBatch: 0, aRow: k, aColumn: 1, bBatch: 0, ...more },
    operand(2, m, n),
    operand(3, 4096),
  );

const copy = (box: Omit<CopyBox, 'input'>, shape: number[]): Step =>
  step('Copy', [operand(0, 1000)], { boxes: [{ input: 0, ...box }] }, operand(1, ...shape));

describe('a product', () => {
  it('reads rows of its first factor, and all of the second', () => {
    const form = rowForm(product(40, 7, 5), 20);
    expect(form?.inputs).toEqual([
      { stride: 10, inside: true },
      { stride: 0, inside: false },
    ]);
    expect(form?.outputs).toEqual([14, null]);
    expect(form?.attrsFor(8)).toMatchObject({ m: 16, n: 7, k: 5 });
  });

  it('with a transposed factor reads past its row', () => {
    const form = rowForm(product(20, 7, 5, { aRow: 1, aColumn: 20 }), 20);
    expect(form?.inputs[0]).toEqual({ stride: 1, inside: false });
  });

  it('of many pairs is cut between them', () => {
    const form = rowForm(product(3, 2, 4, { batch: 20, aBatch: 12, bBatch: 8 }), 10);
    expect(form?.inputs.map(({ stride }) => stride)).toEqual([24, 16]);
    expect(form?.outputs[0]).toBe(12);
    expect(form?.attrsFor(4)).toMatchObject({ batch: 8, m: 3 });
    expect(rowForm(product(3, 2, 4, { batch: 20, aBatch: 12, bBatch: 0 }), 10)?.inputs[1].stride).toBe(0);
  });

  it('has no form for rows that do not divide its own', () => {
    expect(rowForm(product(40, 7, 5), 30)).toBeNull();
  });
});

describe('a copy', () => {
  const rowMajor = { from: 0, to: 0 };

  it('of columns stays inside of rows', () => {
    const form = rowForm(
      copy({ sizes: [20, 3], from: 2, fromStrides: [6, 1], to: 0, toStrides: [3, 1] }, [20, 3]),
      20,
    );
    expect(form?.inputs).toEqual([{ stride: 6, inside: true }]);
    expect(form?.outputs).toEqual([3]);
  });

  it('that starts in the row before does not', () => {
    const form = rowForm(
      copy({ sizes: [20, 3], from: 5, fromStrides: [6, 1], to: 0, toStrides: [3, 1] }, [20, 3]),
      20,
    );
    expect(form?.inputs).toEqual([{ stride: 6, inside: false }]);
  });

  it('of a row for all reads the same', () => {
    const form = rowForm(
      copy({ ...rowMajor, sizes: [20, 3], fromStrides: [0, 1], toStrides: [3, 1] }, [20, 3]),
      20,
    );
    expect(form?.inputs).toEqual([{ stride: 0, inside: false }]);
  });

  it.each([
    ['transposes', { ...rowMajor, sizes: [3, 20], fromStrides: [1, 3], toStrides: [20, 1] }, [3, 20]],
    ['goes backwards', { from: 57, to: 0, sizes: [20, 3], fromStrides: [-3, 1], toStrides: [3, 1] }, [20, 3]],
    ['pads rows', { from: 0, to: 3, sizes: [18, 3], fromStrides: [3, 1], toStrides: [3, 1] }, [20, 3]],
  ])('that %s has no form', (_, box, shape) => {
    expect(rowForm(copy(box, shape), 20)).toBeNull();
  });
});

it('a sum along rows has one, a sum of rows has none', () => {
  const reduce = (outer: number, size: number, inner: number): Step =>
    step(
      'Reduce',
      [operand(0, outer, size, inner)],
      { kind: 'sum', outer, size, inner },
      operand(1, outer, inner),
    );
  expect(rowForm(reduce(20, 5, 3), 20)).toMatchObject({
    inputs: [{ stride: 15, inside: true }],
    outputs: [3],
  });
  expect(rowForm(reduce(1, 20, 3), 20)).toBeNull();
});

it('steps that are no loops over rows have none', () => {
  expect(rowForm(step('Cholesky', [operand(0, 20, 3, 3)], {}, operand(1, 20, 3, 3)), 20)).toBeNull();
});
