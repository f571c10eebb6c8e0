import {
  anglesFromTorus,
  degreesFromSphere,
  sphereFromDegrees,
  torusFromAngles,
  type Points,
} from '@ebim/datasets';
import type { Coordinates } from './plan.js';

/** Puts the numbers of a file into the space of the model: embedding, then shift and scale. */
export function toModel(points: Points, coordinates: Coordinates): Points {
  const { center, scale } = coordinates;
  const embedded = embed(points, coordinates.embedding);
  return {
    ...embedded,
    data: embedded.data.map((value, i) => (value - center[i % embedded.columns]) / scale),
  };
}

/** Undoes shift and scale: points in the space around the manifold, in the units of the file. */
export function toAmbient(points: Points, { center, scale }: Coordinates): Points {
  return { ...points, data: points.data.map((value, i) => value * scale + center[i % points.columns]) };
}

/** Undoes everything: the numbers as the file had them. Of a point off the sphere or torus, those of the nearest on it. */
export function toFile(points: Points, coordinates: Coordinates): Points {
  const ambient = toAmbient(points, coordinates);
  switch (coordinates.embedding) {
    case 'cartesian':
      return ambient;
    case 'lat-lon':
      return degreesFromSphere(ambient);
    case 'angles':
      return anglesFromTorus(ambient);
  }
}

/** Only the embedding. */
export function embed(points: Points, embedding: Coordinates['embedding']): Points {
  switch (embedding) {
    case 'cartesian':
      return points;
    case 'lat-lon':
      return sphereFromDegrees(points);
    case 'angles':
      return torusFromAngles(points);
  }
}
