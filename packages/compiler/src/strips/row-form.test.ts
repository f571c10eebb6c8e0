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

it('knows what is written more than once on the way: long sums, and boxes over what was filled', () => {
  expect(rowForm(product(20, 7, 512), 20)?.writesOnce).toBe(true);
  expect(rowForm(product(20, 7, 513), 20)?.writesOnce).toBe(false);
  const box = { input: 0, sizes: [20, 3], from: 0, fromStrides: [3, 1], to: 1, toStrides: [5, 1] };
  const pad = (attrs: object): Step =>
    step('Copy', [operand(0, 20, 3)], { boxes: [box], ...attrs }, operand(1, 20, 5));
  expect(rowForm(pad({}), 20)?.writesOnce).toBe(true);
  expect(rowForm(pad({ fill: 7 }), 20)?.writesOnce).toBe(false);
});

it('refuses copies that read an array with two strides', () => {
  const boxes = [3, 6].map((stride, i) => ({
    input: 0,
    sizes: [20, 3],
    from: 0,
    fromStrides: [stride, 1],
    to: 3 * i,
    toStrides: [6, 1],
  }));
  const twice = (own: typeof boxes): Step =>
    step('Copy', [operand(0, 120)], { boxes: own }, operand(1, 20, 6));
  expect(rowForm(twice(boxes), 20)).toBeNull();
  const alike = boxes.map((box) => ({ ...box, fromStrides: [6, 1] }));
  expect(rowForm(twice(alike), 20)?.inputs).toEqual([{ stride: 6, inside: true }]);
});

describe('a group', () => {
  const group = (op: string): Step => {
    const load = (value: number, strides: number[]) => ({ operand: operand(value, 20, 3), strides });
    const loads = [load(0, [3, 1]), load(1, [0, 1]), load(2, [1, 0])];
    const inputs = loads.map(({ operand: own }) => own);
    return step('Group', inputs, { dims: [20, 3], nodes: [{ op }], loads, stores: [0] }, operand(3, 20, 3));
  };

  it('reads rows, a row for all, and a number for each row', () => {
    const form = rowForm(group('Add'), 20);
    expect(form?.inputs.map(({ stride }) => stride)).toEqual([3, 0, 1]);
    expect(form?.attrsFor(8)).toMatchObject({ dims: [8, 3] });
  });

  it('that asks the host has no form', () => {
    expect(rowForm(group('Sin'), 20)).toBeNull();
  });
});
