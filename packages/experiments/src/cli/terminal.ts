import type { Writable } from 'node:stream';

/** Where a command speaks. Numbers go to stdout, everything about how it goes to stderr. */
export interface Terminal {
  readonly json: boolean;
  readonly quiet: boolean;
  /** Whether `status` is shown. */
  readonly interactive: boolean;
  /** A line of the result: on stdout, or on stderr when stdout is for machines. */
  print(text: string): void;
  /** A line about what is going on, on stderr; nothing with `--quiet`. */
  say(text: string): void;
  /** A line on stderr, also with `--quiet`. */
  complain(text: string): void;
  /** Replaces the updating line on stderr; `''` takes it away. Nothing unless interactive. */
  status(text: string): void;
  /** One JSON object on a line of stdout; nothing without `--json`. */
  emit(value: object): void;
}

/** The streams of a process. */
export interface Streams {
  readonly stdout: Writable;
  readonly stderr: Writable & { readonly isTTY?: boolean; readonly columns?: number };
}

/** Options of {@link terminal}. */
export interface TerminalOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** A terminal over the streams of a process. */
export function terminal({ stdout, stderr }: Streams, options: TerminalOptions = {}): Terminal {
  const { json = false, quiet = false } = options;
  const interactive = stderr.isTTY === true && !quiet;
  let shown = false;
  const clear = () => {
    if (shown) stderr.write('\r\x1b[2K');
    shown = false;
  };
  const complain = (text: string) => {
    clear();
    stderr.write(`${text}\n`);
  };
  return {
    json,
    quiet,
    interactive,
    print: (text) => {
      clear();
      (json ? stderr : stdout).write(`${text}\n`);
    },
    say: (text) => {
      if (!quiet) complain(text);
    },
    complain,
    status: (text) => {
      if (!interactive) return;
      clear();
      if (text === '') return;
      stderr.write(text.slice(0, (stderr.columns ?? 80) - 1));
      shown = true;
    },
    emit: (value) => {
      if (json) stdout.write(`${JSON.stringify(value)}\n`);
    },
  };
}
