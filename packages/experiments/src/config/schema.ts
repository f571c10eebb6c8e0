import * as v from 'valibot';

const count = v.pipe(v.number(), v.integer(), v.minValue(1));
const positive = v.pipe(v.number(), v.finite(), v.gtValue(0));
const nonNegative = v.pipe(v.number(), v.finite(), v.minValue(0));
const fraction = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const sides = v.pipe(v.array(v.pipe(v.number(), v.finite())), v.minLength(1));
const hidden = v.pipe(v.array(count), v.maxLength(16));

const bounds = v.pipe(
  v.strictObject({ lower: sides, upper: sides }),
  v.check(
    ({ lower, upper }) => lower.length === upper.length && lower.every((low, i) => low < upper[i]),
    'every lower side must be below its upper side, and there must be as many of both',
  ),
);

const shares = v.pipe(
  v.tuple([positive, fraction, fraction]),
  v.check(
    (parts) => Math.abs(parts.reduce((a, b) => a + b, -1)) < 1e-9,
    'shares of training, validation and test must have the sum 1',
  ),
);

const norm = v.picklist(['l1', 'l2', 'l2Squared']);

const langevin = v.strictObject({
  steps: count,
  noiseScale: nonNegative,
  /** `null`: noiseScale squared. */
  stepSize: v.nullable(nonNegative),
  gradClamp: v.nullable(positive),
});

const optimisation = {
  hidden,
  epochs: count,
  batchSize: count,
  shuffle: v.boolean(),
  learningRate: positive,
  bufferCapacity: count,
  bufferFraction: fraction,
};

/** How a manifold-defining function is trained (spec 1.3, 1.6). */
export const manifoldSchema = v.strictObject({
  ...optimisation,
  loss: v.picklist(['v1', 'v2']),
  minSingularValue: nonNegative,
  maxSingularValue: v.nullable(positive),
  rankWeight: nonNegative,
  negativeWeight: nonNegative,
  magnitudeWeight: nonNegative,
  positiveNorm: norm,
  negativeNorm: norm,
  energyNorm: norm,
  sampler: langevin,
});

/** How the energy on the manifold is trained (spec 1.4, 1.7). */
export const densitySchema = v.strictObject({
  ...optimisation,
  clipNorm: v.nullable(positive),
  magnitudeWeight: nonNegative,
  sampler: v.strictObject({
    ...langevin.entries,
    /** `reference`: the authors' conjugate gradients; `cholesky`: exact. */
    tangentProjection: v.picklist(['reference', 'cholesky', 'conjugateGradient']),
    constraintSolver: v.picklist(['lbfgs', 'newton', 'quasiNewton', 'gradientDescent']),
    /** What becomes of a chain whose constraint solve fails. */
    onFailure: v.picklist(['accept', 'keepPrevious']),
    /** `clamp`: ends of chains, off the manifold if need be; `reject`: steps that leave the box (spec D17). */
    outOfBounds: v.picklist(['clamp', 'reject']),
  }),
  /** Where fresh chains start before they are projected (spec D10). */
  freshNoise: v.picklist(['manifoldBuffer', 'box', 'data']),
  /**
   * What the energy of the data is held against (spec D27). `chains`: ends of constrained Langevin chains, as published;
   * `adjustedChains`: of chains with accept-reject; `nodes`: weighted points that cover the learned curve or surface,
   * i.e. maximum likelihood.
   */
  negatives: v.optional(v.picklist(['chains', 'adjustedChains', 'nodes']), 'chains'),
  /** What `nodes` are made of. */
  nodes: v.optional(
    v.strictObject({
      count,
      /** Drawn at random for each step. */
      perStep: count,
      /** Half of them lie about training points, at these distances as shares of the diameter of the data. */
      scales: v.pipe(v.array(positive), v.minLength(1), v.maxLength(8)),
    }),
    { count: 40_000, perStep: 512, scales: [0.003, 0.015, 0.06] },
  ),
  /** `cosine`: the learning rate falls to zero over the whole of training. */
  schedule: v.optional(v.picklist(['constant', 'cosine']), 'constant'),
  /** Decay of the moving average of the parameters that is kept in place of the last ones; `null`: the last ones. */
  averageDecay: v.optional(v.nullable(fraction), null),
  /**
   * Share of the training points that the energy does not see: of the averages, the one most likely on them is kept.
   * With `nodes` only; 0: the last one.
   */
  validationShare: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(0.5)), 0),
  /** Scales of random waves of its input that the network of the energy sees besides it; none: a plain network. */
  frequencies: v.optional(v.pipe(v.array(positive), v.maxLength(8)), []),
});

/** What is measured and how (spec 1.14, 1.15). */
export const evaluationSchema = v.strictObject({
  /** Points that cover the learned manifold, for pictures and the Wasserstein distance. */
  points: count,
  /** Density that is scored and drawn is exp(-E / temperature); the published runs used 2 and 3 (spec D4). */
  temperature: positive,
  /** Box of the cells of the Wasserstein distance. */
  box: bounds,
  /** Grid lines an axis. */
  ticks: v.pipe(v.number(), v.integer(), v.minValue(2)),
  /** `penalty`: the reference's method; `lagrangian`: exact (spec 1.14). */
  distance: v.picklist(['penalty', 'lagrangian']),
  /** Points of the training set whose distance is measured. */
  distancePoints: count,
  /** Box of the level set: the learned manifold may bulge out of the box of the chains where there are no data. */
  meshBox: bounds,
  /** Grid lines an axis of the level set from which topology and volume are taken. */
  meshResolution: v.pipe(v.number(), v.integer(), v.minValue(8), v.maxValue(400)),
  /** Training points that the Wasserstein distance compares with, when there is no exact density. */
  referencePoints: count,
  /** Where such points lie in that comparison: where they are, or at the centres of their cells (spec D3). */
  reference: v.optional(v.picklist(['points', 'cells']), 'points'),
  /** Value of F that counts as the manifold; the authors' pictures show 0.01 (spec D28). */
  meshLevel: v.optional(v.pipe(v.number(), v.finite()), 0),
  /**
   * How the partition function of the pictures is had: by the learned manifold, or as the mean over the covering
   * points, which are not uniform on it, times its volume (spec D21).
   */
  partition: v.optional(v.picklist(['manifold', 'covering']), 'manifold'),
  /** Points farther from the manifold than this share of the diameter of the data are counted as far. */
  farDistance: v.optional(positive, 0.02),
});

/** Everything that decides the numbers of a run. */
export const configSchema = v.strictObject({
  seed: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER)),
  backend: v.picklist(['auto', 'cpu', 'wasm', 'tensorflow', 'tensorflow-gpu', 'webgpu']),
  data: v.strictObject({
    /** Points of a synthetic set, or the first rows of a file; `null`: all of the file. */
    count: v.nullable(count),
    /**
     * Shares of training, validation and test, sum 1: the points are dealt out by the seed. `null`: all are for
     * training, as in the papers.
     */
    split: v.optional(v.nullable(shares), null),
    /** The circles of the mixture have their centres at (-circleOffset, 0) and (circleOffset, 0) (spec D7). */
    circleOffset: v.optional(v.nullable(positive), null),
  }),
  /** Box in which chains live, in the coordinates of the model. */
  bounds,
  manifoldDimension: count,
  /** Epochs between checkpoints. */
  checkpointEvery: count,
  manifold: manifoldSchema,
  density: densitySchema,
  evaluation: evaluationSchema,
});

/** A checked configuration. */
export type EbimConfig = v.InferOutput<typeof configSchema>;

/** How a manifold-defining function is trained. */
export type ManifoldConfig = v.InferOutput<typeof manifoldSchema>;

/** How the energy is trained. */
export type DensityConfig = v.InferOutput<typeof densitySchema>;

/** What is measured. */
export type EvaluationConfig = v.InferOutput<typeof evaluationSchema>;
