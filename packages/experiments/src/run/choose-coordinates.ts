import type { Points } from '@ebim/datasets';
import { ConfigError, DataError } from '@ebim/runtime';
import { columnNames, type Coordinates } from './plan.js';

/** `auto` decides by the names of the columns. */
export const COORDINATES = ['auto', 'cartesian', 'lat-lon', 'angles'] as const;

/** What the columns of a file mean. */
export type CoordinatesChoice = (typeof COORDINATES)[number];

const LATITUDE = /^lat(itude)?\b/i;
const LONGITUDE = /^(lon|lng|long|longitude)\b/i;
const PHI = /^(phi|φ)$/i;
const PSI = /^(psi|ψ)$/i;

/** Points with their columns in order, and what is to be done with them. */
export interface ChosenCoordinates {
  readonly points: Points;
  readonly coordinates: Coordinates;
}

/**
 * Finds out what the columns mean and how they become coordinates of the model.
 *
 * @param names of the columns, where the file has them
 * @throws ConfigError `bad-coordinates` for other than two columns; DataError `bad-coordinates` for values that
 *   cannot be degrees or radians
 */
export function chooseCoordinates(
  points: Points,
  names: readonly string[] | null,
  choice: CoordinatesChoice,
  where: string,
): ChosenCoordinates {
  const embedding = choice === 'auto' ? guess(names) : choice;
  if (embedding === 'cartesian') return { points, coordinates: cartesian(points, names) };
  if (points.columns !== 2)
    throw new ConfigError({
      code: 'bad-coordinates',
      where: `--coordinates ${embedding}`,
      expected: 'two columns',
      received: String(points.columns),
      hint: 'Name the two with --columns.',
    });
  const [first, second] = embedding === 'lat-lon' ? [LATITUDE, LONGITUDE] : [PHI, PSI];
  const swapped = names !== null && second.test(names[0]) && first.test(names[1]);
  const ordered = swapped ? swapColumns(points) : points;
  if (embedding === 'lat-lon') checkDegrees(ordered, where);
  else checkRadians(ordered, where);
  const columns = embedding === 'lat-lon' ? ['latitude', 'longitude'] : ['phi', 'psi'];
  return {
    points: ordered,
    coordinates: { embedding, center: [0, 0, 0], scale: 1, columns },
  };
}

function guess(names: readonly string[] | null): Coordinates['embedding'] {
  if (names?.length !== 2) return 'cartesian';
  const pair = (a: RegExp, b: RegExp): boolean =>
    (a.test(names[0]) && b.test(names[1])) || (b.test(names[0]) && a.test(names[1]));
  if (pair(LATITUDE, LONGITUDE)) return 'lat-lon';
  return pair(PHI, PSI) ? 'angles' : 'cartesian';
}

/** The middle of the data at 0, its longest side from -1 to 1; the same scale for all, so that shapes stay. */
function cartesian({ data, rows, columns }: Points, names: readonly string[] | null): Coordinates {
  const lower = new Array<number>(columns).fill(Infinity);
  const upper = new Array<number>(columns).fill(-Infinity);
  for (let i = 0; i < rows * columns; i++) {
    lower[i % columns] = Math.min(lower[i % columns], data[i]);
    upper[i % columns] = Math.max(upper[i % columns], data[i]);
  }
  return {
    embedding: 'cartesian',
    // Halves first: the sum of two large numbers may overflow.
    center: lower.map((low, d) => low / 2 + upper[d] / 2),
    scale: Math.max(...lower.map((low, d) => upper[d] / 2 - low / 2)),
    columns: names ?? columnNames(columns),
  };
}

function swapColumns({ data, rows, columns }: Points): Points {
  return { data: data.map((_, i) => data[i ^ 1]), rows, columns };
}

function checkDegrees({ data }: Points, where: string): void {
  data.forEach((value, i) => {
    const limit = i % 2 === 0 ? 90 : 360;
    if (Math.abs(value) <= limit) return;
    throw new DataError({
      code: 'bad-coordinates',
      where: `${where}, point ${Math.floor(i / 2)} (from 0)`,
      expected: i % 2 === 0 ? 'a latitude from -90 to 90 degrees' : 'a longitude from -360 to 360 degrees',
      received: String(value),
      hint: 'Latitude comes first: order the columns with --columns, or pass --coordinates cartesian.',
    });
  });
}

function checkRadians({ data }: Points, where: string): void {
  const bad = data.findIndex((value) => Math.abs(value) > 2 * Math.PI + 1e-6);
  if (bad === -1) return;
  throw new DataError({
    code: 'bad-coordinates',
    where: `${where}, point ${Math.floor(bad / 2)} (from 0)`,
    expected: 'an angle from -2 pi to 2 pi radians',
    received: String(data[bad]),
    hint: 'Convert degrees to radians, or pass --coordinates cartesian.',
  });
}
