import { key } from '@ebim/runtime';
import { describe, expect, it } from 'vitest';
import { projectedNormal } from './projected-normal.js';

describe('the numbers of spec 3.3', () => {
  it('are those of the stored run, with the text where it says otherwise (D29)', () => {
    expect(projectedNormal.config('reference', false)).toMatchObject({
      data: { count: 1000 },
      bounds: { lower: [-1.1, -1.1, -1.03], upper: [1.1, 1.1, 1.03] },
      manifoldDimension: 2,
      manifold: {
        hidden: [8, 8, 8],
        epochs: 300,
        batchSize: 100,
        learningRate: 0.01,
        minSingularValue: 0.1,
        negativeWeight: 0.3,
        rankWeight: 10,
        magnitudeWeight: 1,
        sampler: { steps: 20, noiseScale: 0.1, stepSize: 10, gradClamp: 0.03 },
      },
      density: {
        hidden: [32, 32],
        epochs: 20,
        batchSize: 100,
        learningRate: 0.01,
        clipNorm: 1,
        magnitudeWeight: 1,
        bufferCapacity: 1000,
        sampler: { steps: 10, noiseScale: 0.3, stepSize: null, gradClamp: 0.03 },
      },
    });
    expect(projectedNormal.config('paper', false).manifold.sampler).toEqual({
      steps: 10,
      noiseScale: 0.1,
      stepSize: null,
      gradClamp: 0.03,
    });
  });

  it('has points on the unit sphere, around both poles alike', async () => {
    const config = projectedNormal.config('reference', false);
    const { points } = await projectedNormal.load(config, key(0), {});
    expect(points).toMatchObject({ rows: 1000, columns: 3 });
    let [mean, square] = [0, 0];
    for (let i = 0; i < 1000; i++) {
      const [x, y, z] = points.data.subarray(3 * i, 3 * i + 3);
      expect(Math.hypot(x, y, z)).toBeCloseTo(1, 10);
      mean += x / 1000;
      square += (x * x) / 1000;
    }
    expect(Math.abs(mean)).toBeLessThan(0.1);
    // A third on a uniform sphere.
    expect(square).toBeGreaterThan(0.4);
  });
});
