import { valueAndGradWithAux } from '@ebim/autodiff';
import type { EnergyModel, Stats } from '@ebim/ebm';
import { ConfigError, randint, treeClone, treeTidy, type Key, type TensorTree } from '@ebim/runtime';
import { clipByGlobalNorm, type Optimizer } from '@ebim/training';
import * as tf from '@tensorflow/tfjs';
import { checkNodes, logIntegral, type IntegrationNodes } from './integration-nodes.js';

/** Options of {@link quadratureEbm}. */
export interface QuadratureEbmOptions<P extends TensorTree, S extends TensorTree> {
  readonly model: EnergyModel<P>;
  readonly optimizer: Optimizer<S>;
  /** Nodes that cover the manifold, e.g. `importanceNodes`. Read by `init`, which copies them. */
  readonly nodes: IntegrationNodes;
  /** Nodes drawn for a step. Default 512, or all where there are fewer. */
  readonly nodesPerStep?: number;
  /** Pulls energies to zero where they are not needed. Default 0: none. */
  readonly magnitudeWeight?: number;
  /** The global gradient norm is clipped to this. Default 1; `null` switches it off. */
  readonly clipNorm?: number | null;
}

/** Everything that training by quadrature carries from step to step. */
export type QuadratureState<P extends TensorTree, S extends TensorTree> = {
  readonly params: P;
  readonly optimizer: S;
  /** Constant during training. */
  readonly nodes: IntegrationNodes;
};

/** A training step for `fit`. */
export interface QuadratureTrainer<P extends TensorTree, S extends TensorTree> {
  /** New parameters and a copy of the nodes. The caller owns the state. */
  init(key: Key): QuadratureState<P, S>;
  /** One optimiser step on a batch of data `[batch, n]`. The caller owns what comes back. */
  step(
    key: Key,
    state: QuadratureState<P, S>,
    batch: tf.Tensor,
  ): { state: QuadratureState<P, S>; stats: Stats };
}

/**
 * Maximum likelihood on a manifold without chains: the loss is the negative log-likelihood
 * `mean_i E(x_i) + log Z` with `Z ~ sum_s w_s exp(-E(x_s))` over a fresh random batch of nodes. Its gradient is that of
 * contrastive divergence with exact negatives, the nodes weighted by `w exp(-E)` and normalised, so that energies are
 * -log p up to a constant, at temperature 1. The bias of the self-normalised batch falls as 1 / nodesPerStep; the
 * statistic `effectiveNodes` says how many nodes carry the weight.
 *
 * For manifolds of few dimensions, which nodes can cover; in many, use chains (`constrainedEbm`).
 *
 * @throws ConfigError `bad-option`; ShapeError `bad-nodes`
 * @example
 * ```ts
 * import { energyModel } from '@ebim/ebm';
 * import { quadratureEbm, uniformNodes } from '@ebim/implicit';
 * import { mlp } from '@ebim/nn';
 * import { key } from '@ebim/runtime';
 * import { adam, batches, fit } from '@ebim/training';
 * import * as tf from '@tensorflow/tfjs';
 *
 * const angles = tf.range(0, 256).mul((2 * Math.PI) / 256);
 * const cover = tf.stack([tf.cos(angles), tf.sin(angles)], 1);
 * const trainer = quadratureEbm({
 *   model: energyModel(mlp({ inputSize: 2, outputSize: 1, hidden: [16] })),
 *   optimizer: adam({ learningRate: 0.01 }),
 *   nodes: uniformNodes(cover, 2 * Math.PI),
 * });
 * const data = batches(cover, { batchSize: 64, shuffle: true });
 * const { history } = await fit({ ...trainer, data, epochs: 20, key: key(0) });
 * console.log(history.at(-1)?.stats.loss); // near log(2 pi) = 1.84, that of the uniform density
 * ```
 */
export function quadratureEbm<P extends TensorTree, S extends TensorTree>(
  options: QuadratureEbmOptions<P, S>,
): QuadratureTrainer<P, S> {
  const { model, optimizer, nodes, magnitudeWeight = 0, clipNorm = 1 } = options;
  checkNodes(nodes, 'quadratureEbm({ nodes })');
  const count = nodes.points.shape[0];
  const { nodesPerStep = Math.min(512, count) } = options;
  if (!(Number.isInteger(nodesPerStep) && nodesPerStep >= 1))
    throw badOption('nodesPerStep', 'a whole number of at least 1', nodesPerStep);
  if (!(magnitudeWeight >= 0)) throw badOption('magnitudeWeight', 'a number of at least 0', magnitudeWeight);
  if (clipNorm !== null && !(clipNorm > 0))
    throw badOption('clipNorm', 'a positive number or null', clipNorm);

  const lossOf = (params: P, batch: tf.Tensor, drawn: IntegrationNodes) => {
    const rows = batch.shape[0];
    // One pass of the network over both.
    const [atData, atNodes] = tf.split(model.energy(params, tf.concat([batch, drawn.points], 0)), [
      rows,
      drawn.points.shape[0],
    ]);
    const positive = tf.mean<tf.Scalar>(atData);
    const logZ = logIntegral(drawn.logWeights, atNodes);
    const magnitude = tf.mean<tf.Scalar>(tf.square(atData));
    const likelihood = tf.add<tf.Scalar>(positive, logZ);
    const loss =
      magnitudeWeight === 0 ? likelihood : tf.add<tf.Scalar>(likelihood, tf.mul(magnitude, magnitudeWeight));
    const shares = tf.exp(tf.sub(tf.sub(drawn.logWeights, atNodes), logZ));
    const effectiveNodes = tf.div<tf.Scalar>(1, tf.sum(tf.square(shares)));
    return { loss, aux: { positive, logZ, effectiveNodes } };
  };

  return {
    init: (key) =>
      treeTidy(() => {
        const params = model.init(key);
        return { params, optimizer: optimizer.init(params), nodes: treeClone(nodes) };
      }),
    step: (key, state, batch) =>
      treeTidy(() => {
        const drawn = drawNodes(key, state.nodes, nodesPerStep);
        const { value, aux, grad } = valueAndGradWithAux(lossOf)(state.params, batch, drawn);
        const clipped = clipNorm === null ? null : clipByGlobalNorm(grad, clipNorm);
        const updated = optimizer.update(clipped?.tree ?? grad, state.optimizer, state.params);
        return {
          state: {
            params: updated.params,
            optimizer: updated.state,
            nodes: treeClone(state.nodes),
          },
          stats: {
            loss: value,
            ...aux,
            ...(clipped === null ? {} : { gradientNorm: clipped.norm }),
          },
        };
      }),
  };
}

/** Random nodes, with weights that keep the expectation of sums. All of them where as many are asked for. */
function drawNodes(key: Key, { points, logWeights }: IntegrationNodes, wanted: number): IntegrationNodes {
  const count = points.shape[0];
  if (wanted >= count) return { points, logWeights };
  const chosen = randint(key, [wanted], 0, count);
  return {
    points: tf.gather(points, chosen),
    logWeights: tf.add(tf.gather(logWeights, chosen), Math.log(count / wanted)),
  };
}

const badOption = (name: string, expected: string, value: number): ConfigError =>
  new ConfigError({
    code: 'bad-option',
    where: `quadratureEbm({ ${name} })`,
    expected,
    received: String(value),
  });
