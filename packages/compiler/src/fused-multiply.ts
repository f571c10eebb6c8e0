import { importNode } from '@ebim/runtime';
import { hasFusedMultiply, probeAgain } from './wasm/relaxed.js';

/** V8 of these versions has the instruction behind {@link FLAG}; later ones have it anyway, and refuse the flag. */
const V8_WITH_FLAG = /^11\.[0-3]\./;
const FLAG = '--experimental-wasm-relaxed-simd';

/**
 * Lets what is compiled from now on multiply and add in one instruction where the engine has it but does not use it by
 * default: Node 20, where training steps become up to a fifth faster and are rounded as on Node 22. Does nothing
 * elsewhere. It sets an engine flag for the whole process, which is up to a program and not to a library: call it
 * once, first thing, in a program of your own.
 *
 * @returns whether compiled functions multiply and add in one instruction
 *
 * @example
 * ```ts
 * import { enableFusedMultiply } from '@ebim/compiler';
 *
 * await enableFusedMultiply(); // true on Node 20 and later
 * ```
 */
export async function enableFusedMultiply(): Promise<boolean> {
  if (!hasFusedMultiply() && hasFlag()) {
    const { setFlagsFromString } = await importNode<typeof import('node:v8')>('node:v8');
    setFlagsFromString(FLAG);
    probeAgain();
  }
  return hasFusedMultiply();
}

/** Not in browsers, nor where another engine imitates Node. */
const hasFlag = (): boolean =>
  typeof process !== 'undefined' && V8_WITH_FLAG.test(process.versions?.v8 ?? '');
