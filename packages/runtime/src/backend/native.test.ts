import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadNativePackage } from './native.js';
import { Unavailable } from './unavailable.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ebim-native-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Installs a package of one file, and returns a file from which it is seen. */
async function install(name: string, code: string): Promise<string> {
  const home = join(folder, 'node_modules', name);
  await mkdir(home, { recursive: true });
  await writeFile(join(home, 'package.json'), JSON.stringify({ name, main: 'index.js' }));
  await writeFile(join(home, 'index.js'), code);
  return join(folder, 'package.json');
}

async function failureOf(promise: Promise<void>): Promise<Unavailable> {
  const error: unknown = await promise.then(
    () => 'it loaded',
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(Unavailable);
  return error as Unavailable;
}

it('an absent package: says so and how to get it', async () => {
  const failure = await failureOf(loadNativePackage('absent-native', [import.meta.url]));
  expect(failure.code).toBe('not-installed');
  expect(failure.reason).toMatch(/absent-native is not installed/);
  expect(failure.howToEnable[0]).toMatch(/(add|install) .*absent-native@4\.22\.0$/);
});

it('a package whose install script did not run: gives the command that runs it', async () => {
  const from = await install(
    'unbuilt-native',
    `throw new Error("The Node.js native addon module (tfjs_binding.node) can not be found at path: x\\nmore")`,
  );
  const failure = await failureOf(loadNativePackage('unbuilt-native', [import.meta.url, from]));
  expect(failure.code).toBe('native-library-missing');
  expect(failure.howToEnable).toEqual([
    `npm --prefix "${join(folder, 'node_modules', 'unbuilt-native')}" run install`,
  ]);
});

it('a package without a library of the system: names the library', async () => {
  const from = await install(
    'unlinked-native',
    `throw new Error("libcudart.so.11.0: cannot open shared object file: No such file")`,
  );
  const failure = await failureOf(loadNativePackage('unlinked-native', [from]));
  expect(failure.code).toBe('native-library-missing');
  expect(failure.reason).toMatch(/libcudart\.so\.11\.0/);
});

it('any other failure is told as it is, on one line', async () => {
  const from = await install('broken-native', `throw new TypeError("x is not a function\\n at y")`);
  const failure = await failureOf(loadNativePackage('broken-native', [from]));
  expect(failure.code).toBe('failed');
  expect(failure.reason).toBe('broken-native failed to load: x is not a function');
  expect(failure.cause).toBeInstanceOf(TypeError);
});

it('a package that works is run, once, from the first place that sees it', async () => {
  const from = await install('working-native', 'globalThis.nativeRuns = (globalThis.nativeRuns ?? 0) + 1');
  await loadNativePackage('working-native', [import.meta.url, from, from]);
  await loadNativePackage('working-native', [from]);
  expect((globalThis as { nativeRuns?: number }).nativeRuns).toBe(1);
});
