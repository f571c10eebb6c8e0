import * as tf from '@tensorflow/tfjs';
import { repairNodeUtil } from '../repairs/node-util.js';
import type { BackendFacts } from './backend-report.js';
import { isNode, messageOf, packageManager } from './environment.js';
import { importNode } from '../node-module.js';
import { Unavailable } from './unavailable.js';

/** Package of each native backend. Both register themselves as `tensorflow`: a process can hold one. */
const packages = {
  'tensorflow-gpu': '@tensorflow/tfjs-node-gpu',
  tensorflow: '@tensorflow/tfjs-node',
} as const;

type NodeModule = typeof import('node:module');
type NativeName = keyof typeof packages;

const version = '4.22.0';

/** The part of the native backend that tells where it computes. */
interface NativeBackend {
  readonly isUsingGpuDevice?: boolean;
  readonly binding?: { readonly TF_Version?: string };
}

/** Starts a native backend, if its package and its library are there. */
export async function startNative(name: NativeName): Promise<BackendFacts> {
  if (!isNode()) throw new Unavailable('failed', 'it runs in Node only', []);
  const registered = tf.findBackendFactory('tensorflow') != null;
  if (!registered) await load(packages[name]);
  if (!(await tf.setBackend('tensorflow'))) {
    throw new Unavailable('failed', 'TensorFlow did not start', add(packages[name]));
  }
  const gpu = (tf.backend() as unknown as NativeBackend).isUsingGpuDevice === true;
  if (name === 'tensorflow-gpu' && !gpu) {
    throw new Unavailable('no-device', 'TensorFlow was loaded but sees no GPU', [
      'nvidia-smi',
      `CUDA 11.2 and cuDNN 8.1 must be on LD_LIBRARY_PATH for TensorFlow 2.9`,
    ]);
  }
  return { gpu };
}

/** Version of the native library in use, or undefined. */
export function nativeTensorFlowVersion(): string | undefined {
  return (tf.backend() as unknown as NativeBackend).binding?.TF_Version;
}

async function load(packageName: string): Promise<void> {
  const { createRequire } = await importNode<NodeModule>('node:module');
  repairNodeUtil(createRequire(import.meta.url)('node:util'));
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  // Otherwise TensorFlow takes the whole memory of the GPU at once.
  process.env.TF_FORCE_GPU_ALLOW_GROWTH ??= 'true';
  // Beside this package first, then in the project that is being run: a strict package manager shows
  // this package only what it lists.
  await loadNativePackage(packageName, [import.meta.url, `${process.cwd()}/package.json`]);
}

/**
 * Runs a native package, found from the first of `places` (files, as paths or URLs) that sees it.
 *
 * @throws Unavailable, with the reason and the commands that would help
 */
export async function loadNativePackage(packageName: string, places: readonly string[]): Promise<void> {
  const { createRequire } = await importNode<NodeModule>('node:module');
  for (const place of places) {
    const require = createRequire(place);
    const manifest = resolveOrNull(require, `${packageName}/package.json`);
    if (manifest === null) continue;
    try {
      require(packageName);
      return;
    } catch (error) {
      throw explain(packageName, manifest.replace(/[\\/]package\.json$/, ''), error);
    }
  }
  throw new Unavailable('not-installed', `${packageName} is not installed`, add(packageName));
}

function resolveOrNull(require: NodeJS.Require, request: string): string | null {
  try {
    return require.resolve(request);
  } catch {
    return null;
  }
}

/** Tells a library that was never downloaded from one that does not load on this machine. */
function explain(packageName: string, folder: string, error: unknown): Unavailable {
  const message = messageOf(error);
  // The package has an install script, which package managers skip unless told otherwise.
  const install = [`npm --prefix "${folder}" run install`];
  if (/native addon module|tfjs_binding\.node|node-pre-gyp/.test(message)) {
    const reason = `${packageName} is installed, but its install script, which downloads the native library, did not run or failed`;
    return new Unavailable('native-library-missing', reason, install, error);
  }
  if (/cannot open shared object|lib(tensorflow|cud|cublas|cufft|cusparse)/.test(message)) {
    const reason = `${packageName} is installed, but a library that it needs was not found: ${message}`;
    return new Unavailable('native-library-missing', reason, install, error);
  }
  return new Unavailable('failed', `${packageName} failed to load: ${message}`, [], error);
}

function add(packageName: string): string[] {
  const manager = packageManager();
  const wanted = `${packageName}@${version}`;
  if (manager === 'npm') return [`npm install ${wanted}`];
  // pnpm runs the install scripts of those packages only that are named.
  return [`${manager} add ${manager === 'pnpm' ? `--allow-build=${packageName} ` : ''}${wanted}`];
}
