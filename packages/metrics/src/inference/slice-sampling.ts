import { ConvergenceError, foldIn, uniformArray, type Key } from '@ebim/runtime';
import {
  checkedPosterior,
  requireSize,
  requireSteps,
  startOf,
  type LogPosterior,
  type ParameterChain,
} from './parameter-chains.js';

/** Options of {@link sliceParameters}. */
export interface SliceParametersOptions {
  readonly key: Key;
  /** theta of the first sweep, `[p]`. */
  readonly start: readonly number[];
  /** Draws that are kept, one a sweep over the components. Default 1000. */
  readonly samples?: number;
  /** Sweeps before the first draw, after those of tuning. Default 0. */
  readonly burnIn?: number;
  /** First width of the brackets. Default 0.01. */
  readonly width?: number;
  /** Sweeps that only tune the widths. Default 50. */
  readonly tuning?: number;
}

/** Uniform numbers in one block of the stream. */
const BLOCK = 4096;

/** Widths by which a bracket may step out at one end. */
const MOST_STEPS = 10_000;

/**
 * Slice sampling of parameters theta, one component after the other (Neal 2003): a level below the density, a bracket that
 * steps out until both ends are below it, points inside that shrink it until one is above. Throw-away sweeps first set the
 * width of each bracket to the mean distance it needed. No step size to choose, and no rejections.
 *
 * @throws ConfigError `bad-option`, `bad-start`; ConvergenceError `bad-log-density` for NaN or +Infinity, `no-bracket`
 */
export async function sliceParameters(
  logPosterior: LogPosterior,
  options: SliceParametersOptions,
): Promise<ParameterChain> {
  const where = 'sliceParameters';
  const { key, start, samples = 1000, burnIn = 0, width = 0.01, tuning = 50 } = options;
  requireSteps(`${where}({ samples })`, samples, 1);
  requireSteps(`${where}({ burnIn })`, burnIn, 0);
  requireSteps(`${where}({ tuning })`, tuning, 0);
  requireSize(`${where}({ width })`, width);
  const posterior = checkedPosterior(logPosterior, where);
  const p = start.length;
  let value = await startOf(posterior, start, where);
  const theta = Float64Array.from(start);
  const uniform = stream(key);
  const widths = new Float64Array(p).fill(width);
  const needed = new Float64Array(p);

  /** Moves one component and returns the length of the bracket that was needed. */
  const move = async (j: number): Promise<number> => {
    const at = async (t: number): Promise<number> => {
      const moved = Float64Array.from(theta);
      moved[j] = t;
      return posterior(moved);
    };
    const level = value + Math.log(1 - uniform());
    let low = theta[j] - uniform() * widths[j];
    let high = low + widths[j];
    const outside = async (from: number, step: number): Promise<number> => {
      for (let k = 0; k < MOST_STEPS; k++) {
        const end = from + k * step;
        if (!((await at(end)) > level)) return end;
      }
      throw new ConvergenceError({
        code: 'no-bracket',
        where,
        expected: `a density that falls within ${MOST_STEPS} widths`,
        received: `none from component ${j} = ${from} on in steps of ${step}`,
        hint: 'Give a larger width; a posterior without a prior may have no end.',
      });
    };
    low = await outside(low, -widths[j]);
    high = await outside(high, widths[j]);
    const length = high - low;
    for (;;) {
      const t = low + uniform() * (high - low);
      const there = await at(t);
      if (there > level || t === theta[j]) {
        if (t !== theta[j]) value = there;
        theta[j] = t;
        return length;
      }
      if (t < theta[j]) low = t;
      else high = t;
    }
  };

  const data = new Float64Array(samples * p);
  const logDensity = new Float64Array(samples);
  for (let sweep = -tuning - burnIn; sweep < samples; sweep++) {
    const tuned = sweep + tuning + burnIn;
    for (let j = 0; j < p; j++) {
      const length = await move(j);
      if (tuned >= tuning) continue;
      needed[j] += length;
      // Fixed after tuning: a width that follows the chain for good would change what it samples.
      widths[j] = needed[j] / (tuned + 1);
    }
    if (sweep < 0) continue;
    data.set(theta, sweep * p);
    logDensity[sweep] = value;
  }
  return {
    samples: { data, rows: samples, columns: p },
    logDensity,
    acceptanceRate: 1,
    evaluations: posterior.evaluations,
  };
}

/** Uniform numbers in [0, 1), one after the other. */
function stream(key: Key): () => number {
  let block: Float64Array = new Float64Array(0);
  let [place, blocks] = [0, 0];
  return () => {
    if (place === block.length) {
      block = uniformArray(foldIn(key, blocks++), BLOCK);
      place = 0;
    }
    return block[place++];
  };
}
