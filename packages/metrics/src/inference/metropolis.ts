import { normalArray, split, uniformArray, type Key } from '@ebim/runtime';
import {
  checkedPosterior,
  requireSize,
  requireSteps,
  startOf,
  type LogPosterior,
  type ParameterChain,
} from './parameter-chains.js';

/** Options of {@link metropolisParameters}. */
export interface MetropolisParametersOptions {
  readonly key: Key;
  /** theta of the first step, `[p]`. */
  readonly start: readonly number[];
  /** Draws that are kept. Default 5000. */
  readonly samples?: number;
  /** Steps before the first draw. Default 100. */
  readonly burnIn?: number;
  /** Standard deviation of the Gaussian proposal. Default 0.15. */
  readonly stepSize?: number;
}

/**
 * Random-walk Metropolis sampling of parameters theta, on the host (M-flow paper: polynomial surface with the defaults,
 * particle physics with `burnIn: 500, samples: 2500` and four chains). Every step is a draw; nothing is thinned out.
 *
 * @param logPosterior may be asynchronous, as a model's likelihood is
 * @throws ConfigError `bad-option`, `bad-start`; ConvergenceError `bad-log-density` for NaN or +Infinity
 * @example
 * ```ts
 * import { key } from '@ebim/runtime';
 * import { metropolisParameters } from '@ebim/metrics';
 * const { samples, acceptanceRate } = await metropolisParameters(([t]) => -(t * t) / 2, { key: key(0), start: [0] });
 * console.log(samples.rows, acceptanceRate > 0.5);
 * ```
 */
export async function metropolisParameters(
  logPosterior: LogPosterior,
  options: MetropolisParametersOptions,
): Promise<ParameterChain> {
  const where = 'metropolisParameters';
  const { key, start, samples = 5000, burnIn = 100, stepSize = 0.15 } = options;
  requireSteps(`${where}({ samples })`, samples, 1);
  requireSteps(`${where}({ burnIn })`, burnIn, 0);
  requireSize(`${where}({ stepSize })`, stepSize);
  const posterior = checkedPosterior(logPosterior, where);
  const p = start.length;
  let value = await startOf(posterior, start, where);
  let theta = Float64Array.from(start);
  const [proposalKey, acceptKey] = split(key);
  const steps = burnIn + samples;
  const proposals = normalArray(proposalKey, steps * p);
  const uniforms = uniformArray(acceptKey, steps);
  const data = new Float64Array(samples * p);
  const logDensity = new Float64Array(samples);
  let accepted = 0;
  for (let step = 0; step < steps; step++) {
    const proposed = theta.map((t, j) => t + stepSize * proposals[step * p + j]);
    const there = await posterior(proposed);
    if (Math.log(1 - uniforms[step]) < there - value) {
      theta = proposed;
      value = there;
      accepted++;
    }
    if (step < burnIn) continue;
    data.set(theta, (step - burnIn) * p);
    logDensity[step - burnIn] = value;
  }
  return {
    samples: { data, rows: samples, columns: p },
    logDensity,
    acceptanceRate: accepted / steps,
    evaluations: posterior.evaluations,
  };
}
