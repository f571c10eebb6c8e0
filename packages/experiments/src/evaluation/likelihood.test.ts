import { fromRows } from '@ebim/datasets';
import { useBackend } from '@ebim/runtime';
import { installLeakGuard } from '@ebim/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { vonMises } from '../definitions/von-mises.js';
import { knownModel, withKnownNetworks } from '../test-support/known-models.js';
import { diameter, likelihood } from './likelihood.js';

const config = withKnownNetworks(vonMises.config('corrected', false));
const LOG_Z = Math.log(2 * Math.PI * 2.2795853023360673);

beforeAll(async () => {
  await useBackend('wasm');
});

describe('likelihood', () => {
  installLeakGuard();

  it('is the log density at the projections, with the share of far points', async () => {
    const model = knownModel(config);
    try {
      // Projections (1, 0), (0, 1), (-1, 0), (0, -1): log densities 2, 0, -2, 0 less log Z.
      const points = fromRows([
        [1, 0],
        [0, 1.01],
        [-1.3, 0],
        [0, -0.95],
      ]);
      const found = await likelihood(model, points, { logZ: LOG_Z, farDistance: 0.02 });
      expect(found.points).toBe(4);
      expect(found.meanLogDensity).toBeCloseTo(-LOG_Z, 3);
      expect(found.meanLogDensityError).toBeCloseTo(Math.sqrt(8 / 3 / 4), 3);
      expect(found.farShare).toBe(0.5);
      expect(found.projectionFailed).toBe(0);
      const wider = await likelihood(model, points, { logZ: LOG_Z, farDistance: 0.1 });
      expect(wider.farShare).toBe(0.25);
    } finally {
      model.dispose();
    }
  });

  it('leaves out and counts points that have no projection', async () => {
    const model = knownModel(config, { shift: 0.7 });
    try {
      const found = await likelihood(
        model,
        fromRows([
          [1, 0],
          [0, 0.5],
        ]),
        { logZ: 0, farDistance: 1 },
      );
      expect(found.projectionFailed).toBe(1);
      expect(found.farShare).toBe(0);
      expect(found.meanLogDensity).toBeNaN();
    } finally {
      model.dispose();
    }
  });
});

describe('diameter', () => {
  it('is the largest distance of two points', () => {
    expect(
      diameter(
        fromRows([
          [0, 0],
          [3, 4],
          [1, 1],
        ]),
      ),
    ).toBe(5);
    expect(diameter(fromRows([[7, 7]]))).toBe(0);
    const many = fromRows(Array.from({ length: 9000 }, (_, i) => [i, 0]));
    expect(diameter(many)).toBeGreaterThan(8990);
  });
});
