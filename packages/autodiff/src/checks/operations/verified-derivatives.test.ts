import { readFile, writeFile } from 'node:fs/promises';
import * as tf from '@tensorflow/tfjs';
import { afterAll, describe, expect, it } from 'vitest';
import { key, useBackend } from '@ebim/runtime';
import { HOST_TEST_BACKENDS, installLeakGuard, TEST_BACKENDS, useTestBackends } from '@ebim/testing';
import { checkDerivatives } from '../../index.js';
import { OPERATIONS, scattered, type Operation } from './operations.js';

const FILE = new URL('../../../../../docs/verified-derivatives.md', import.meta.url);
const ORDERS = [1, 2, 3] as const;

/** Cells of the table by backend and operation: for every order `yes`, `WRONG`, `unclear` or `none`. */
const cells = new Map<string, string[]>();
const cellOf = (backend: string, { group, name }: Operation) => `${backend} ${group} ${name}`;

/** y + y² + y³, so that all orders of the derivative of f's own derivative show, also for linear f. */
const curved = (f: Operation['f']) => (x: tf.Tensor) =>
  tf.tidy(() => {
    const y = f(x);
    const square = tf.mul(y, y);
    return tf.addN([y, square, tf.mul(square, y)]);
  });

async function examine({ f, shape, range }: Operation): Promise<string[]> {
  const x = scattered(shape, range);
  const check = async (order: 1 | 2 | 3) => {
    let words: string[] = [];
    // Along some directions a derivative vanishes, which shows nothing: take the next one.
    for (let seed = 0; seed < 4 && (seed === 0 || words.includes('unclear')); seed++) {
      const options = { order, directions: 1, key: key(seed), largestStep: 0.03, steps: 6 };
      const { checks } = await checkDerivatives(curved(f), x, options);
      words = checks.map((c) => ({ right: 'yes', wrong: 'WRONG', unclear: 'unclear' })[c.verdict]);
    }
    return ORDERS.map((n) => words[n - 1] ?? 'none');
  };
  try {
    // An error means that there is no gradient of this order: look at a lower one.
    return await check(3)
      .catch(() => check(2))
      .catch(() => check(1))
      .catch(() => ORDERS.map(() => 'none'));
  } finally {
    x.dispose();
  }
}

function markdown(): string {
  const backends = [...HOST_TEST_BACKENDS];
  const lines = [
    '# Verified derivatives',
    '',
    'Which derivatives of TensorFlow.js operations are right when `@ebim/autodiff` takes them after the repairs of',
    '`@ebim/runtime`, by comparison with',
    'differences (`checkDerivatives` of `@ebim/autodiff`), on every backend that the tests run on. Order 1 is the',
    'gradient, order 2 the gradient of a product with the gradient, and so on. `none`: TensorFlow.js has no gradient of',
    'that order and says so by an error.',
    '',
    'Made by `EBIM_UPDATE_DOCS=1 pnpm vitest run --project autodiff verified-derivatives`; the tests fail when it is out',
    'of date.',
  ];
  for (const group of new Set(OPERATIONS.map((operation) => operation.group))) {
    lines.push('', `## ${group[0].toUpperCase()}${group.slice(1)}`, '');
    lines.push(`| operation | ${backends.flatMap((b) => ORDERS.map((n) => `${b} ${n}`)).join(' | ')} |`);
    lines.push(`| --- |${' --- |'.repeat(backends.length * ORDERS.length)}`);
    for (const operation of OPERATIONS.filter((candidate) => candidate.group === group)) {
      const row = backends.flatMap((backend) => cells.get(cellOf(backend, operation)) ?? []);
      lines.push(`| ${operation.name} | ${row.join(' | ')} |`);
    }
  }
  return `${lines.join('\n')}\n`;
}

const squeezed = (text: string) => text.replace(/[ -]+/g, ' ');

useTestBackends(TEST_BACKENDS, useBackend, (backend) => {
  installLeakGuard();
  it.each(OPERATIONS.map((operation) => [operation.name, operation] as const))('%s', async (_, operation) => {
    const found = await examine(operation);
    cells.set(cellOf(backend, operation), found);
    expect(found).not.toContain('unclear');
    expect(found).not.toContain('WRONG');
  });
});

describe.skipIf(TEST_BACKENDS !== HOST_TEST_BACKENDS)('docs/verified-derivatives.md', () => {
  afterAll(() => cells.clear());
  it('is the table that the tests above found', async () => {
    expect(cells.size).toBe(OPERATIONS.length * HOST_TEST_BACKENDS.length);
    const text = markdown();
    if (process.env['EBIM_UPDATE_DOCS'] === '1') await writeFile(FILE, text);
    // Formatters align the columns.
    expect(squeezed(await readFile(FILE, 'utf8'))).toBe(squeezed(text));
  });
});
