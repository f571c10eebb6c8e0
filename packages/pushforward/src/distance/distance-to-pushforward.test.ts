import { hostMlp, readMlpParams, tensorConstraint } from '@ebim/metrics';
import { mlp } from '@ebim/nn';
import { key, normalArray, treeDispose, useBackend } from '@ebim/runtime';
import { installLeakGuard } from '@ebim/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HostDecoder } from './decoder-problem.js';
import { distanceToPushforward } from './distance-to-pushforward.js';
import { solveSymmetric } from './solve-symmetric.js';

await useBackend('wasm');

const matrix = (rows: number[][]) => ({
  data: Float64Array.from(rows.flat()),
  rows: rows.length,
  columns: rows[0]?.length ?? 2,
});

/** Each code by itself. */
const decoderOf = (
  m: number,
  n: number,
  at: (z: Float64Array) => { value: number[]; jacobian: number[][] },
): HostDecoder => ({
  dimension: m,
  codimension: n,
  evaluate: ({ data, rows }) => {
    const all = Array.from({ length: rows }, (_, row) => at(data.subarray(row * m, (row + 1) * m)));
    return {
      value: Float64Array.from(all.flatMap(({ value }) => value)),
      jacobian: Float64Array.from(all.flatMap(({ jacobian }) => jacobian.flat())),
    };
  },
});

const circle = decoderOf(1, 2, ([t]) => ({
  value: [Math.cos(t), Math.sin(t)],
  jacobian: [[-Math.sin(t)], [Math.cos(t)]],
}));

/** The plane through the origin spanned by (1, 0, 1) and (0, 2, 0). */
const plane = decoderOf(2, 3, ([a, b]) => ({
  value: [a, 2 * b, a],
  jacobian: [
    [1, 0],
    [0, 2],
    [1, 0],
  ],
}));

const both = ['gaussNewton', 'lbfgs'] as const;

describe('distanceToPushforward', () => {
  installLeakGuard();

  it.each(both)('is the distance to a circle, by %s', async (method) => {
    const points = matrix([
      [0, 3],
      [0.5, 0],
      [-0.6, 0.8],
    ]);
    const { distances, positions, summary, failed } = await distanceToPushforward(
      circle,
      points,
      matrix([[1], [0.4], [2]]),
      { method },
    );
    const digits = method === 'lbfgs' ? 3 : 12;
    [2, 0.5, 0].forEach((exact, i) => {
      expect(distances[i]).toBeCloseTo(exact, digits);
    });
    expect(positions.data[1]).toBeCloseTo(1, digits);
    expect(summary).toMatchObject({ count: 3, max: distances[0] });
    expect(failed).toBe(0);
  });

  it('is exact for planes whatever the point and the start', async () => {
    const number = fc.double({ min: -20, max: 20, noNaN: true });
    await fc.assert(
      fc.asyncProperty(fc.tuple(number, number, number), fc.tuple(number, number), async (x, z) => {
        const { distances, codes, status } = await distanceToPushforward(
          plane,
          matrix([[...x]]),
          matrix([[...z]]),
        );
        expect(distances[0]).toBeCloseTo(Math.abs(x[0] - x[2]) / Math.SQRT2, 9);
        expect(codes.data[0]).toBeCloseTo((x[0] + x[2]) / 2, 4);
        expect(codes.data[1]).toBeCloseTo(x[1] / 2, 4);
        expect(status[0]).not.toBe('iterations');
      }),
      { numRuns: 50 },
    );
  });

  it('finds for a network what a fine search finds', async () => {
    const network = mlp({ inputSize: 1, outputSize: 2, hidden: [8, 8] });
    const params = network.init(key(3));
    const decoder = hostMlp(await readMlpParams(params, 'silu'));
    const rows = 20;
    const points = {
      data: Float64Array.from(normalArray(key(4), 2 * rows), (x) => 0.3 * x),
      rows,
      columns: 2,
    };
    const lattice = matrix(Array.from({ length: 20_001 }, (_, i) => [-30 + 0.003 * i]));
    const image = decoder.evaluate(lattice);
    const starts = matrix(Array.from({ length: 121 }, (_, i) => [-30 + 0.5 * i]));
    const { distances } = await distanceToPushforward(
      decoder.constraint,
      points,
      { data: new Float64Array(rows), rows, columns: 1 },
      { starts, startsPerPoint: 2 },
    );
    for (let row = 0; row < rows; row++) {
      let least = Infinity;
      for (let i = 0; i < lattice.rows; i++)
        least = Math.min(
          least,
          Math.hypot(image[2 * i] - points.data[2 * row], image[2 * i + 1] - points.data[2 * row + 1]),
        );
      // The search may leave the lattice, never be worse than it.
      expect(distances[row]).toBeLessThanOrEqual(least + 1e-12);
      expect(distances[row]).toBeGreaterThan(least - 1e-3);
    }
    treeDispose(params);
  });

  it('takes a decoder of tensors, to the precision of float32', async () => {
    const network = mlp({ inputSize: 2, outputSize: 3, hidden: [6] });
    const params = network.init(key(3));
    const exact = hostMlp(await readMlpParams(params, 'silu')).constraint;
    const rounded = {
      ...tensorConstraint((z) => network.apply(params, z), { dimension: 2, codimension: 3 }),
      epsilon: 2 ** -23,
    };
    const points = matrix([
      [0.3, -0.2, 0.5],
      [1, 0, -1],
    ]);
    const codes = matrix([
      [0, 0],
      [1, 1],
    ]);
    const [a, b] = [
      await distanceToPushforward(exact, points, codes),
      await distanceToPushforward(rounded, points, codes),
    ];
    expect(a.status).toEqual(['converged', 'converged']);
    a.distances.forEach((distance, i) => {
      expect(b.distances[i]).toBeCloseTo(distance, 5);
    });
    treeDispose(params);
  });

  it('escapes a local minimum with other starts, and keeps the better end', async () => {
    // A spiral: a search that starts one turn further out ends there.
    const spiral = decoderOf(1, 2, ([t]) => {
      const [r, c, s] = [1 + 0.1 * t, Math.cos(t), Math.sin(t)];
      return { value: [r * c, r * s], jacobian: [[0.1 * c - r * s], [0.1 * s + r * c]] };
    });
    const points = matrix([[1.05, 0]]);
    const outer = matrix([[2 * Math.PI]]);
    const caught = await distanceToPushforward(spiral, points, outer);
    const free = await distanceToPushforward(spiral, points, outer, { starts: matrix([[7], [0.3]]) });
    const already = await distanceToPushforward(spiral, points, matrix([[0.1]]), { starts: outer });
    expect(caught.distances[0]).toBeGreaterThan(0.5);
    expect(free.distances[0]).toBeLessThan(0.06);
    expect(already.distances[0]).toBeCloseTo(free.distances[0], 10);
  });

  it('says which rows failed and leaves them out of the summary', async () => {
    const broken = decoderOf(1, 1, ([z]) => ({ value: [z > 5 ? NaN : z], jacobian: [[1]] }));
    const points = matrix([[1], [2]]);
    const { distances, status, failed, summary } = await distanceToPushforward(
      broken,
      points,
      matrix([[0], [9]]),
    );
    expect(distances[0]).toBeCloseTo(0, 12);
    expect(distances[1]).toBeNaN();
    expect(status).toEqual(['converged', 'not-finite']);
    expect([failed, summary.count]).toEqual([1, 1]);
    await expect(distanceToPushforward(broken, points, matrix([[8], [9]]))).rejects.toMatchObject({
      code: 'decoder-not-finite',
    });
  });

  it('walks away from where the decoder has no slope only if damping lets it, and reports it', async () => {
    const constant = decoderOf(1, 2, () => ({ value: [1, 1], jacobian: [[0], [0]] }));
    const { distances, status } = await distanceToPushforward(constant, matrix([[0, 0]]), matrix([[0]]));
    expect(distances[0]).toBeCloseTo(Math.SQRT2, 12);
    expect(status).toEqual(['converged']);
    const slow = await distanceToPushforward(circle, matrix([[0, 3]]), matrix([[0]]), { maxIterations: 1 });
    expect(slow.status).toEqual(['iterations']);
  });

  it.each([
    [{ method: 'newton' as 'lbfgs' }, 'method'],
    [{ maxIterations: 0 }, 'maxIterations'],
    [{ steps: 1.5 }, 'steps'],
    [{ startsPerPoint: -1 }, 'startsPerPoint'],
  ])('refuses %o', async (wrong, name) => {
    await expect(distanceToPushforward(circle, matrix([[0, 1]]), matrix([[0]]), wrong)).rejects.toThrow(name);
  });

  it('refuses what does not fit together', async () => {
    const misfit = { code: 'shape-mismatch' };
    await expect(distanceToPushforward(circle, matrix([[0, 1, 2]]), matrix([[0]]))).rejects.toMatchObject(
      misfit,
    );
    await expect(distanceToPushforward(circle, matrix([[0, 1]]), matrix([[0], [1]]))).rejects.toMatchObject(
      misfit,
    );
    await expect(
      distanceToPushforward(circle, matrix([[0, 1]]), matrix([[0]]), { starts: matrix([[0, 1]]) }),
    ).rejects.toMatchObject(misfit);
    const none = { data: new Float64Array(0), rows: 0 };
    await expect(
      distanceToPushforward(circle, { ...none, columns: 2 }, { ...none, columns: 1 }),
    ).rejects.toMatchObject({ code: 'no-points' });
    await expect(distanceToPushforward(circle, matrix([[0, NaN]]), matrix([[0]]))).rejects.toMatchObject({
      code: 'point-not-finite',
    });
  });
});

describe('solveSymmetric', () => {
  it('solves, or says that the matrix is not positive definite', () => {
    const A = Float64Array.of(4, 2, 0, 2, 5, 3, 0, 3, 6);
    const x = solveSymmetric(A, Float64Array.of(2, -1, 4)) as Float64Array;
    [4 * x[0] + 2 * x[1], 2 * x[0] + 5 * x[1] + 3 * x[2], 3 * x[1] + 6 * x[2]].forEach((value, i) => {
      expect(value).toBeCloseTo([2, -1, 4][i], 12);
    });
    expect(solveSymmetric(Float64Array.of(1, 2, 2, 1), Float64Array.of(1, 1))).toBeNull();
  });
});
