import { describe, expect, it } from 'vitest';
import { PROFILES } from './experiment.js';
import { PUSHFORWARD_EXPERIMENTS, pushforwardSettings, variationalSettings } from './pushforward-settings.js';

describe('pushforwardSettings', () => {
  it.each([
    // [experiment, profile, autoencoder epochs, energy batch, buffer, half side, density at] (spec D6, D15, D23, D32, D36)
    ['von-mises', 'paper', 300, 50, 1000, null, 'code'],
    ['von-mises', 'reference', 300, 50, 10_000, 10, 'code'],
    ['mixture', 'paper', 300, 100, 1000, null, 'code'],
    ['mixture', 'reference', 1000, 100, 1000, 10, 'code'],
    ['mixture', 'corrected', 1000, 100, 1000, null, 'code'],
    ['floods', 'paper', 500, 50, 1000, null, 'code'],
    ['floods', 'reference', 500, 50, 1000, 10, 'reencoded'],
    ['glycine', 'paper', 500, 100, 1000, null, 'code'],
    ['glycine', 'reference', 500, 50, 1000, 10, 'reencoded'],
    ['glycine', 'corrected', 500, 50, 1000, null, 'code'],
  ] as const)('%s, %s: where text and code differ', (name, profile, ...expected) => {
    const { autoencoder, density, evaluation } = pushforwardSettings(name, profile);
    expect([
      autoencoder.epochs,
      density.batchSize,
      density.bufferCapacity,
      density.bufferHalfSide,
      evaluation.densityAt,
    ]).toEqual(expected);
  });

  it.each(PUSHFORWARD_EXPERIMENTS)(
    '%s: chains at temperature 1 and shuffled data only when corrected',
    (name) => {
      for (const profile of PROFILES) {
        const { autoencoder, density, evaluation } = pushforwardSettings(name, profile);
        const corrected = profile === 'corrected';
        expect([autoencoder.shuffle, density.shuffle]).toEqual([corrected, corrected]);
        expect(density.sampler.stepSize).toBe(corrected ? null : 10);
        expect(density.sampler.gradClamp).toBe(corrected ? null : 0.03);
        expect(evaluation.distance).toBe(corrected ? 'gaussNewton' : 'lbfgs');
        expect(autoencoder.variational).toBeNull();
      }
    },
  );

  it('takes smaller steps for longer on surfaces only when corrected', () => {
    const sizes = (name: string, profile: 'reference' | 'corrected') => {
      const { epochs, sampler } = pushforwardSettings(name, profile).density;
      return [epochs, sampler.steps, sampler.noiseScale];
    };
    expect(sizes('glycine', 'reference')).toEqual([50, 60, 0.5]);
    expect(sizes('glycine', 'corrected')).toEqual([100, 60, 0.2]);
    expect(sizes('von-mises', 'corrected')).toEqual(sizes('von-mises', 'reference'));
  });

  it('weighs the exact divergence so that it pulls at codes as the reference form does', () => {
    const reference = variationalSettings('mixture', 'reference', 0.05).autoencoder.variational;
    expect(reference).toEqual({ divergenceWeight: 0.05, divergence: 'reference' });
    // w mean z^2 = w' / 2 sum z^2 for w' = 2 w / m
    const plane = variationalSettings('floods', 'corrected', 0.05).autoencoder.variational;
    expect(plane).toEqual({ divergenceWeight: 0.05, divergence: 'exact' });
    const line = variationalSettings('mixture', 'corrected', 0.05).autoencoder.variational;
    expect(line).toEqual({ divergenceWeight: 0.1, divergence: 'exact' });
  });

  it('names the nearest experiment', () => {
    expect(() => pushforwardSettings('mixtur', 'paper')).toThrow(
      expect.objectContaining({ code: 'unknown-experiment', hint: 'Did you mean "mixture"?' }),
    );
  });
});
