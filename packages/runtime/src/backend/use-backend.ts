import * as tf from '@tensorflow/tfjs';
import { BackendError, ConfigError } from '../errors/ebim-error.js';
import { installRepairs } from '../repairs/install-repairs.js';
import { installedRepairs } from '../repairs/installed.js';
import {
  setBackendReport,
  type BackendAttempt,
  type BackendFacts,
  type BackendName,
  type BackendReport,
} from './backend-report.js';
import { environmentVersions, messageOf } from './environment.js';
import { nativeTensorFlowVersion, startNative } from './native.js';
import { Unavailable } from './unavailable.js';
import { startWasm } from './wasm.js';
import { startWebgpu } from './webgpu.js';

/** Backends on which functions are compiled. */
const AUTOMATIC: readonly BackendName[] = ['wasm', 'cpu'];
const all: readonly BackendName[] = ['tensorflow-gpu', 'tensorflow', 'webgpu', 'wasm', 'cpu'];

/** Options of {@link useBackend}. */
export interface UseBackendOptions {
  /**
   * Folder of the `.wasm` files of `@tensorflow/tfjs-backend-wasm`, with a trailing slash. Needed only
   * where a bundler moved them. Default: beside the package.
   */
  readonly wasmPaths?: string;
}

/**
 * Chooses where tensors are computed, and mends the faults of TensorFlow.js there (see
 * {@link installRepairs}). Call it once, before the first tensor.
 *
 * `'auto'` takes `wasm`, or `cpu` where that does not work: there training steps are compiled, which makes them faster than
 * on the native backends up to networks of some 500 units a layer. Those are for wider networks and for convolutions,
 * and chosen by name. A backend that does not work is passed over, and the report tells why.
 *
 * @throws BackendError if a backend asked for by name does not work; the one in use before stays.
 * @throws ConfigError if there is no backend of this name.
 *
 * @example
 * ```ts
 * const report = await useBackend('auto');
 * console.log(report.active); // 'wasm'
 * ```
 */
export async function useBackend(
  name: BackendName | 'auto' = 'auto',
  options: UseBackendOptions = {},
): Promise<BackendReport> {
  if (name !== 'auto' && !all.includes(name)) {
    throw new ConfigError({
      code: 'unknown-backend',
      where: 'useBackend(name)',
      expected: `one of auto, ${all.join(', ')}`,
      received: JSON.stringify(name),
    });
  }
  // Before the first operation: otherwise a banner is printed in Node.
  tf.enableProdMode();
  const previous = tf.engine().backendName;
  const order: readonly BackendName[] = name === 'auto' ? AUTOMATIC : [name];
  const tried: BackendAttempt[] = [];
  for (const candidate of order) {
    try {
      const facts = await start(candidate, options);
      installRepairs();
      await computeOnce();
      tried.push({ name: candidate, status: 'active', howToEnable: [] });
      return setBackendReport(describe(candidate, tried, facts));
    } catch (error) {
      if (error instanceof BackendError) throw error;
      tried.push(failure(candidate, error));
    }
  }
  // A backend that failed to start is left half chosen by the engine.
  if (previous) await tf.setBackend(previous);
  throw notAvailable(name, tried);
}

/**
 * Whether the values of a tensor can be read at once (`dataSync`) on the backend in use. Not so on
 * WebGPU, where loops that decide by a value must wait for it.
 */
export function supportsSyncRead(): boolean {
  return tf.getBackend() !== 'webgpu';
}

/**
 * Whether the backend in use computes on the processor with values that can be read at once and for nothing, so that a
 * compiled program may stand in for it.
 */
export function computesOnHost(): boolean {
  return tf.getBackend() === 'cpu' || tf.getBackend() === 'wasm';
}

async function start(name: BackendName, options: UseBackendOptions): Promise<BackendFacts> {
  switch (name) {
    case 'tensorflow-gpu':
    case 'tensorflow':
      return startNative(name);
    case 'webgpu':
      return startWebgpu();
    case 'wasm':
      return startWasm(options.wasmPaths);
    case 'cpu':
      await tf.setBackend('cpu');
      return {};
  }
}

/** A backend can load and still fail at its first operation (tfjs-node on a newer Node, a lost GPU). */
async function computeOnce(): Promise<void> {
  const product = tf.tidy(() => tf.matMul(tf.ones([2, 3]), tf.ones([3, 1])));
  const values = await product.data();
  product.dispose();
  if (values.length !== 2 || values[0] !== 3 || values[1] !== 3) {
    throw new Unavailable('failed', `a product came out as ${values.join(', ')}, not 3, 3`, []);
  }
}

function failure(name: BackendName, error: unknown): BackendAttempt {
  return error instanceof Unavailable
    ? { name, status: 'unavailable', reason: error.reason, howToEnable: error.howToEnable }
    : { name, status: 'unavailable', reason: messageOf(error), howToEnable: [] };
}

function describe(active: BackendName, tried: readonly BackendAttempt[], facts: BackendFacts): BackendReport {
  const versions = environmentVersions();
  const native = nativeTensorFlowVersion();
  if (native !== undefined) versions.tensorflow = native;
  const rest = all
    .filter((name) => !tried.some((attempt) => attempt.name === name))
    .map((name): BackendAttempt => {
      const howToEnable = [`useBackend('${name}')`];
      return { name, status: 'not-tried', reason: 'it was not needed', howToEnable };
    });
  return { active, tried: [...tried, ...rest], versions, facts, repairs: installedRepairs() };
}

function notAvailable(name: string, tried: readonly BackendAttempt[]): BackendError {
  const commands = tried.flatMap((attempt) => attempt.howToEnable);
  const options = {
    code: 'backend-unavailable',
    where: `useBackend('${name}')`,
    expected: name === 'auto' ? 'a backend that works' : `the backend ${name} to work`,
    received: tried.map((attempt) => `${attempt.name}: ${attempt.reason}`).join('; '),
    details: { tried },
  };
  return new BackendError(
    commands.length === 0 ? options : { ...options, hint: `Try: ${commands.join(' && ')}` },
  );
}
