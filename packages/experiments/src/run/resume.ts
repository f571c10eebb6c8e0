import { ConfigError } from '@ebim/runtime';
import type { RunPlan } from './plan.js';

/**
 * Refuses to go on with a run under another plan: its numbers would be of neither.
 *
 * @throws ConfigError `other-plan`, naming the first option that differs
 */
export function requireSamePlan(stored: RunPlan, wanted: RunPlan, folder: string): void {
  const [before, now] = [facts(stored), facts(wanted)];
  for (const [path, value] of now) {
    const old = before.get(path);
    if (old === value) continue;
    throw new ConfigError({
      code: 'other-plan',
      where: '--resume',
      expected: `${path} = ${old ?? 'nothing'}, as in ${folder}`,
      received: value,
      hint: 'Repeat the options that the run was started with, or start a new run without --resume.',
      details: { path, stored: old ?? null, wanted: value },
    });
  }
}

/** What decides the numbers of a run, by path, as JSON. */
function facts({ kind, name, profile, fast, coordinates, config }: RunPlan): Map<string, string> {
  const entries = (value: unknown, path: string): [string, string][] =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.entries(value).flatMap(([key, inner]) => entries(inner, path === '' ? key : `${path}.${key}`))
      : [[path, JSON.stringify(value)]];
  return new Map([
    ...entries({ kind, name, profile, fast }, ''),
    ...entries(config, ''),
    ...entries(coordinates, 'coordinates'),
  ]);
}
