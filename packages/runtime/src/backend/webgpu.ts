import * as tf from '@tensorflow/tfjs';
import type { BackendFacts } from './backend-report.js';
import { isNode, messageOf, packageManager } from './environment.js';
import { Unavailable } from './unavailable.js';

interface DawnModule {
  readonly globals: Record<string, unknown>;
  create(flags: string[]): unknown;
}

/** Starts the webgpu backend: in a browser on its own, in Node on the optional package `webgpu` (Dawn). */
export async function startWebgpu(): Promise<BackendFacts> {
  if (isNode()) await provideWebgpu();
  if (!('gpu' in globalThis.navigator)) {
    throw new Unavailable('no-device', 'this browser has no WebGPU', []);
  }
  // Registers itself only when navigator.gpu exists by the time of its import.
  await optional('@tensorflow/tfjs-backend-webgpu', '4.22.0');
  if (tf.findBackendFactory('webgpu') == null || !(await tf.setBackend('webgpu'))) {
    throw new Unavailable('no-device', 'no WebGPU adapter was found', [
      'VK_DRIVER_FILES=<driver>.json (on Linux, a Vulkan driver is needed)',
    ]);
  }
  return { gpu: true };
}

async function provideWebgpu(): Promise<void> {
  if (globalThis.navigator !== undefined && 'gpu' in globalThis.navigator) return;
  const dawn = (await optional('webgpu', '0.6.2')) as DawnModule;
  Object.assign(globalThis, dawn.globals);
  // Node 20 has no navigator, later versions have one without `gpu`.
  const target = globalThis as { navigator?: object };
  target.navigator ??= {};
  Object.defineProperty(target.navigator, 'gpu', { value: dawn.create([]), configurable: true });
}

async function optional(name: string, version: string): Promise<unknown> {
  try {
    return await import(/* @vite-ignore */ name);
  } catch (error) {
    throw new Unavailable(
      'not-installed',
      `${name} cannot be imported: ${messageOf(error)}`,
      [`${packageManager()} add ${name}@${version}`],
      error,
    );
  }
}
