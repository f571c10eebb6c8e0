import { compile } from '@ebim/compiler';
import { energyModel } from '@ebim/ebm';
import { importanceNodes, manifoldKernelDensity, quadratureEbm, type IntegrationNodes } from '@ebim/implicit';
import { fourierFeatures, mlp } from '@ebim/nn';
import { foldIn, split, treeDispose, type Key } from '@ebim/runtime';
import { adamW, averageOf, batches, bestEpoch, cosineSchedule, fit, withAverage } from '@ebim/training';
import * as tf from '@tensorflow/tfjs';
import type { Surface } from './surface.js';

/** How an energy is fitted; lengths are those of the surface. */
export interface EnergySettings {
  /** Frequencies of the random waves that the network sees. */
  readonly frequencies: readonly number[];
  /** Standard deviations of the nodes around training points. */
  readonly nodeScales: readonly number[];
  /** Candidates for the kernels of the reference density. */
  readonly kernelScales: readonly number[];
  readonly nodes: number;
  readonly steps: number;
  readonly batchSize: number;
}

/** Points of one split on a surface, `[count, 3]` each. */
export interface SplitPoints {
  readonly train: tf.Tensor;
  readonly valid: tf.Tensor;
  readonly test: tf.Tensor;
}

/** Negative log-likelihoods in nats with respect to area. */
export interface EnergyScores {
  /** The kernel estimate alone. */
  readonly kernel: {
    readonly valid: number;
    readonly test: number;
    readonly scale: number;
    readonly uniform: number;
  };
  /** An energy that starts from it: `-log kernel estimate + network`, the better of the two on validation points. */
  readonly energy: { readonly valid: number; readonly test: number; readonly epoch: number | null };
  /** An energy that is a network and nothing else. */
  readonly network: { readonly valid: number; readonly test: number; readonly epoch: number | null };
  /** Whether a training diverged; its result is that of the best epoch before. */
  readonly diverged: boolean;
  /** Estimate of the area by the test nodes over the area: how good they are. */
  readonly areaRatio: number;
}

/** Shares of the uniform density in the kernel estimate that are tried. */
const UNIFORM_SHARES = [0.02, 0.05, 0.1, 0.2];

/** Fits a density on a surface; everything is chosen on the validation points. */
export async function fitEnergy(
  { constraint, volume, uniform }: Surface,
  points: SplitPoints,
  settings: EnergySettings,
  key: Key,
): Promise<EnergyScores> {
  const keys = split(key, 6);
  const nodes = await splitNodes({ constraint, volume, uniform }, points.train, settings, keys);
  let diverged = false;
  const kernel = await chooseKernel({ constraint, volume, uniform }, points);
  const energy = await train(await referredTo(nodes, points, kernel.log), keys[3]);
  const plain = await train(await referredTo(nodes, points, null), keys[4]);
  const areas = await nodes.test.logWeights.data();
  treeDispose(nodes);
  const kernelScores = kernel.scores;
  return {
    kernel: kernelScores,
    energy: energy.valid < kernelScores.valid ? energy : { ...kernelScores, epoch: null },
    network: plain,
    diverged,
    areaRatio: Array.from(areas).reduce((sum, w) => sum + Math.exp(w), 0) / volume,
  };

  async function chooseKernel(surface: Surface, { train: centres, valid, test }: SplitPoints) {
    let best = { valid: Infinity, scale: NaN, uniform: NaN };
    for (const scale of settings.kernelScales) {
      const density = await manifoldKernelDensity(surface.constraint, { centres, scale });
      const values = await density(valid);
      for (const share of UNIFORM_SHARES) {
        const score = -mean(values.map((q) => Math.log((1 - share) * q + share / volume)));
        if (score < best.valid) best = { valid: score, scale, uniform: share };
      }
    }
    const density = await manifoldKernelDensity(surface.constraint, { centres, scale: best.scale });
    const log = async (at: tf.Tensor): Promise<Float64Array> =>
      (await density(at)).map((q) => Math.log((1 - best.uniform) * q + best.uniform / volume));
    return { log, scores: { ...best, test: -mean(await log(test)) } };
  }

  async function train(
    { logs, measure }: Awaited<ReturnType<typeof referredTo>>,
    trainKey: Key,
  ): Promise<EnergyScores['energy']> {
    const [featureKey, fitKey] = split(trainKey);
    const model = energyModel(
      fourierFeatures({ inputSize: 3, scales: settings.frequencies, key: featureKey }, (inputSize) =>
        mlp({ inputSize, outputSize: 1, hidden: [64, 64] }),
      ),
    );
    const perEpoch = Math.max(1, Math.floor(points.train.shape[0] / settings.batchSize));
    const epochs = Math.max(1, Math.round(settings.steps / perEpoch));
    const learningRate = cosineSchedule({ initial: 3e-3, steps: epochs * perEpoch });
    const trainer = quadratureEbm({
      model,
      optimizer: withAverage(adamW({ learningRate, weightDecay: 1 }), { decay: 0.99 }),
      nodes: measure.train,
      clipNorm: 10,
    });
    type Params = ReturnType<typeof model.init>;
    type State = ReturnType<typeof trainer.init>;
    // With x relative to the reference density q: -log p = network - log q + log of the integral of q exp(-network).
    const relative = compile((params: Params, x: tf.Tensor, at: IntegrationNodes) =>
      tf.add<tf.Scalar>(
        tf.mean(model.energy(params, x)),
        tf.logSumExp(tf.sub(at.logWeights, model.energy(params, at.points))),
      ),
    );
    const score = async (state: State, name: 'valid' | 'test'): Promise<number> => {
      const value = relative(averageOf(state.params, state.optimizer), points[name], measure[name]);
      const [nll] = await value.data();
      value.dispose();
      return nll - mean(logs[name]);
    };
    const watch = bestEpoch<State>({
      score: (state) => score(state, 'valid'),
      everyEpochs: Math.max(1, Math.round(epochs / 40)),
    });
    const { state, status } = await fit({
      ...trainer,
      data: batches(points.train, { batchSize: settings.batchSize, shuffle: true, dropLast: true }),
      epochs,
      key: foldIn(fitKey, 0),
      onEvent: watch.onEvent,
    });
    diverged ||= status === 'diverged';
    const best = watch.take();
    const result =
      best === null
        ? { valid: NaN, test: NaN, epoch: null }
        : { valid: best.score, test: await score(best.state, 'test'), epoch: best.epoch };
    treeDispose(state);
    if (best !== null) treeDispose(best.state);
    for (const { logWeights } of Object.values(measure)) logWeights.dispose();
    relative.dispose();
    return result;
  }
}

/** Nodes for training, for choosing, and for the result. */
export type SplitNodes = Readonly<Record<keyof SplitPoints, IntegrationNodes>>;

/**
 * Nodes that share no point, a key for each split: on those that training has seen, the integral of what it learned
 * would be too small.
 */
export async function splitNodes(
  { constraint, volume, uniform }: Surface,
  centres: tf.Tensor,
  { nodeScales: scales, nodes: count }: Pick<EnergySettings, 'nodeScales' | 'nodes'>,
  keys: readonly Key[],
): Promise<SplitNodes> {
  const rows = Math.floor(uniform.shape[0] / 3);
  const draw = async (i: number): Promise<IntegrationNodes> => {
    const own = tf.slice(uniform, [i * rows, 0], [rows, -1]);
    const options = { uniform: own, volume, centres, scales, count, key: keys[i] };
    return importanceNodes(constraint, options).finally(() => own.dispose());
  };
  return { train: await draw(0), valid: await draw(1), test: await draw(2) };
}

/** Nodes that integrate against a reference density instead of area, and its logarithm at the points. */
async function referredTo(
  nodes: SplitNodes,
  points: SplitPoints,
  log: ((at: tf.Tensor) => Promise<Float64Array>) | null,
) {
  const measured = async ({ points: at, logWeights }: IntegrationNodes): Promise<IntegrationNodes> => {
    const shift = log === null ? null : Float32Array.from(await log(at));
    return {
      points: at,
      logWeights: shift === null ? logWeights.clone() : tf.tidy(() => tf.add(logWeights, tf.tensor1d(shift))),
    };
  };
  const zero = new Float64Array(1);
  return {
    measure: {
      train: await measured(nodes.train),
      valid: await measured(nodes.valid),
      test: await measured(nodes.test),
    },
    logs: {
      valid: log === null ? zero : await log(points.valid),
      test: log === null ? zero : await log(points.test),
    },
  };
}

const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;
