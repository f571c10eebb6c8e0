import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { cacheFolder } from '@ebim/datasets';
import { BackendError, EbimError, useBackend, type BackendAttempt, type BackendReport } from '@ebim/runtime';
import { exists } from '../../run/run-folder.js';
import { EXIT } from '../exit-codes.js';
import type { Terminal } from '../terminal.js';

interface FolderState {
  readonly path: string;
  readonly exists: boolean;
  /** Or can be made. */
  readonly writable: boolean;
}

/** `ebim doctor`: what works here, what does not, and how to change that. Always gives 0: finding a fault is no failure. */
export async function doctorCommand(out: Terminal): Promise<number> {
  const native = await tryNative();
  const backend = await useBackend('auto').catch((error: unknown) => {
    if (EbimError.isInstance(error)) return error;
    throw error;
  });
  const dataFolder = process.env.EBIM_DATA_DIR || null;
  const state = {
    data: dataFolder === null ? null : await stateOf(dataFolder),
    cache: await stateOf(await cacheFolder()),
    runs: await stateOf('runs'),
  };
  if (EbimError.isInstance(backend)) out.complain(`No backend works: ${backend.message}`);
  else tellBackends({ ...backend, tried: withNative(backend.tried, native) }, out);
  out.print('\nFolders');
  out.print(
    state.data === null
      ? '  data    EBIM_DATA_DIR is not set: data is downloaded once and kept in the cache'
      : `  data    ${state.data.path}${state.data.exists ? '' : ' (does not exist: correct EBIM_DATA_DIR or unset it)'}`,
  );
  out.print(`  cache   ${describe(state.cache)}`);
  out.print(`  runs    ${describe(state.runs)}`);
  out.emit({
    type: 'doctor',
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    backend: EbimError.isInstance(backend)
      ? { error: backend.message, ...backend.details }
      : { ...backend, tried: withNative(backend.tried, native) },
    folders: state,
  });
  return EXIT.ok;
}

/** Starts the native backends, which nothing takes unasked, until one works. */
async function tryNative(): Promise<BackendAttempt[]> {
  const tried: BackendAttempt[] = [];
  for (const name of ['tensorflow-gpu', 'tensorflow'] as const)
    try {
      await useBackend(name);
      return [...tried, { name, status: 'available', howToEnable: [`--backend ${name}`] }];
    } catch (error) {
      if (!BackendError.isInstance(error)) throw error;
      tried.push(...((error.details.tried as BackendAttempt[] | undefined) ?? []));
    }
  return tried;
}

const withNative = (
  tried: readonly BackendAttempt[],
  native: readonly BackendAttempt[],
): readonly BackendAttempt[] =>
  tried.map((attempt) => native.find(({ name }) => name === attempt.name) ?? attempt);

function tellBackends(report: BackendReport, out: Terminal): void {
  out.print('Versions');
  for (const [name, version] of Object.entries(report.versions)) out.print(`  ${name} ${version}`);
  out.print('\nBackends');
  for (const attempt of report.tried) tellAttempt(attempt, out);
  const facts = Object.entries(report.facts).map(([name, value]) => `${name}: ${String(value)}`);
  if (facts.length > 0) out.print(`  (${report.active}: ${facts.join(', ')})`);
  out.print(`  ${report.repairs.length} repairs of TensorFlow.js in force`);
}

function tellAttempt({ name, status, reason, howToEnable }: BackendAttempt, out: Terminal): void {
  const label = name.padEnd(15);
  if (status === 'active') {
    out.print(`  ${label} active`);
    return;
  }
  if (status === 'not-tried' || status === 'available') {
    const what = status === 'available' ? 'works' : 'not tried';
    out.print(`  ${label} ${what}: --backend ${name} asks for it`);
    return;
  }
  out.print(`  ${label} not available: ${reason ?? 'unknown reason'}`);
  if (howToEnable.length === 0) return;
  out.print(`  ${''.padEnd(15)} to get it:`);
  for (const command of howToEnable) out.print(`  ${''.padEnd(15)}   ${command}`);
}

const describe = ({ path, exists: there, writable }: FolderState): string =>
  `${path} (${writable ? (there ? 'writable' : 'will be made') : 'NOT WRITABLE: choose another'})`;

async function stateOf(path: string): Promise<FolderState> {
  const full = resolve(path);
  const there = await exists(full);
  let place = full;
  while (!(await exists(place)) && dirname(place) !== place) place = dirname(place);
  const writable = await access(place, constants.W_OK).then(
    () => true,
    () => false,
  );
  return { path: full, exists: there, writable };
}
