import { ConfigError } from '@ebim/runtime';
import type { Command, CommanderError } from 'commander';
import { nearest } from '../config/nearest.js';

interface Reading {
  readonly pattern: RegExp;
  readonly code: string;
  /** From the groups of the pattern. */
  readonly read: (
    groups: readonly string[],
    command: Command,
  ) => {
    readonly expected: string;
    readonly received: string;
    readonly hint?: string;
  };
}

const quote = (text: string): string => `"${text}"`;

const didYouMean = (word: string, valid: readonly string[], otherwise: string): string => {
  const guess = nearest(word, valid);
  return guess === null ? otherwise : `Did you mean "${guess}"?`;
};

const helpOf = (command: Command): string => `See \`${pathOf(command)} --help\`.`;

const READINGS: readonly Reading[] = [
  {
    pattern: /unknown option '([^']*)'/,
    code: 'unknown-option',
    read: ([option], command) => ({
      expected: 'a known option',
      received: quote(option),
      hint: didYouMean(
        option.split('=')[0],
        command.options.flatMap(({ long, short }) => [long, short].filter((flag) => flag != null)),
        helpOf(command),
      ),
    }),
  },
  {
    pattern: /unknown command '([^']*)'/,
    code: 'unknown-command',
    read: ([name], command) => ({
      expected: `one of ${command.commands.map((sub) => sub.name()).join(', ')}`,
      received: quote(name),
      hint: didYouMean(
        name,
        command.commands.map((sub) => sub.name()),
        helpOf(command),
      ),
    }),
  },
  {
    pattern: /missing required argument '([^']*)'/,
    code: 'missing-argument',
    read: ([name], command) => ({ expected: `<${name}>`, received: 'nothing', hint: helpOf(command) }),
  },
  {
    pattern: /required option '([^']*)' not specified/,
    code: 'missing-option',
    read: ([option], command) => ({
      expected: `the option ${option}`,
      received: 'none',
      hint: helpOf(command),
    }),
  },
  {
    pattern: /option '([^']*)' argument missing/,
    code: 'missing-value',
    read: ([option]) => ({ expected: `a value for ${option}`, received: 'none' }),
  },
  {
    pattern: /option '([^']*)' argument '([^']*)' is invalid\. Allowed choices are (.*?)\.?$/s,
    code: 'bad-option',
    read: ([option, value, choices]) => ({
      expected: `${option.split(' ')[0]} to be one of ${choices}`,
      received: quote(value),
      hint: didYouMean(value, choices.split(', '), ''),
    }),
  },
  {
    pattern: /option '([^']*)' argument '([^']*)' is invalid\. (.*?)\.?$/s,
    code: 'bad-option',
    read: ([option, value, expected]) => ({
      expected: `${option.split(' ')[0]} to be ${expected}`,
      received: quote(value),
    }),
  },
  {
    pattern: /too many arguments.*Expected (\d+) arguments? but got (\d+)/s,
    code: 'too-many-arguments',
    read: ([expected, received], command) => ({
      expected: `${expected} argument${expected === '1' ? '' : 's'}`,
      received,
      hint: helpOf(command),
    }),
  },
];

/** A complaint of the command-line parser as one of our errors. `command` is the one that complained. */
export function usageError(error: CommanderError, command: Command): ConfigError {
  for (const { pattern, code, read } of READINGS) {
    const match = pattern.exec(error.message);
    if (match === null) continue;
    const { hint, ...parts } = read(match.slice(1), command);
    return new ConfigError({
      code,
      where: pathOf(command),
      ...parts,
      ...(hint === undefined || hint === '' ? {} : { hint }),
    });
  }
  return new ConfigError({
    code: 'bad-usage',
    where: pathOf(command),
    expected: 'a valid command line',
    received: error.message.replace(/^error: /, ''),
    hint: helpOf(command),
  });
}

/** `ebim run` */
function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}
