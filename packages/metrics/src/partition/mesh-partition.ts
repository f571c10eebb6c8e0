import { ConfigError, DataError, ShapeError } from '@ebim/runtime';
import { logMeanExp } from './log-mean-exp.js';

/** A density on a mesh: the energy at the middle of each triangle (or edge) and its area (or length). */
export interface MeshQuadrature {
  readonly energies: ArrayLike<number>;
  /** Area or length of each element, at least 0. */
  readonly elements: ArrayLike<number>;
}

/** Options of {@link logPartitionOnMesh}. */
export interface LogPartitionOnMeshOptions {
  /** A coarser mesh of the same manifold. */
  readonly coarse?: MeshQuadrature;
  /** How many times wider the cells of the coarse mesh are. Default 2. */
  readonly refinement?: number;
}

/** log Z by a mesh. */
export interface MeshLogPartition {
  readonly value: number;
  /** Estimate of the error of the discretisation; `null` without a coarse mesh. */
  readonly error: number | null;
  /** Whether `value` is the limit of both meshes, and not that of the fine one. */
  readonly extrapolated: boolean;
}

/** Two resolutions that differ by more than this share are not in the range where their limit can be foretold. */
const LARGEST_STEP = 0.2;

/**
 * log of the integral of exp(-E) over a mesh of the manifold: sum exp(-E(centre)) * area (spec 1.5 extension). The
 * error of flat triangles and of the midpoint rule is of second order in the size of the cells, so two resolutions
 * give the limit (Richardson), and what it differs by from the fine mesh is the error reported: that of the fine mesh,
 * hence more than that of the limit.
 *
 * @throws ShapeError when energies and elements are not of one number; DataError for an energy that is NaN or
 * -Infinity, for no elements and negative ones; ConfigError for a refinement that is not above 1
 * @example
 * ```ts
 * // The unit circle as polygons; E = 0.
 * const polygon = (n: number) => ({
 *   energies: new Float64Array(n),
 *   elements: new Float64Array(n).fill(2 * Math.sin(Math.PI / n)),
 * });
 * const { value, error } = logPartitionOnMesh(polygon(40), { coarse: polygon(20) });
 * console.log(Math.exp(value).toFixed(4), error); // 6.2832 0.001…
 * ```
 */
export function logPartitionOnMesh(
  fine: MeshQuadrature,
  options: LogPartitionOnMeshOptions = {},
): MeshLogPartition {
  const { coarse, refinement = 2 } = options;
  if (!(refinement > 1 && refinement < Infinity))
    throw new ConfigError({
      code: 'invalid-option',
      where: 'logPartitionOnMesh: refinement',
      expected: 'a number above 1',
      received: String(refinement),
    });
  const value = logIntegral(fine);
  if (coarse === undefined) return { value, error: null, extrapolated: false };
  // Z_limit = Z_fine + (Z_fine - Z_coarse) / (refinement^2 - 1), relative to Z_fine.
  const difference = -Math.expm1(logIntegral(coarse) - value);
  if (!(Math.abs(difference) <= LARGEST_STEP))
    return { value, error: Math.abs(difference), extrapolated: false };
  const step = Math.log1p(difference / (refinement ** 2 - 1));
  return { value: value + step, error: Math.abs(step), extrapolated: true };
}

function logIntegral({ energies, elements }: MeshQuadrature): number {
  const where = 'logPartitionOnMesh';
  if (energies.length !== elements.length)
    throw new ShapeError({
      code: 'shape-mismatch',
      where,
      expected: `one energy for each of ${elements.length} elements`,
      received: String(energies.length),
    });
  const logTerms = Float64Array.from(elements, (element, i) => {
    if (!(element >= 0))
      throw new DataError({
        code: 'invalid-element',
        where,
        expected: 'areas or lengths of at least 0',
        received: `${element} at index ${i}`,
      });
    return Math.log(element) - energies[i];
  });
  return logMeanExp(logTerms).value + Math.log(logTerms.length);
}
