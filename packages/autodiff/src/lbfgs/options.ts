import { ConfigError } from '@ebim/runtime';

/** Options of L-BFGS; the defaults are those of `torch.optim.LBFGS`. */
export interface LbfgsOptions {
  /** Step length without line search, first trial with one. Default 1. */
  readonly learningRate?: number;
  /** Inner iterations of one step. Default 20. */
  readonly maxIterations?: number;
  /** Function evaluations of one step, checked after every iteration. Default 5/4 of maxIterations. */
  readonly maxEvaluations?: number;
  /** Stop when no entry of the gradient is larger. Default 1e-7. */
  readonly toleranceGradient?: number;
  /** Stop when no coordinate, or when the value, changes by more. Default 1e-9. */
  readonly toleranceChange?: number;
  /** Number of curvature pairs. Default 100. */
  readonly historySize?: number;
  /** Default `none`: steps of fixed length. */
  readonly lineSearch?: 'none' | 'strongWolfe';
  /** Trials of one line search. Default 25. */
  readonly maxTrials?: number;
}

/** A curvature pair is kept if yᵀs is larger. */
export const MIN_CURVATURE = 1e-10;
/** Constant of sufficient decrease in a line search, c1. */
export const ARMIJO = 1e-4;
/** Constant of sufficient flattening in a line search, c2. */
export const FLATTENING = 0.9;

/** The options with their defaults. @throws ConfigError `bad-option` */
export function resolveLbfgsOptions(options: LbfgsOptions): Required<LbfgsOptions> {
  const {
    learningRate = 1,
    maxIterations = 20,
    maxEvaluations = Math.floor((maxIterations * 5) / 4),
    toleranceGradient = 1e-7,
    toleranceChange = 1e-9,
    historySize = 100,
    lineSearch = 'none',
    maxTrials = 25,
  } = options;
  const counts = { maxIterations, maxEvaluations, historySize, maxTrials };
  for (const [name, value] of Object.entries(counts))
    if (!Number.isInteger(value) || value < 1) throw badOption(name, 'a whole number, 1 or more', value);
  for (const [name, value] of Object.entries({ learningRate, toleranceGradient, toleranceChange }))
    if (!(value >= 0) || (name === 'learningRate' && value === 0))
      throw badOption(name, name === 'learningRate' ? 'a positive number' : 'a number, 0 or more', value);
  if (lineSearch !== 'none' && lineSearch !== 'strongWolfe')
    throw badOption('lineSearch', '"none" or "strongWolfe"', lineSearch);
  return { ...counts, learningRate, toleranceGradient, toleranceChange, lineSearch };
}

const badOption = (name: string, expected: string, received: unknown): ConfigError =>
  new ConfigError({ code: 'bad-option', where: `lbfgs({ ${name} })`, expected, received: String(received) });
