import type { EbimConfig } from '../config/schema.js';
import type {
  ExpectedTopology,
  ExperimentData,
  Profile,
  PublishedNumbers,
} from '../definitions/experiment.js';

/** How the numbers of a file became coordinates of the model: embedding first, then shift and scale. */
export interface Coordinates {
  /** `cartesian`: as they are; `lat-lon`: degrees on the unit sphere; `angles`: radians on the torus (R = 3, r = 1). */
  readonly embedding: 'cartesian' | 'lat-lon' | 'angles';
  /** model = (embedded - center) / scale */
  readonly center: readonly number[];
  readonly scale: number;
  /** Names of the columns of the file, as they are written back. */
  readonly columns: readonly string[];
}

/** Everything that is decided before a run begins. */
export interface RunPlan {
  /** `experiment`: of the papers; `fit`: a user's own points. */
  readonly kind: 'experiment' | 'fit';
  /** Name of the experiment, or of the file without folder and ending. */
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  readonly profile: Profile;
  readonly fast: boolean;
  readonly config: EbimConfig;
  readonly coordinates: Coordinates;
  readonly topology: ExpectedTopology | null;
  readonly published: PublishedNumbers | null;
  /** Elevation and azimuth of pictures, degrees. */
  readonly views: readonly (readonly [elevation: number, azimuth: number])[];
}

/** A plan with its data at hand, in the coordinates of the model. */
export interface LoadedPlan extends RunPlan {
  readonly data: ExperimentData;
}

/** No embedding, no shift, no scale. */
export const plainCoordinates = (dimension: number): Coordinates => ({
  embedding: 'cartesian',
  center: new Array<number>(dimension).fill(0),
  scale: 1,
  columns: columnNames(dimension),
});

/** `x, y, z`, or `x1, x2, …` in more dimensions. */
export const columnNames = (dimension: number): string[] =>
  Array.from({ length: dimension }, (_, i) => (dimension <= 3 ? 'xyz'[i] : `x${i + 1}`));
