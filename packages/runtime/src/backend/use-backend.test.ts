import { readdir, readFile } from 'node:fs/promises';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it, vi } from 'vitest';
import { BackendError, ConfigError, EbimError } from '../errors/ebim-error.js';
import { backendReport } from './backend-report.js';
import { supportsSyncRead, useBackend } from './use-backend.js';

it('there is no report before the first choice', () => {
  expect(backendReport()).toBeNull();
});

it('prints nothing: no advertisement of TensorFlow.js, which comes with its first tensor', async () => {
  const printed = (['log', 'warn', 'info', 'error'] as const).map((level) =>
    vi.spyOn(console, level).mockImplementation(() => undefined),
  );
  await useBackend('cpu');
  tf.dispose(tf.add(tf.ones([2]), 1));
  for (const spy of printed) {
    expect(spy).not.toHaveBeenCalled();
    spy.mockRestore();
  }
});

describe('by name', () => {
  it.each(['cpu', 'wasm'] as const)('activates %s and reports it', async (name) => {
    const report = await useBackend(name);
    expect(tf.getBackend()).toBe(name);
    expect(report.active).toBe(name);
    expect(backendReport()).toBe(report);
    expect(report.tried.filter(({ status }) => status === 'active').map((a) => a.name)).toEqual([name]);
    expect(report.tried.map((attempt) => attempt.name).sort()).toEqual(
      ['cpu', 'tensorflow', 'tensorflow-gpu', 'wasm', 'webgpu'].sort(),
    );
    expect(report.versions['@tensorflow/tfjs']).toBe(tf.version.tfjs);
    expect(report.versions.node).toBe(process.versions.node);
    expect(report.repairs).toContain('saved-outputs');
    expect(supportsSyncRead()).toBe(true);
    // The report is stored in run folders.
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });

  it('reports what WebAssembly can do', async () => {
    const { facts } = await useBackend('wasm');
    expect(facts.simd).toBe(await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT'));
    expect(facts.threads).toBeGreaterThanOrEqual(1);
  });

  it('installs the repairs once, however often it is called', async () => {
    const first = await useBackend('wasm');
    const kernels = tf.getKernelsForBackend('wasm').map((kernel) => kernel.kernelFunc);
    await useBackend('cpu');
    const again = await useBackend('wasm');
    expect(again.repairs).toEqual(first.repairs);
    expect(new Set(again.repairs).size).toBe(again.repairs.length);
    expect(tf.getKernelsForBackend('wasm').map((kernel) => kernel.kernelFunc)).toEqual(kernels);
  });

  it('tensors outlive a change of the backend', async () => {
    await useBackend('cpu');
    const x = tf.tensor1d([1, 2]);
    await useBackend('wasm');
    expect([...tf.add(x, x).dataSync()]).toEqual([2, 4]);
  });

  it('an unavailable backend is a typed error, and the one in use stays', async () => {
    await useBackend('cpu');
    const report = backendReport();
    // Not installed in this workspace, and not to be: 130 MB.
    const error: unknown = await useBackend('webgpu').catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(BackendError);
    expect(EbimError.isInstance(error) && error.code).toBe('backend-unavailable');
    expect((error as BackendError).message).toMatch(/webgpu.*cannot be imported/);
    expect((error as BackendError).hint).toMatch(/add webgpu@/);
    expect(tf.getBackend()).toBe('cpu');
    expect(backendReport()).toBe(report);
    expect([...tf.add([1], [2]).dataSync()]).toEqual([3]);
  });

  it('refuses a name that does not exist', async () => {
    const misspelt = 'wsam' as 'wasm';
    await expect(useBackend(misspelt)).rejects.toThrow(ConfigError);
    await expect(useBackend(misspelt)).rejects.toThrow(/one of auto.*"wsam"/);
  });
});

describe('auto', () => {
  it('takes the first that works, and tells why not the ones before', async () => {
    const report = await useBackend('auto');
    const order = ['wasm', 'cpu'];
    const before = order.slice(0, order.indexOf(report.active));
    expect(report.tried.slice(0, before.length + 1).map(({ name }) => name)).toEqual([
      ...before,
      report.active,
    ]);
    for (const attempt of report.tried.slice(0, before.length)) {
      expect(attempt.status).toBe('unavailable');
      expect(attempt.reason).toBeTruthy();
      expect(attempt.howToEnable.length).toBeGreaterThan(0);
    }
    for (const attempt of report.tried.slice(before.length + 1)) {
      expect(attempt.status).toBe('not-tried');
    }
  });
});

it('nothing that a browser loads names a module of Node in an import', async () => {
  const source = new URL('..', import.meta.url);
  const files = (await readdir(source, { recursive: true })).filter(
    (file) => file.endsWith('.ts') && !file.endsWith('.test.ts'),
  );
  expect(files.length).toBeGreaterThan(20);
  for (const file of files) {
    const code = (await readFile(new URL(file, source), 'utf8'))
      .replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')
      .replace(/typeof import\('node:[^']*'\)|import type [^;]*;/g, '');
    expect(code, file).not.toMatch(/(from|import|import\()\s*'node:/);
  }
});
