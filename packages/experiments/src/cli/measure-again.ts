import { treeDispose } from '@ebim/runtime';
import type { Evaluation } from '../evaluation/evaluate.js';
import { evaluateRun } from '../run/execute.js';
import { runKeys } from '../run/keys.js';
import { loadRun, loadStages, type LoadedStages, type StoredRun } from '../run/load-run.js';
import type { Terminal } from './terminal.js';
import { useBackendOf } from './use-backend-of.js';

/** What a run was and what was measured of it just now. */
export interface Measured {
  readonly stored: StoredRun;
  /** Alive during `use` only. */
  readonly stages: LoadedStages;
  readonly evaluation: Evaluation;
}

/** Measures a run from its checkpoints and hands everything to `use`. */
export async function measureAgain(
  path: string,
  out: Terminal,
  use: (measured: Measured) => Promise<void>,
): Promise<void> {
  const stored = await loadRun(path);
  await useBackendOf(stored, out);
  const stages = await loadStages(stored);
  try {
    out.status('  measuring …');
    const evaluation = await evaluateRun(stored.plan, stages, runKeys(stored.plan.config.seed).evaluation);
    out.status('');
    await use({ stored, stages, evaluation });
  } finally {
    treeDispose([stages.manifold.state, stages.density.state]);
  }
}
