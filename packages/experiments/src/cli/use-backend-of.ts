import { useBackend, type BackendName } from '@ebim/runtime';
import type { StoredRun } from '../run/load-run.js';
import type { Terminal } from './terminal.js';

/** Computes where the run was computed, so that numbers come out the same; elsewhere, with a word about it, if that is gone. */
export async function useBackendOf({ record }: Pick<StoredRun, 'record'>, out: Terminal): Promise<void> {
  const wanted = record.environment.backend as BackendName;
  try {
    await useBackend(wanted);
  } catch {
    const { active } = await useBackend('auto');
    out.complain(
      `Warning: the run was computed on ${wanted}; on ${active}, numbers differ in the last digits.`,
    );
  }
}
