/** What `ebim list` tells about a data set. */
export interface DatasetInfo {
  /** What `loadDataset` takes. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** Number of points. */
  readonly rows: number;
  /** The manifold that the points lie on. */
  readonly manifold: 'unit sphere' | 'torus (R = 3, r = 1)' | 'flat 7-torus';
  readonly manifoldDimension: number;
  readonly ambientDimension: number;
  /** The coordinates of the file, with units. */
  readonly coordinates: readonly string[];
  /** Where the points come from: repository, commit and path. */
  readonly source: string;
  /** What the source says about use. */
  readonly license: string;
  readonly citation: string;
}

/** A file of the data collection: where it lies locally, what it must be, where it comes from. */
export interface SourceFile {
  /** Below `EBIM_DATA_DIR`. */
  readonly path: string;
  /** Of the file at `path`, hexadecimal. */
  readonly sha256: string;
  /** `owner/name` on GitHub. */
  readonly repository: string;
  readonly commit: string;
  readonly remotePath: string;
  /** Below the cache folder: the file as downloaded. */
  readonly cachePath: string;
  /** Turns the downloaded bytes into those of `path`, where they differ. */
  readonly convert?: (downloaded: Uint8Array) => Promise<Uint8Array>;
}
