import { ConfigError } from '@ebim/runtime';
import * as v from 'valibot';
import { configSchema, type EbimConfig } from './schema.js';
import { checkConsistency } from './consistency.js';
import { nearest } from './nearest.js';

/**
 * Checks a whole configuration: every value by itself, then that they fit together.
 *
 * @throws ConfigError `unknown-option` (naming the nearest valid one), `missing-option`, `bad-option`
 */
export function validateConfig(input: unknown, where = 'configuration'): EbimConfig {
  const result = v.safeParse(configSchema, input);
  if (!result.success) throw issueError(result.issues[0], where);
  checkConsistency(result.output, where);
  return result.output;
}

/** Every dotted path of a configuration with a value of its own: `manifold.sampler.steps`. */
export function optionPaths(config: unknown, prefix = ''): string[] {
  if (typeof config !== 'object' || config === null || Array.isArray(config)) return [prefix];
  return Object.entries(config).flatMap(([name, value]) =>
    optionPaths(value, prefix === '' ? name : `${prefix}.${name}`),
  );
}

/** An error that names the nearest of the valid names. */
export function unknownOption(name: string, valid: readonly string[], where: string): ConfigError {
  const guess = nearest(name, valid);
  return new ConfigError({
    code: 'unknown-option',
    where,
    expected: 'a known option',
    received: `"${name}"`,
    hint: guess === null ? `Known are: ${valid.join(', ')}.` : `Did you mean "${guess}"?`,
    details: { name, valid },
  });
}

function issueError(issue: v.BaseIssue<unknown>, where: string): ConfigError {
  const path = v.getDotPath(issue) ?? '(whole)';
  if (issue.type === 'strict_object' && issue.path !== undefined) {
    if (issue.expected === 'never') return unknownOption(path, siblings(path), where);
    if (issue.received === 'undefined')
      return new ConfigError({
        code: 'missing-option',
        where: `${where}: ${path}`,
        expected: 'a value',
        received: 'none',
        details: { path },
      });
  }
  return new ConfigError({
    code: 'bad-option',
    where: `${where}: ${path}`,
    expected: inWords(issue),
    received: issue.type === 'check' ? JSON.stringify(issue.input) : issue.received,
    details: { path },
  });
}

/** What the schema library writes as `>=1`, `!NaN` or `("a" | "b")`. */
function inWords({ type, expected, message }: v.BaseIssue<unknown>): string {
  const limit = expected?.replace(/^[<>=]+/, '') ?? '';
  switch (type) {
    case 'number':
      return 'a number';
    case 'integer':
      return 'a whole number';
    case 'finite':
      return 'a finite number';
    case 'boolean':
      return 'true or false';
    case 'array':
      return 'a list, e.g. [8,8]';
    case 'min_value':
      return `a number of at least ${limit}`;
    case 'max_value':
      return `a number of at most ${limit}`;
    case 'gt_value':
      return `a number above ${limit}`;
    case 'picklist':
      return `one of ${limit.replace(/[()"]/g, '').replaceAll(' | ', ', ')}`;
    default:
      return expected ?? message;
  }
}

function siblings(path: string): string[] {
  const names = path.split('.').slice(0, -1);
  let schema: unknown = configSchema;
  for (const name of names) schema = (schema as { entries?: Record<string, unknown> }).entries?.[name];
  const entries = (schema as { entries?: Record<string, unknown> } | undefined)?.entries ?? {};
  return Object.keys(entries).map((name) => [...names, name].join('.'));
}
