import { mapRows, requireColumns, type Points } from '../points/points.js';

const RADIANS = Math.PI / 180;

/**
 * Latitude and longitude in degrees to unit vectors: `(cos lat cos lon, cos lat sin lon, sin lat)`.
 *
 * @param coordinates `[n, 2]` latitude, longitude in degrees
 * @returns `[n, 3]` of norm 1
 * @throws ShapeError `wrong-columns`
 * @example
 * ```ts
 * import { fromRows, sphereFromDegrees } from '@ebim/datasets';
 * console.log(sphereFromDegrees(fromRows([[90, 0]])).data); // the north pole (0, 0, 1), to rounding
 * ```
 */
export function sphereFromDegrees(coordinates: Points): Points {
  requireColumns(coordinates, 2, 'sphereFromDegrees(coordinates)');
  return mapRows(coordinates, 3, ([latitude, longitude], out) => {
    const lat = latitude * RADIANS;
    const lon = longitude * RADIANS;
    out[0] = Math.cos(lat) * Math.cos(lon);
    out[1] = Math.cos(lat) * Math.sin(lon);
    out[2] = Math.sin(lat);
  });
}

/**
 * The inverse of {@link sphereFromDegrees}; of a point off the sphere, that of its direction from the centre.
 *
 * @param points `[n, 3]`
 * @returns `[n, 2]` latitude in [-90, 90], longitude in (-180, 180], degrees
 * @throws ShapeError `wrong-columns`
 */
export function degreesFromSphere(points: Points): Points {
  requireColumns(points, 3, 'degreesFromSphere(points)');
  return mapRows(points, 2, ([x, y, z], out) => {
    // atan2 keeps full precision near the poles, where asin(z) loses half of the digits.
    out[0] = Math.atan2(z, Math.hypot(x, y)) / RADIANS;
    out[1] = Math.atan2(y, x) / RADIANS;
  });
}
