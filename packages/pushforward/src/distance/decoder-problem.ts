import type { Points } from '@ebim/metrics';

/** Values and Jacobians of a decoder at many codes, row after row. */
export interface DecoderEvaluation {
  /** f(z), `[rows, n]`. */
  readonly value: Float64Array;
  /** `[rows, n, m]`, row-major. */
  readonly jacobian: Float64Array;
}

/**
 * A decoder on the host. `hostMlp(await readMlpParams(params.decoder, 'silu')).constraint` of `@ebim/metrics` is one, in
 * float64; `tensorConstraint(decode, { dimension: m, codimension: n })` makes one of any decoder, in float32.
 */
export interface HostDecoder {
  /** m. */
  readonly dimension: number;
  /** n. */
  readonly codimension: number;
  /** Relative rounding error of one evaluation. Default 2^-52. */
  readonly epsilon?: number;
  evaluate(codes: Points): DecoderEvaluation | Promise<DecoderEvaluation>;
}

/** Why a search ended: at a minimum; where rounding hides any descent; out of iterations; or at no number at all. */
export type ClosestCodeStatus = 'converged' | 'stalled' | 'iterations' | 'not-finite';

/** The end of a search for the closest point of an image. */
export interface ClosestCode {
  readonly code: Float64Array;
  readonly position: Float64Array;
  readonly distance: number;
  readonly status: ClosestCodeStatus;
}
