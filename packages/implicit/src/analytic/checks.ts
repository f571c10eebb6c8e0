import { ConfigError } from '@ebim/runtime';

/**
 * Checks a length.
 *
 * @throws {@link ConfigError} `bad-size` unless `value` is positive and finite
 */
export function checkPositive(where: string, value: number): void {
  if (!(value > 0 && Number.isFinite(value)))
    throw new ConfigError({
      code: 'bad-size',
      where,
      expected: 'a positive number',
      received: String(value),
    });
}
