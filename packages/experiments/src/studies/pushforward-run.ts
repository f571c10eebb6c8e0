import { toTensor, type Points } from '@ebim/datasets';
import type { Pushforward } from '@ebim/pushforward';
import { foldIn, key, split, treeDispose, type TensorTree } from '@ebim/runtime';
import { folderStore } from '@ebim/training';
import {
  pushforwardSettings,
  variationalSettings,
  type PushforwardSettings,
} from '../definitions/pushforward-settings.js';
import { evaluatePushforward, type PushforwardMetrics } from '../evaluation/evaluate-pushforward.js';
import { isFailureToMeasure } from '../evaluation/incomplete.js';
import { wassersteinSetting } from '../evaluation/wasserstein.js';
import { pushforwardModelsOf } from '../pipeline/pushforward-models.js';
import { trainAutoencoder } from '../pipeline/train-autoencoder.js';
import { trainLatentDensity } from '../pipeline/train-latent-density.js';
import { pushforward, type LatentBox } from '@ebim/pushforward';
import type { StudyContext } from './study.js';

/** Which run of a pushforward model a study wants. */
export interface PushforwardRunOptions {
  readonly seed: number;
  /** Weight of the divergence of a variational autoencoder (P2 Fig 10); default: a deterministic one. */
  readonly divergenceWeight?: number;
}

/** A pushforward model that was trained and measured; plain data. */
export interface PushforwardRun {
  readonly seed: number;
  readonly status: 'completed' | 'diverged' | 'failed';
  /** `null` unless completed. */
  readonly metrics: PushforwardMetrics | null;
  readonly seconds: { readonly autoencoder: number; readonly density: number; readonly evaluation: number };
  /** Decoded points of the latent lattice and the density at each, where the model is an immersion. */
  readonly lattice: { readonly points: Points; readonly density: Float64Array } | null;
  readonly logZ: number;
}

/** A trained pushforward model as long as it is in use. */
export interface LivePushforward {
  readonly model: Pushforward;
  readonly box: LatentBox;
}

/** Epochs between two checkpoints. */
const CHECKPOINT_EVERY = 50;
/** What a fast study divides epochs by. */
const FAST = 5;
/** Sets the randomness of these models apart from that of the runs of the same seed. */
const STREAM = 0x50454;

/** Trains and measures a pushforward model on the data of an experiment, once for the folder of a study. */
export async function pushforwardRun(
  context: StudyContext,
  name: string,
  options: PushforwardRunOptions,
): Promise<PushforwardRun> {
  const label = labelOf(name, options);
  return context.part(label, async () => {
    context.say(`Pushforward model of ${label.replaceAll('-', ' ')}`);
    const { seed } = options;
    const plan = await context.plan(name, { seed });
    const settings = settingsOf(context, name, options);
    const result = await withTraining(context, label, settings, plan.data.points, seed, async (trained) => {
      const begun = performance.now();
      const [, , evaluationKey] = keysOf(seed);
      const { metrics, lattice, logZ } = await evaluatePushforward(
        {
          settings,
          autoencoderParams: trained.autoencoder.params,
          energyParams: trained.density.params,
          box: trained.box,
          points: plan.data.points,
          setting: wassersteinSetting(plan.config, plan.data),
        },
        evaluationKey,
      );
      return {
        metrics,
        lattice: { points: lattice.points, density: lattice.logDensity.map(Math.exp) },
        logZ,
        seconds: { ...trained.seconds, evaluation: (performance.now() - begun) / 1000 },
      };
    }).catch((error: unknown) => {
      // Codes that collapse, say: that is a finding about this seed, the others still count.
      if (!isFailureToMeasure(error)) throw error;
      context.say(`Seed ${seed}: ${error.message}`);
      return 'failed' as const;
    });
    if (result === null || result === 'failed')
      return {
        seed,
        status: result ?? 'diverged',
        metrics: null,
        lattice: null,
        logZ: NaN,
        seconds: { autoencoder: NaN, density: NaN, evaluation: NaN },
      };
    return { seed, status: 'completed', ...result };
  });
}

/** Hands the trained model of a finished run to `use`, from the study's checkpoints. */
export async function withPushforward<T>(
  context: StudyContext,
  name: string,
  options: PushforwardRunOptions,
  use: (live: LivePushforward) => Promise<T>,
): Promise<T | null> {
  const plan = await context.plan(name, { seed: options.seed });
  const settings = settingsOf(context, name, options);
  const models = pushforwardModelsOf(settings, plan.data.points.columns);
  return withTraining(
    context,
    labelOf(name, options),
    settings,
    plan.data.points,
    options.seed,
    ({ autoencoder, density, box }) =>
      use({ model: pushforward(models.autoencoder, autoencoder.params, models.energy, density.params), box }),
  );
}

type Trained = Awaited<ReturnType<typeof trainAutoencoder>>['state'];

interface TrainedStages {
  readonly autoencoder: Trained;
  readonly density: Awaited<ReturnType<typeof trainLatentDensity>>['state'];
  readonly box: LatentBox;
  readonly seconds: { readonly autoencoder: number; readonly density: number };
}

/** Trains both stages, or takes them from their checkpoints; `null` when one of them diverged. */
async function withTraining<T>(
  { folder, signal }: StudyContext,
  label: string,
  settings: PushforwardSettings,
  data: Points,
  seed: number,
  use: (trained: TrainedStages) => Promise<T>,
): Promise<T | null> {
  const [autoencoderKey, densityKey] = keysOf(seed);
  const stage = (name: string) => ({
    signal,
    checkpoint: {
      store: folderStore(folder.file(`checkpoints/${label}/${name}`)),
      everyEpochs: CHECKPOINT_EVERY,
    },
  });
  const owned: TensorTree[] = [];
  try {
    const points = toTensor(data);
    owned.push(points);
    const autoencoder = await trainAutoencoder(settings, points, autoencoderKey, stage('autoencoder'));
    owned.push(autoencoder.state);
    signal.throwIfAborted();
    if (autoencoder.status === 'diverged') return null;
    const density = await trainLatentDensity(
      settings,
      autoencoder.state.params,
      points,
      densityKey,
      stage('density'),
    );
    owned.push(density.state);
    signal.throwIfAborted();
    if (density.status === 'diverged') return null;
    const seconds = ({ history }: typeof density | typeof autoencoder) =>
      history.reduce((sum, epoch) => sum + epoch.seconds, 0);
    return await use({
      autoencoder: autoencoder.state,
      density: density.state,
      box: density.box,
      seconds: { autoencoder: seconds(autoencoder), density: seconds(density) },
    });
  } finally {
    treeDispose(owned);
  }
}

const keysOf = (seed: number) => split(foldIn(key(seed), STREAM), 3);

const labelOf = (name: string, { seed, divergenceWeight }: PushforwardRunOptions): string =>
  `pushforward-${name}${divergenceWeight === undefined ? '' : `-weight${divergenceWeight}`}-seed${seed}`;

function settingsOf(
  { profile, fast }: StudyContext,
  name: string,
  { divergenceWeight }: PushforwardRunOptions,
): PushforwardSettings {
  const settings =
    divergenceWeight === undefined
      ? pushforwardSettings(name, profile)
      : variationalSettings(name, profile, divergenceWeight);
  const shorter = <S extends { readonly epochs: number }>(stage: S): S => ({
    ...stage,
    epochs: fast ? Math.ceil(stage.epochs / FAST) : stage.epochs,
  });
  return { ...settings, autoencoder: shorter(settings.autoencoder), density: shorter(settings.density) };
}
