import { ConfigError } from '@ebim/runtime';

/**
 * Checks an option that is a finite number above zero.
 *
 * @throws ConfigError `bad-option`
 */
export function checkPositive(value: number, where: string): void {
  if (!(Number.isFinite(value) && value > 0)) throw badOption(where, 'a positive number', value);
}

/**
 * Checks an option that is a finite number of at least zero.
 *
 * @throws ConfigError `bad-option`
 */
export function checkNonNegative(value: number, where: string): void {
  if (!(Number.isFinite(value) && value >= 0)) throw badOption(where, 'a number of at least 0', value);
}

/**
 * Checks an option that is a whole number of at least `least`.
 *
 * @throws ConfigError `bad-option`
 */
export function checkCount(value: number, least: number, where: string): void {
  if (!(Number.isSafeInteger(value) && value >= least))
    throw badOption(where, `a whole number of at least ${least}`, value);
}

/**
 * Checks an option that is a number from 0 to 1.
 *
 * @throws ConfigError `bad-option`
 */
export function checkFraction(value: number, where: string): void {
  if (!(value >= 0 && value <= 1)) throw badOption(where, 'a number from 0 to 1', value);
}

const badOption = (where: string, expected: string, value: number): ConfigError =>
  new ConfigError({ code: 'bad-option', where, expected, received: String(value) });
