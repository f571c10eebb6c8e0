import { ConfigError } from '@ebim/runtime';
import { IncompleteEvaluationError } from '../evaluation/incomplete.js';
import type { RunMetrics } from '../evaluation/run-metrics.js';
import type { LoadedPlan } from '../run/plan.js';
import { exists, runFolder, RUN_FILES } from '../run/run-folder.js';
import { markdownSummary, summariseMetrics, summaryRows, type FailedSeed } from '../run/summarise-seeds.js';
import { basePath } from './commands/run.js';
import { EXIT } from './exit-codes.js';
import type { RunOptions } from './options.js';
import { textTable } from './text-table.js';
import { choosePath, shown, startRun, type RunContext } from './start-run.js';

/**
 * Runs a plan with `count` seeds, one after another, in folders `seed0`, `seed1`, … of one folder, and writes
 * `summary.json` and `summary.md` beside them.
 */
export async function runSeeds(
  first: LoadedPlan,
  count: number,
  options: RunOptions,
  context: RunContext,
  planFor: (seed: number) => Promise<LoadedPlan>,
): Promise<number> {
  if (options.set.some((setting) => /^\s*seed\s*=/.test(setting)))
    throw new ConfigError({
      code: 'bad-option',
      where: '--seeds',
      expected: 'the first seed as --seed',
      received: '--set seed=…',
    });
  const { out } = context;
  const group = runFolder(await choosePath(`${basePath(first)}-seeds`, options));
  const metrics: { seed: number; metrics: RunMetrics }[] = [];
  const failed: FailedSeed[] = [];
  let worst: number = EXIT.ok;
  for (let i = 0; i < count; i++) {
    const seed = first.config.seed + i;
    const path = group.file(`seed${seed}`);
    const plan = i === 0 ? first : await planFor(seed);
    const resume = options.resume === true && (await exists(`${path}/${RUN_FILES.run}`));
    const ended = await startRun(plan, path, { ...options, resume }, context).catch((error: unknown) => {
      // A seed that goes wrong says something about the method; the others still count.
      if (!(error instanceof IncompleteEvaluationError)) throw error;
      return error;
    });
    if (ended instanceof IncompleteEvaluationError) {
      failed.push({ seed, reason: ended.message });
      out.complain(`Seed ${seed}: ${ended.message}`);
      worst = Math.max(worst, EXIT.diverged);
      continue;
    }
    const { exitCode, outcome } = ended;
    if (exitCode === EXIT.interrupted) return exitCode;
    if (outcome.evaluation === null) failed.push({ seed, reason: outcome.status });
    else metrics.push({ seed, metrics: outcome.evaluation.metrics });
    worst = Math.max(worst, exitCode);
  }
  const summary = summariseMetrics(first, metrics, failed);
  await group.writeJson('summary.json', summary);
  await group.writeText('summary.md', markdownSummary(summary));
  out.print(`\n${textTable(summaryRows(summary))}\n`);
  out.print(`Summary: ${shown(group.file('summary.md'))}`);
  out.emit({ type: 'summary', folder: group.path, ...summary });
  return worst;
}
