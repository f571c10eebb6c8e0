import { compile } from '@ebim/compiler';
import { pointsOf, type Points } from '@ebim/datasets';
import type { DensityMode, FlowModel, SampleOptions } from '@ebim/flows';
import { foldIn, ShapeError, type Key, type TensorTree } from '@ebim/runtime';
import * as tf from '@tensorflow/tfjs';

/** Parameters theta: one vector for all points, or one row for each. */
export type Theta = readonly number[] | Points;

/** A trained flow for code on the host: points in, points out. It works on the parameters that it was given. */
export interface HostFlow {
  /** `[count, d]` */
  sample(key: Key, count: number, options?: HostSampleOptions): Promise<Points>;
  /** The points of the manifold that stand for `points`. */
  project(points: Points, theta?: Theta): Promise<Points>;
  /** Coordinates of the points before the inner flow. */
  coordinates(points: Points, theta?: Theta): Promise<Points>;
  /** Distance of each point to its projection. */
  reconstructionError(points: Points, theta?: Theta): Promise<Float64Array>;
  /** In nats; not finite where the model fails. */
  logDensity(points: Points, options?: HostDensityOptions): Promise<Float64Array>;
  /** Frees the compiled programs, not the parameters. */
  dispose(): void;
}

/** Options of {@link HostFlow.sample}. */
export interface HostSampleOptions {
  /** Of a conditional model. */
  readonly theta?: Theta;
  /** Default `manifold`. */
  readonly mode?: SampleOptions['mode'];
}

/** Options of {@link HostFlow.logDensity}. */
export interface HostDensityOptions {
  readonly theta?: Theta;
  /** Default `exact`. */
  readonly mode?: DensityMode;
}

/** Rows of a call: one of two shapes, so that every function is compiled once or twice. */
const CHUNK = 1000;
/** For calls that are not worth {@link CHUNK}. */
const SMALL_CHUNK = 100;

type RowFunction = (params: TensorTree, x: tf.Tensor, context: tf.Tensor, key: Key) => tf.Tensor;

/**
 * Binds a model to parameters, which stay the caller's and have to live as long as it is used. Functions run in chunks of
 * equal size and are compiled where the backend gains by it.
 *
 * @param key of the calls that need none, any will do
 */
export function hostFlow<P extends TensorTree>(model: FlowModel<P>, params: P, key: Key): HostFlow {
  const programs = new Map<string, ReturnType<typeof program>>();
  const program = (f: RowFunction) => compile(f, { fallback: true });
  const { contextSize, dataSize } = model;
  const contextOf = (context: tf.Tensor): tf.Tensor | undefined => (contextSize === 0 ? undefined : context);

  /** All rows of `x`, chunk by chunk; the last one is filled up with zeros. */
  const overRows = async (
    name: string,
    f: RowFunction,
    { x, theta, from }: { readonly x: Points; readonly theta: Theta | undefined; readonly from?: Key },
  ): Promise<{ readonly data: Float64Array; readonly columns: number }> => {
    const compiled = programs.get(name) ?? program(f);
    programs.set(name, compiled);
    const thetaOf = thetaRows(theta, contextSize, x.rows);
    const width = Math.max(1, contextSize);
    const chunkRows = x.rows <= SMALL_CHUNK ? SMALL_CHUNK : CHUNK;
    let data = new Float64Array(0);
    let columns = 1;
    for (let start = 0, chunk = 0; start < x.rows; start += chunkRows, chunk++) {
      const rows = Math.min(chunkRows, x.rows - start);
      const points = new Float32Array(chunkRows * x.columns);
      points.set(x.data.subarray(start * x.columns, (start + rows) * x.columns));
      const contexts = new Float32Array(chunkRows * width);
      for (let i = 0; i < rows && contextSize > 0; i++) contexts.set(thetaOf(start + i), i * width);
      const result = tf.tidy(() =>
        compiled(
          params,
          tf.tensor2d(points, [chunkRows, x.columns]),
          tf.tensor2d(contexts, [chunkRows, width]),
          foldIn(from ?? key, chunk),
        ),
      );
      columns = result.size / chunkRows;
      if (chunk === 0) data = new Float64Array(x.rows * columns);
      data.set((await result.data()).subarray(0, rows * columns), start * columns);
      result.dispose();
    }
    return { data, columns };
  };
  const points = ({ data, columns }: { readonly data: Float64Array; readonly columns: number }): Points =>
    pointsOf(data, columns);
  /** Of the programs that read no points. */
  const nothing = (rows: number): Points => pointsOf(new Float64Array(rows), 1);

  return {
    sample: async (from, count, { theta, mode = 'manifold' } = {}) => {
      const draw: RowFunction = (p, x, context, at) =>
        model.sample(at, p as P, x.shape[0], { mode, ...(contextSize === 0 ? {} : { context }) });
      if (count === 0) return pointsOf(new Float64Array(0), dataSize);
      return points(await overRows(`sample ${mode}`, draw, { x: nothing(count), theta, from }));
    },
    project: async (x, theta) =>
      points(await overRows('project', (p, at, c) => model.project(p as P, at, contextOf(c)), { x, theta })),
    coordinates: async (x, theta) =>
      points(
        await overRows('coordinates', (p, at, c) => model.coordinates(p as P, at, contextOf(c)), {
          x,
          theta,
        }),
      ),
    reconstructionError: async (x, theta) => {
      const error: RowFunction = (p, at, c) => model.reconstructionError(p as P, at, contextOf(c));
      return (await overRows('reconstructionError', error, { x, theta })).data;
    },
    logDensity: async (x, { theta, mode = 'exact' } = {}) => {
      const density: RowFunction = (p, at, context) =>
        model.logDensity(p as P, at, { mode, ...(contextSize === 0 ? {} : { context }) });
      return (await overRows(`logDensity ${mode}`, density, { x, theta })).data;
    },
    dispose: () => {
      for (const compiled of programs.values()) compiled.dispose();
      programs.clear();
    },
  };
}

/** theta of each row. @throws ShapeError `bad-theta` */
export function thetaRows(
  theta: Theta | undefined,
  size: number,
  count: number,
): (row: number) => ArrayLike<number> {
  if (size === 0) return () => [];
  const refuse = (received: string): ShapeError =>
    new ShapeError({
      code: 'bad-theta',
      where: 'hostFlow: theta',
      expected: `one vector of ${size} parameters, or ${count} rows of them`,
      received,
    });
  if (theta === undefined) throw refuse('none');
  if (!('rows' in theta)) {
    if (theta.length !== size) throw refuse(`${theta.length} parameters`);
    return () => theta;
  }
  if (theta.rows !== count || theta.columns !== size) throw refuse(`${theta.rows} rows of ${theta.columns}`);
  return (row) => theta.data.subarray(row * size, (row + 1) * size);
}
