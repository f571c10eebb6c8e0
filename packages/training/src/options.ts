import { ConfigError } from '@ebim/runtime';

/** A rule for one number: what is right, in words, and the test of it. */
export interface NumberRule {
  readonly expected: string;
  readonly holds: (value: number) => boolean;
}

/** Finite and > 0. */
export const positive: NumberRule = {
  expected: 'a finite number > 0',
  holds: (x) => Number.isFinite(x) && x > 0,
};
/** Finite and >= 0. */
export const nonNegative: NumberRule = {
  expected: 'a finite number >= 0',
  holds: (x) => Number.isFinite(x) && x >= 0,
};
/** A decay rate of a moving average. */
export const fraction: NumberRule = { expected: 'a number in [0, 1)', holds: (x) => x >= 0 && x < 1 };
/** 1, 2, … */
export const countFromOne: NumberRule = {
  expected: 'a whole number >= 1',
  holds: (x) => Number.isSafeInteger(x) && x >= 1,
};
/** 0, 1, … */
export const countFromZero: NumberRule = {
  expected: 'a whole number >= 0',
  holds: (x) => Number.isSafeInteger(x) && x >= 0,
};

/**
 * Refuses an option that is never right.
 *
 * @throws ConfigError `bad-option`
 */
export function checkOption(where: string, name: string, value: number, rule: NumberRule): void {
  if (typeof value === 'number' && rule.holds(value)) return;
  throw new ConfigError({
    code: 'bad-option',
    where: `${where}({ ${name} })`,
    expected: rule.expected,
    received: String(value),
    details: { option: name, value },
  });
}
