import { ConfigError } from '@ebim/runtime';
import { mapRows, requireColumns, type Points } from '../points/points.js';

/** A ring torus around the z axis. */
export interface TorusOptions {
  /** Distance from the axis to the centre of the tube. Default 3 (the papers'). */
  readonly majorRadius?: number;
  /** Radius of the tube, less than the major radius. Default 1. */
  readonly minorRadius?: number;
}

/** The two radii with defaults filled in. @throws {@link ConfigError} `bad-radius` */
export function torusRadii(options: TorusOptions = {}): { majorRadius: number; minorRadius: number } {
  const { majorRadius = 3, minorRadius = 1 } = options;
  if (!(minorRadius > 0 && majorRadius > minorRadius && majorRadius < Infinity))
    throw new ConfigError({
      code: 'bad-radius',
      where: 'torus({ majorRadius, minorRadius })',
      expected: 'majorRadius > minorRadius > 0',
      received: `majorRadius ${majorRadius}, minorRadius ${minorRadius}`,
    });
  return { majorRadius, minorRadius };
}

/**
 * Angles to points of the torus:
 * `((R + r cos psi) cos phi, (R + r cos psi) sin phi, r sin psi)`, phi around the axis, psi around the tube.
 *
 * @param angles `[n, 2]` phi, psi in radians
 * @returns `[n, 3]`
 * @throws ShapeError `wrong-columns`; ConfigError `bad-radius`
 * @example
 * ```ts
 * import { fromRows, torusFromAngles } from '@ebim/datasets';
 * console.log(torusFromAngles(fromRows([[0, 0]])).data); // (4, 0, 0)
 * ```
 */
export function torusFromAngles(angles: Points, options: TorusOptions = {}): Points {
  requireColumns(angles, 2, 'torusFromAngles(angles)');
  const { majorRadius, minorRadius } = torusRadii(options);
  return mapRows(angles, 3, ([phi, psi], out) => {
    const distance = majorRadius + minorRadius * Math.cos(psi);
    out[0] = distance * Math.cos(phi);
    out[1] = distance * Math.sin(phi);
    out[2] = minorRadius * Math.sin(psi);
  });
}

/**
 * The inverse of {@link torusFromAngles}: `phi = atan2(y, x)`, `psi = atan2(z, sqrt(x^2 + y^2) - R)`; of a point off
 * the torus, the angles of its closest point.
 *
 * @param points `[n, 3]`
 * @returns `[n, 2]` phi, psi in radians in (-pi, pi]
 * @throws ShapeError `wrong-columns`; ConfigError `bad-radius`
 */
export function anglesFromTorus(points: Points, options: TorusOptions = {}): Points {
  requireColumns(points, 3, 'anglesFromTorus(points)');
  const { majorRadius } = torusRadii(options);
  return mapRows(points, 2, ([x, y, z], out) => {
    out[0] = Math.atan2(y, x);
    out[1] = Math.atan2(z, Math.hypot(x, y) - majorRadius);
  });
}

/**
 * Angles to a flat torus in twice as many dimensions: each angle becomes `(cos, sin)`. Used for the 7-torus of RNA.
 *
 * @param angles `[n, k]` radians
 * @returns `[n, 2 k]`
 */
export const flatTorusFromAngles = (angles: Points): Points =>
  mapRows(angles, 2 * angles.columns, (values, out) => {
    values.forEach((angle, i) => {
      out[2 * i] = Math.cos(angle);
      out[2 * i + 1] = Math.sin(angle);
    });
  });

/** The inverse of {@link flatTorusFromAngles}: `[n, 2 k]` to angles `[n, k]` in (-pi, pi]. */
export function anglesFromFlatTorus(points: Points): Points {
  requireColumns(points, 2 * Math.floor(points.columns / 2), 'anglesFromFlatTorus(points)');
  return mapRows(points, points.columns / 2, (values, out) => {
    for (let i = 0; i < out.length; i++) out[i] = Math.atan2(values[2 * i + 1], values[2 * i]);
  });
}
