/** From where a scene is seen, angles in degrees as in matplotlib. */
export interface View {
  /** Height of the eye above the xy-plane. Default 30. */
  readonly elevation?: number;
  /** Direction of the eye in the xy-plane, counter-clockwise from the x-axis. Default -60. */
  readonly azimuth?: number;
  /** Default perspective. */
  readonly projection?: 'perspective' | 'orthographic';
}

/** Three numbers: a point or a direction. */
export type Vector3 = readonly [number, number, number];

/** Inner product. */
export function dot(a: Vector3, b: Vector3): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/** The unit vector with given angles in degrees. */
export function direction(elevation: number, azimuth: number): Vector3 {
  const [e, a] = [(elevation * Math.PI) / 180, (azimuth * Math.PI) / 180];
  return [Math.cos(e) * Math.cos(a), Math.cos(e) * Math.sin(a), Math.sin(e)];
}

/** Turns points of the scene, whose longest side is 1 and whose centre is 0, into places on the sheet. */
export interface Camera {
  /** Unit vector from the scene to the eye. */
  readonly towardEye: Vector3;
  readonly right: Vector3;
  readonly up: Vector3;
  /** [x to the right, y downwards, nearness]: larger nearness is nearer, and it is linear on the sheet. */
  project(x: number, y: number, z: number): [number, number, number];
}

/** Distance of the eye for perspective, in longest sides of the scene. */
const EYE_DISTANCE = 4;

/** A camera whose sheet has the scene's centre at (0, 0) and a unit of `scale`. */
export function makeCamera(view: View, scale = 1, centre: readonly [number, number] = [0, 0]): Camera {
  const { elevation = 30, azimuth = -60, projection = 'perspective' } = view;
  const towardEye = direction(elevation, azimuth);
  const right = direction(0, azimuth + 90);
  const up = direction(elevation + 90, azimuth);
  const perspective = projection === 'perspective';
  return {
    towardEye,
    right,
    up,
    project(x, y, z) {
      const distance = EYE_DISTANCE - (towardEye[0] * x + towardEye[1] * y + towardEye[2] * z);
      const zoom = scale * (perspective ? EYE_DISTANCE / distance : 1);
      return [
        centre[0] + zoom * (right[0] * x + right[1] * y + right[2] * z),
        centre[1] - zoom * (up[0] * x + up[1] * y + up[2] * z),
        perspective ? 1 / distance : -distance,
      ];
    },
  };
}
