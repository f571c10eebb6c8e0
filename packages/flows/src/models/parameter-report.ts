import type { TensorTree } from '@ebim/runtime';
import { trainedParameters } from '../transform/trained-parameters.js';

/** How many numbers a model trains. */
export interface ParameterReport {
  readonly total: number;
  /** By part: `outer`, `inner`, `encoder`, `decoder`; of an ambient flow by the number of the layer. */
  readonly byPart: Readonly<Record<string, number>>;
}

/**
 * Counts trained parameters, of all parts together and of each; permutations are not trained.
 *
 * @example
 * ```ts
 * const model = flowModel('mFlow', FLOW_PRESETS.lorenz.paper.architecture);
 * const params = model.init(key(0));
 * parameterReport(model, params); // { total: 424582, byPart: { inner: 210070, outer: 214512 } }
 * ```
 */
export function parameterReport<P extends TensorTree>(
  model: { readonly untrained: readonly string[] },
  params: P,
): ParameterReport {
  let total = 0;
  const byPart: Record<string, number> = {};
  for (const [path, { size }] of Object.entries(trainedParameters(model, params))) {
    const [part] = path.split('/');
    total += size;
    byPart[part] = (byPart[part] ?? 0) + size;
  }
  return { total, byPart };
}
