import { ConfigError } from '@ebim/runtime';
import type { EbimConfig } from './schema.js';

/**
 * Checks what no value shows by itself, so that a run cannot fail on it after its folder was made.
 *
 * @throws ConfigError `bad-option`, `bad-manifold-dimension`
 */
export function checkConsistency(config: EbimConfig, where: string): void {
  const { bounds, evaluation, manifoldDimension, manifold, density } = config;
  const dimension = bounds.lower.length;
  if (manifoldDimension >= dimension)
    throw new ConfigError({
      code: 'bad-manifold-dimension',
      where: `${where}: manifoldDimension`,
      expected: `a whole number below ${dimension}, the number of coordinates`,
      received: String(manifoldDimension),
      hint: 'The manifold has to be thinner than the space around it.',
      details: { manifoldDimension, dimension },
    });
  const fail = (path: string, expected: string, received: unknown) =>
    new ConfigError({
      code: 'bad-option',
      where: `${where}: ${path}`,
      expected,
      received: String(received),
      details: { path },
    });
  for (const name of ['box', 'meshBox'] as const) {
    const sides = evaluation[name].lower.length;
    if (sides !== dimension)
      throw fail(`evaluation.${name}`, `${dimension} sides, as many as bounds has`, sides);
  }
  const { minSingularValue, maxSingularValue } = manifold;
  if (maxSingularValue !== null && maxSingularValue < minSingularValue)
    throw fail(
      'manifold.maxSingularValue',
      `at least minSingularValue (${minSingularValue})`,
      maxSingularValue,
    );
  const { constraintSolver, stepSize, noiseScale } = density.sampler;
  const searches = constraintSolver === 'lbfgs' || constraintSolver === 'gradientDescent';
  if (searches && (stepSize ?? noiseScale ** 2) === 0)
    throw fail('density.sampler.stepSize', `a number above 0 for the solver ${constraintSolver}`, 0);
}
