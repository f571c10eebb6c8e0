import { ConfigError, type TensorTree } from '@ebim/runtime';
import { checkDimensions } from '../charts/pad.js';
import type { Transform } from '../transform/transform.js';
import { mFlow } from './manifold-flow.js';
import type { FlowModel } from './model.js';

/** Options of {@link prescribedManifoldFlow}. */
export interface PrescribedManifoldFlowOptions<C extends TensorTree, I extends TensorTree> {
  /** Data -> (coordinates on the manifold, coordinates off it), without trained parameters: `hypersphericalChart`. */
  readonly chart: Transform<C>;
  /** h: coordinates on the manifold -> standard normal latents, `[n] -> [n]`, n < d. */
  readonly inner: Transform<I>;
}

/**
 * A flow on a prescribed manifold (FOM, spec 1.4): the M-flow whose outer transform is a known chart, all of it
 * unchanged, so that only the inner flow is trained.
 *
 * @throws ConfigError `bad-manifold-dimension`, `trained-chart`
 *
 * @example
 * ```ts
 * const model = prescribedManifoldFlow({
 *   chart: hypersphericalChart({ manifold: 1, ambient: 2 }),
 *   inner: scalarAffine(),
 * });
 * const params = model.init(key(0));
 * const samples = model.sample(key(1), params, 10); // [10, 2], all of length 1
 * ```
 */
export function prescribedManifoldFlow<C extends TensorTree, I extends TensorTree>({
  chart,
  inner,
}: PrescribedManifoldFlowOptions<C, I>): FlowModel<{ readonly outer: C; readonly inner: I }> {
  checkDimensions('prescribedManifoldFlow({ chart, inner })', inner.inputShape[0], chart.inputShape[0]);
  if (chart.contextSize > 0)
    throw new ConfigError({
      code: 'trained-chart',
      where: 'prescribedManifoldFlow({ chart })',
      expected: 'a chart that is fixed',
      received: `one that depends on a context of size ${chart.contextSize}`,
    });
  const model = mFlow({ outer: chart, inner });
  const refuse = (mode: string): ConfigError =>
    new ConfigError({
      code: 'not-defined-for-this-model',
      where: `prescribedManifoldFlow: mode '${mode}'`,
      expected: 'something that the model defines',
      received: 'a request it cannot serve: off a prescribed manifold there is no density',
    });
  return {
    ...model,
    name: 'prescribedManifoldFlow',
    logDensity: (params, x, options = {}) => {
      if (options.mode === 'ambient' || options.mode === 'slice') throw refuse(options.mode);
      return model.logDensity(params, x, options);
    },
    sample: (key, params, count, options = {}) => {
      if (options.mode === 'full') throw refuse('full');
      return model.sample(key, params, count, options);
    },
  };
}
