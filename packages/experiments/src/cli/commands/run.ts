import { ConfigError } from '@ebim/runtime';
import type { Profile } from '../../definitions/experiment.js';
import { experiments, unknownExperiment } from '../../definitions/registry.js';
import type { LoadedPlan } from '../../run/plan.js';
import { planExperiment } from '../../run/plan-experiment.js';
import { findStudy, studies } from '../../studies/registry.js';
import { datasetReporter } from '../dataset-reporter.js';
import { interruptible } from '../interrupts.js';
import type { RunOptions } from '../options.js';
import { runSeeds } from '../run-seeds.js';
import { choosePath, startRun } from '../start-run.js';
import type { Terminal } from '../terminal.js';

/** `ebim run <experiment or study>` */
export async function runCommand(
  name: string,
  options: RunOptions & { readonly profile?: Profile },
  out: Terminal,
  words: readonly string[],
): Promise<number> {
  const study = findStudy(name);
  const names = [...experiments, ...studies].map((known) => known.name);
  if (!names.includes(name)) throw unknownExperiment(name, names);
  if (study === null && options.only !== undefined)
    throw new ConfigError({
      code: 'bad-option',
      where: '--only',
      expected: 'a figure, table or benchmark that compares several things',
      received: `the experiment ${name}`,
    });
  return interruptible(out, async (signal) => {
    if (study !== null) {
      const { startStudy } = await import('../start-study.js');
      return startStudy(study, options, { out, signal, words });
    }
    return launch(options, { out, signal, words }, (seed) =>
      planExperiment(
        name,
        { ...options, fast: isFast(options), ...(seed === undefined ? {} : { seed }) },
        { signal, onEvent: datasetReporter(out) },
      ),
    );
  });
}

/** Runs one plan, or one for each seed. */
export async function launch(
  options: RunOptions,
  context: { readonly out: Terminal; readonly signal: AbortSignal; readonly words: readonly string[] },
  planFor: (seed: number | undefined) => Promise<LoadedPlan>,
): Promise<number> {
  const plan = await planFor(options.seed);
  if (options.seeds !== undefined) return runSeeds(plan, options.seeds, options, context, planFor);
  const path = await choosePath(`${basePath(plan)}-seed${plan.config.seed}`, options);
  return (await startRun(plan, path, options, context)).exitCode;
}

/** `runs/<name>-<profile>[-fast]` */
export const basePath = ({ kind, name, profile, fast }: LoadedPlan): string =>
  `runs/${name}-${kind === 'fit' ? 'fit' : profile}${fast ? '-fast' : ''}`;

/** Whether the small settings are meant. @throws ConfigError `bad-option` for both sizes at once */
export function isFast({ fast = false, preset }: RunOptions): boolean {
  if (fast && preset === 'paper')
    throw new ConfigError({
      code: 'bad-option',
      where: 'ebim',
      expected: 'one of --fast and --preset paper',
      received: 'both',
    });
  return fast || preset === 'fast';
}
