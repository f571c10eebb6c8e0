import { compile } from '@ebim/compiler';

/** Whether a training step runs as one compiled program. */
export type CompileChoice = 'auto' | boolean;

/** A step, and how to let go of what it holds. */
export interface CompiledStep<F> {
  readonly step: F;
  dispose(): void;
}

/**
 * The step as one program where that is asked for. Under `auto`, a step that cannot be traced (it reads data
 * or draws from a global source) runs as it is; under `true` that is an error.
 */
export function compiledStep<A extends unknown[], R>(
  step: (...args: A) => R,
  choice: CompileChoice,
): CompiledStep<(...args: A) => R> {
  if (choice === false) return { step, dispose: () => undefined };
  const compiled = compile(step, { fallback: choice === 'auto' });
  return { step: compiled, dispose: () => compiled.dispose() };
}
