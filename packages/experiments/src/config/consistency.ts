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
  checkNegatives(config, fail);
}

/** What the ways of training an energy need of other options. */
function checkNegatives(
  { bounds, manifoldDimension, density }: EbimConfig,
  fail: (path: string, expected: string, received: unknown) => ConfigError,
): void {
  const { negatives, sampler, averageDecay, validationShare } = density;
  const dimension = bounds.lower.length;
  if (negatives === 'nodes' && (dimension > 3 || dimension - manifoldDimension !== 1))
    throw fail(
      'density.negatives',
      'chains or adjustedChains: nodes are for curves in the plane and surfaces in space',
      negatives,
    );
  if (negatives === 'adjustedChains') {
    const { stepSize, gradClamp, constraintSolver } = sampler;
    if (stepSize !== null) throw fail('density.sampler.stepSize', 'null with adjustedChains', stepSize);
    if (gradClamp !== null) throw fail('density.sampler.gradClamp', 'null with adjustedChains', gradClamp);
    if (constraintSolver !== 'newton' && constraintSolver !== 'quasiNewton')
      throw fail(
        'density.sampler.constraintSolver',
        'newton or quasiNewton with adjustedChains',
        constraintSolver,
      );
  }
  if (validationShare > 0 && (negatives !== 'nodes' || averageDecay === null))
    throw fail(
      'density.validationShare',
      '0 unless density.negatives is nodes and density.averageDecay a number',
      validationShare,
    );
}
