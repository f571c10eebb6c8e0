import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { BackendError } from '../errors/ebim-error.js';
import { useBackend } from './use-backend.js';

// The .wasm file that cannot be found is TensorFlow.js's to complain about, at length.
beforeEach(() => {
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  vi.spyOn(console, 'error').mockImplementation(() => undefined);
});
afterEach(() => vi.restoreAllMocks());

it('a .wasm file that is not there: an error by name, the next backend otherwise', async () => {
  await useBackend('cpu');
  const options = { wasmPaths: '/no/such/folder/' };
  const error: unknown = await useBackend('wasm', options).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(BackendError);
  expect((error as BackendError).hint).toMatch(/wasmPaths/);
  expect(tf.getBackend()).toBe('cpu');
  expect([...tf.add([1], [2]).dataSync()]).toEqual([3]);

  const report = await useBackend('auto', options);
  expect(report.active).not.toBe('wasm');
  const attempt = report.tried.find(({ name }) => name === 'wasm');
  if (report.active === 'cpu') expect(attempt?.status).toBe('unavailable');
  expect([...tf.add([1], [2]).dataSync()]).toEqual([3]);
});
