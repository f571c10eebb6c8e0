import * as tf from '@tensorflow/tfjs';
import { messageOf, packageManager } from './environment.js';
import type { BackendFacts } from './backend-report.js';
import { Unavailable } from './unavailable.js';

/** Starts the wasm backend. `wasmPaths` is the folder (with a trailing slash) of the .wasm files. */
export async function startWasm(wasmPaths: string | undefined): Promise<BackendFacts> {
  const wasm = await import('@tensorflow/tfjs-backend-wasm').catch((error: unknown) => {
    throw new Unavailable(
      'not-installed',
      `@tensorflow/tfjs-backend-wasm cannot be imported: ${messageOf(error)}`,
      [`${packageManager()} add @tensorflow/tfjs-backend-wasm@4.22.0`],
      error,
    );
  });
  if (wasmPaths !== undefined) wasm.setWasmPaths(wasmPaths);
  // Resolves to false, after a page of warnings, where the .wasm file is not found.
  if (!(await tf.setBackend('wasm'))) {
    throw new Unavailable('failed', 'the .wasm file could not be loaded or compiled', [
      "useBackend('wasm', { wasmPaths: '<folder of the tfjs-backend-wasm*.wasm files>/' })",
    ]);
  }
  return {
    simd: Boolean(await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT')),
    threads: wasm.getThreadsCount(),
  };
}
