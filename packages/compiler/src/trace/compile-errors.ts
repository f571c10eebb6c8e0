import { CompileError } from '@ebim/runtime';
import { userLine } from './user-line.js';

interface Complaint {
  readonly code: string;
  readonly expected: string;
  readonly received: string;
  readonly hint: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** An error about the line of the function being compiled that runs now. */
export function compileError({ details, ...complaint }: Complaint): CompileError {
  const line = userLine();
  const where = line === undefined ? 'compiled function' : `compiled function, at ${line}`;
  return new CompileError({ ...complaint, where, details: { ...details, line } });
}

/** The function reads a tensor that it computed. */
export const readsData = (): CompileError =>
  compileError({
    code: 'reads-data',
    expected: 'tensors that are only computed with',
    received: 'a read of tensor data (dataSync, data, arraySync, print or the like)',
    hint: 'Decide by values with tf.where or whileLoop, and read the results of the compiled function.',
  });

/** The function uses a variable, whose value would be frozen. */
export const usesVariable = (name: string): CompileError =>
  compileError({
    code: 'impure-capture',
    expected: 'values that are passed as arguments',
    received: `the variable "${name}"`,
    hint: 'Pass the state in and return the new state; a compiled function would go on using the value of now.',
  });

/** The function uses a tensor of another trace, or of a loop body that has ended. */
export const leakedTensor = (): CompileError =>
  compileError({
    code: 'leaked-tensor',
    expected: 'tensors of this call',
    received: 'a tensor that was stored during another call or in a body of scan or whileLoop',
    hint: 'Return what is needed later, from the function or as part of the carry.',
  });

/** The function draws random numbers from a hidden source. */
export const impureRandom = (): CompileError =>
  compileError({
    code: 'impure-random',
    expected: 'random numbers from a key (normal, uniform, randint)',
    received: 'Math.random(), tf.randomNormal, dropout or the like',
    hint: 'They would be drawn once, when the function is compiled. Pass a key as an argument.',
  });

/** The function returns a promise. */
export const isAsync = (): CompileError =>
  compileError({
    code: 'async-function',
    expected: 'a function that returns tensors',
    received: 'a function that returns a promise',
    hint: 'Compile the part between two awaits.',
  });

/** The shape of a result depends on tensor data. */
export const dataDependentShape = (op: string): CompileError =>
  compileError({
    code: 'data-dependent-shape',
    expected: 'results whose shapes follow from the shapes of the arguments',
    received: `the operation ${op}`,
    hint: 'Do this step outside of the compiled function.',
  });

/** A tensor of strings or complex numbers. */
export const unsupportedDtype = (dtype: string): CompileError =>
  compileError({
    code: 'unsupported-dtype',
    expected: 'tensors of float32, int32 or bool',
    received: `a tensor of ${dtype}`,
    hint: 'Do this step outside of the compiled function.',
  });
