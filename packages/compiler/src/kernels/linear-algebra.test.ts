import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { installFactorKernels } from '@ebim/runtime';
import type { ValueInfo } from '../graph/graph.js';
import { interpret, type HostValues } from '../program/interpret.js';
import { buildProgram } from '../program/program.js';
import { inputsFor } from '../program/test-data.js';
import { graphWriter } from '../program/test-graph.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
  installFactorKernels('cpu');
});

/** The program gives the bits that the kernel gives. */
function same(
  op: string,
  inputs: Record<string, number[]>,
  attrs: Record<string, unknown>,
  outputs: readonly ValueInfo[],
  seed: number,
  adjust: (inputs: HostValues[]) => void = () => undefined,
): void {
  const g = graphWriter();
  const ids = Object.values(inputs).map((shape) => g.input(shape));
  const graph = g.build(g.node({ op, inputs: ids, inputNames: Object.keys(inputs), attrs }, outputs));
  const values = inputsFor(graph, seed);
  adjust(values);
  const program = buildProgram(graph);
  expect(program.islands).toEqual([]);
  expect(program.run(values)).toEqual(interpret(graph, values));
}

const sizes = { batch: fc.integer({ min: 1, max: 4 }), k: fc.integer({ min: 1, max: 9 }) };

it('Cholesky, of matrices that have a factor and of others', () => {
  fc.assert(
    fc.property(fc.record(sizes), fc.nat(), fc.boolean(), ({ batch, k }, seed, definite) =>
      same(
        'Cholesky',
        { A: [batch, k, k] },
        {},
        [
          { shape: [batch, k, k], dtype: 'float32' },
          { shape: [batch], dtype: 'bool' },
        ],
        seed,
        ([A]) => {
          // A large diagonal; without it most matrices have no factor.
          if (definite)
            for (let i = 0; i < A.length; i += 1) if ((i % (k * k)) % (k + 1) === 0) A[i] = 2 * k + 1;
          if (seed % 5 === 0) A[seed % A.length] = [NaN, Infinity, 0][seed % 3];
        },
      ),
    ),
    { numRuns: 60 },
  );
});

it('TriangularSolve, forwards and backwards', () => {
  fc.assert(
    fc.property(
      fc.record({ ...sizes, m: fc.integer({ min: 1, max: 6 }) }),
      fc.boolean(),
      fc.nat(),
      ({ batch, k, m }, transpose, seed) =>
        same(
          'TriangularSolve',
          { L: [batch, k, k], B: [batch, k, m] },
          { transpose },
          [{ shape: [batch, k, m], dtype: 'float32' }],
          seed,
          // A zero on the diagonal gives infinities and NaN in both.
          ([L]) => seed % 4 === 0 && (L[0] = 0),
        ),
    ),
    { numRuns: 60 },
  );
});
