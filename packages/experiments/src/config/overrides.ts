import { ConfigError } from '@ebim/runtime';
import type { EbimConfig } from './schema.js';
import { optionPaths, unknownOption, validateConfig } from './validate.js';

/**
 * Applies `path=value` settings of the command line: `manifold.epochs=20`, `bounds.lower=[-2,-2]`. Values are read
 * as JSON, else taken as text.
 *
 * @throws ConfigError `bad-setting`, `unknown-option`, `bad-option`
 */
export function applyOverrides(config: EbimConfig, settings: readonly string[]): EbimConfig {
  const copy = structuredClone(config);
  for (const setting of settings) {
    const at = setting.indexOf('=');
    if (at <= 0)
      throw new ConfigError({
        code: 'bad-setting',
        where: '--set',
        expected: 'path=value, e.g. manifold.epochs=20',
        received: `"${setting}"`,
      });
    setOption(copy, setting.slice(0, at).trim(), parseValue(setting.slice(at + 1).trim()));
  }
  return validateConfig(copy, '--set');
}

function setOption(config: EbimConfig, path: string, value: unknown): void {
  const valid = optionPaths(config);
  if (!valid.includes(path)) {
    const inside = valid.filter((name) => name.startsWith(`${path}.`));
    if (inside.length === 0) throw unknownOption(path, valid, '--set');
    throw new ConfigError({
      code: 'bad-setting',
      where: '--set',
      expected: 'a single option',
      received: `the group "${path}"`,
      hint: `Set ${inside.join(', ')} one by one.`,
      details: { path, inside },
    });
  }
  const names = path.split('.');
  const last = names.pop() as string;
  const parent = names.reduce<Record<string, unknown>>(
    (node, name) => node[name] as Record<string, unknown>,
    config as unknown as Record<string, unknown>,
  );
  parent[last] = value;
}

function parseValue(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
