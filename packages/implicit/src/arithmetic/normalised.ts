import { ConfigError, foldIn } from '@ebim/runtime';
import type { ImplicitManifold, ManifoldComponent } from './implicit-manifold.js';
import { emptyManifold, logIntegral, tubeAbout, type SearchOptions } from './tube.js';

/**
 * The same manifold with every Z and every share known: what densities, and samples of several components, need. A
 * `logZ` that is known already is kept; others are estimated inside the box by the co-area formula on points drawn near
 * the component (their `logZError` is about 1 % with the defaults). Components without points in the box, as
 * intersections have them, get share 0.
 *
 * The estimate is for few dimensions (it needs points that cover the component).
 *
 * @throws ConfigError `not-normalised` where a union was intersected before its own Z were known;
 *   `mixed-dimensions` where shares would compare lengths with areas; `overdetermined`
 * @throws ConvergenceError `empty-manifold` when nothing is found, or not a component that has a given weight
 * @example
 * ```ts
 * import { implicitManifold, normalised, torus } from '@ebim/implicit';
 * import { key } from '@ebim/runtime';
 * import * as tf from '@tensorflow/tfjs';
 *
 * // exp(-E) = exp(height) on a torus.
 * const energy = (x: tf.Tensor) => tf.neg(tf.reshape(tf.slice(x, [0, 2], [-1, 1]), [-1]));
 * const ring = implicitManifold(torus(), { energy });
 * const { components } = await normalised(ring, { bounds: { lower: -4.2, upper: 4.2 }, key: key(0) });
 * console.log(components[0].logZ, components[0].logZError); // 5.01 = log(12 pi^2 I_0(1)), and about 0.01
 * ```
 */
export async function normalised(
  manifold: ImplicitManifold,
  options: SearchOptions,
): Promise<ImplicitManifold> {
  const where = 'normalised(manifold)';
  if (manifold.components.length > 1) checkShares(where, manifold.components);
  const measured: ManifoldComponent[] = [];
  for (const [i, component] of manifold.components.entries()) {
    if (component.logZ !== null) {
      measured.push(component);
      continue;
    }
    const tube = await tubeAbout(component, manifold.ambientDimension, {
      ...options,
      key: foldIn(options.key, i),
    });
    const { logZ, standardError } =
      tube === null ? { logZ: -Infinity, standardError: 0 } : logIntegral(tube, component.codimension);
    measured.push({ ...component, logZ, logZError: standardError });
  }
  return { ...manifold, components: withShares(where, measured) };
}

/** Shares that are not known can be found only if the factors are, and if the components have one dimension. */
function checkShares(where: string, components: readonly ManifoldComponent[]): void {
  if (components.every(({ share }) => share !== null)) return;
  if (components.some(({ logFactor }) => logFactor === null))
    throw new ConfigError({
      code: 'not-normalised',
      where,
      expected: 'components whose factors are known',
      received: 'an intersection with a union whose own Z are unknown',
      hint: 'Call `normalised` on the union before the intersection.',
    });
  const dimensions = components.map(({ manifoldDimension }) => manifoldDimension);
  if (dimensions.some((m) => m !== dimensions[0]))
    throw new ConfigError({
      code: 'mixed-dimensions',
      where,
      expected: 'components of one dimension',
      received: `dimensions ${dimensions.join(', ')}`,
      hint: 'Their densities have different units, so the product rule gives no shares.',
      details: { dimensions },
    });
}

function withShares(where: string, components: readonly ManifoldComponent[]): ManifoldComponent[] {
  const lost = components.findIndex(({ share, logZ }) => logZ === -Infinity && share !== null && share > 0);
  if (lost >= 0) throw emptyManifold(where, components.length === 1 ? 'the manifold' : `component ${lost}`);
  const masses = components.map(({ share, logFactor, logZ }) =>
    share === null ? (logFactor ?? 0) + (logZ ?? 0) : share === 0 ? -Infinity : Math.log(share),
  );
  const largest = Math.max(...masses);
  if (largest === -Infinity) throw emptyManifold(where, 'the manifold');
  const weights = masses.map((mass) => Math.exp(mass - largest));
  const total = weights.reduce((a, b) => a + b, 0);
  return components.map((component, i) => {
    const share = weights[i] / total;
    const logFactor = share === 0 ? -Infinity : Math.log(share) - (component.logZ ?? 0);
    // Alone, a component is all of it, whatever its factor.
    return { ...component, share, logFactor: components.length === 1 ? 0 : logFactor };
  });
}
