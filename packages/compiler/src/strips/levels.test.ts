import { expect, it } from 'vitest';
import type { Operand, Step } from '../lower/block.js';
import { levels } from './levels.js';

const ROWS = 12;
const operand = (value: number, size: number): Operand => ({ value, shape: [size], dtype: 'float32' });

/** Computes `to` from `from` row by row: rows of two elements. */
const along = (from: number, to: number): Step => ({
  op: 'Reduce',
  inputs: [operand(from, ROWS * 2)],
  attrs: { kind: 'sum', outer: ROWS, size: 1, inner: 2 },
  outputs: [operand(to, ROWS * 2)],
});
/** Needs all rows. */
const across = (from: number, to: number): Step => ({
  op: 'Reduce',
  inputs: [operand(from, ROWS * 2)],
  attrs: { kind: 'sum', outer: 1, size: ROWS, inner: 2 },
  outputs: [operand(to, 2)],
});
/** Moves a value where it lies. */
const shift = (value: number): Step => ({
  op: 'Copy',
  inputs: [operand(value, ROWS * 2)],
  attrs: { boxes: [{ input: 0, sizes: [ROWS * 2], from: 0, fromStrides: [1], to: 0, toStrides: [1] }] },
  outputs: [operand(value, ROWS * 2)],
});

const written = (steps: readonly Step[]): number[] => steps.map(({ outputs: [out] }) => out.value);
const sorted = (...steps: Step[]): { chain: number[]; others: number[] }[] =>
  levels(steps, ROWS).map(({ chain, others }) => ({
    chain: written(chain.map(({ step }) => step)),
    others: written(others),
  }));

it('keeps together what goes row by row, whatever lies between', () => {
  expect(sorted(along(0, 1), across(1, 2), along(1, 3), across(9, 4))).toEqual([
    { chain: [], others: [4] },
    { chain: [1, 3], others: [2] },
  ]);
});

it('begins another chain after what needs all rows', () => {
  const mean: Step = { ...along(0, 3), inputs: [operand(2, ROWS * 2)] };
  expect(sorted(along(0, 1), across(1, 2), mean, along(1, 4))).toEqual([
    { chain: [], others: [] },
    { chain: [1, 4], others: [2] },
    { chain: [3], others: [] },
  ]);
});

it('begins another chain where rows are seen in another way', () => {
  const wide: Step = { ...along(1, 2), attrs: { kind: 'sum', outer: ROWS, size: 1, inner: 1 } };
  expect(sorted(along(0, 1), wide)).toMatchObject([{}, { chain: [1] }, { chain: [2] }]);
});

it('begins another chain where a row reads into the next', () => {
  // Rows of two elements, of which each product takes three.
  const window: Step = {
    op: 'MatMul',
    inputs: [operand(1, ROWS * 2), operand(9, 3)],
    attrs: { batch: 1, m: ROWS, n: 1, k: 3, aBatch: 0, aRow: 2, aColumn: 1, bBatch: 0 },
    outputs: [operand(2, ROWS)],
  };
  expect(sorted(along(0, 1), window)).toMatchObject([{}, { chain: [1] }, { chain: [2] }]);
});

it('lets a carry be moved only after all that reads it, and be read afterwards', () => {
  expect(sorted(along(0, 1), shift(0), along(0, 2))).toEqual([
    { chain: [], others: [] },
    { chain: [1], others: [0] },
    { chain: [2], others: [] },
  ]);
  expect(sorted(shift(0))).toEqual([{ chain: [], others: [0] }]);
});
