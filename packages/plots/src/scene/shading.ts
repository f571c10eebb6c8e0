import { direction, dot, type Camera, type Vector3 } from './camera.js';

/** Share of the light that reaches every side. */
const AMBIENT = 0.68;

/** Unit vector to the light: given in degrees, else over the left shoulder of the viewer. */
export function lightDirection(
  camera: Camera,
  light: { readonly elevation: number; readonly azimuth: number } | undefined,
): Vector3 {
  if (light !== undefined) return direction(light.elevation, light.azimuth);
  const { right, up, towardEye } = camera;
  const raw = [0, 1, 2].map((a) => -0.45 * right[a] + 0.55 * up[a] + 0.8 * towardEye[a]);
  const length = Math.hypot(...raw);
  return raw.map((value) => value / length) as unknown as Vector3;
}

/**
 * Lambert's law with ambient light. A surface is lit on both sides: `facing` is -1 when its back is seen.
 *
 * @returns factor for the colour, at most 1
 */
export function lambert(normal: Vector3, facing: number, light: Vector3): number {
  const length = Math.hypot(...normal) || 1;
  return AMBIENT + (1 - AMBIENT) * Math.max(0, (facing * dot(normal, light)) / length);
}
