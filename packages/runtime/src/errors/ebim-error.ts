/** What every error of the library carries, so that a program can react and a person can act. */
export interface EbimErrorOptions {
  /** Stable, kebab-case, e.g. `shape-mismatch`: programs compare this, never the message. */
  readonly code: string;
  /** The function or option that was called, e.g. `langevin({ stepSize })`. */
  readonly where?: string;
  /** What would have been right, as a phrase: `a positive number`. */
  readonly expected: string;
  /** What came instead, as a phrase: `-1`. */
  readonly received: string;
  /** What to do about it, as a sentence. */
  readonly hint?: string;
  /** The offending values for programs. Plain JSON-like data. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

const marker = Symbol.for('ebim.error');

/**
 * Root of every error that the library throws on purpose. The message reads
 * *where: expected …, got …. hint*.
 */
export class EbimError extends Error {
  readonly code: string;
  readonly where: string | undefined;
  readonly expected: string;
  readonly received: string;
  readonly hint: string | undefined;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(options: EbimErrorOptions) {
    const { where, expected, received, hint } = options;
    const head = where === undefined ? 'Expected' : `${where}: expected`;
    const message = `${head} ${expected}, got ${received}.${hint === undefined ? '' : ` ${hint}`}`;
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = options.code;
    this.where = where;
    this.expected = expected;
    this.received = received;
    this.hint = hint;
    this.details = options.details ?? {};
    Object.defineProperty(this, marker, { value: true });
  }

  /** True for errors of this library, also when two copies of it are installed (where `instanceof` fails). */
  static isInstance(value: unknown): value is EbimError {
    return typeof value === 'object' && value !== null && marker in value;
  }
}

/** A tensor has another rank, size or dtype than the function needs. */
export class ShapeError extends EbimError {}

/** An option has a value that is never right. */
export class ConfigError extends EbimError {}

/** Data given by the user, or downloaded, cannot be used. */
export class DataError extends EbimError {}

/** A solver, a chain or a training run failed as a whole. */
export class ConvergenceError extends EbimError {}

/** A TensorFlow.js backend is missing or broken. */
export class BackendError extends EbimError {}

/** A checkpoint is truncated, altered, of another version or of another model. */
export class CheckpointError extends EbimError {}

/** A file or folder cannot be read or written: disk full, no permission, a folder in its place. */
export class FileError extends EbimError {}

/** A function cannot be compiled, as it does what only eager code can: read tensor data, wait, change a variable. */
export class CompileError extends EbimError {}
