import { fault } from '../fault.js';
import { Bytes, pushName, pushUnsigned } from './bytes.js';
import type { ValueType } from './expr.js';
import { FunctionWriter, typeCode, type Callable } from './func.js';

interface Signature {
  readonly parameters: readonly ValueType[];
  readonly results: readonly ValueType[];
}

/**
 * Collects functions and gives the bytes of a module with one memory, exported as `memory`. A memory that threads share
 * is imported, module `host`, name `memory`, since they have instances of their own.
 */
export class ModuleWriter {
  readonly #signatures: Signature[] = [];
  readonly #imports: { name: string; type: number }[] = [];
  readonly #functions: { type: number; writer: FunctionWriter; name: string }[] = [];
  readonly #exports: { name: string; index: number }[] = [];
  readonly #table: number[] = [];

  /** A function from the host, module name `host`. All imports come before the first function. */
  import(name: string, parameters: readonly ValueType[], results: readonly ValueType[] = []): Callable {
    if (this.#functions.length > 0) throw fault('imports before functions', `the import ${name} after them`);
    this.#imports.push({ name, type: this.#type({ parameters, results }) });
    return { index: this.#imports.length - 1 };
  }

  /**
   * Adds a function whose body `write` gives.
   *
   * @param name what profilers and stack traces call it
   */
  function(
    name: string,
    parameters: readonly ValueType[],
    results: readonly ValueType[],
    write: (f: FunctionWriter) => void,
  ): Callable {
    const writer = new FunctionWriter(parameters);
    write(writer);
    this.#functions.push({ type: this.#type({ parameters, results }), writer, name });
    return { index: this.#imports.length + this.#functions.length - 1 };
  }

  export(name: string, target: Callable): void {
    this.#exports.push({ name, index: target.index });
  }

  /** Puts a function that takes two i32 into the table. @returns its place */
  tabulate(target: Callable): number {
    return this.#table.push(target.index) - 1;
  }

  /** The number of the type of functions in the table, for {@link FunctionWriter.callTable}. */
  tableType(): number {
    return this.#type({ parameters: ['i32', 'i32'], results: [] });
  }

  /**
   * The finished module.
   *
   * @param pages size of the memory in units of 64 KiB
   * @param shared whether threads share the memory
   */
  bytes(pages: number, shared = false): Uint8Array<ArrayBuffer> {
    const out = new Bytes([0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
    section(out, 1, this.#signatures, (to, { parameters, results }) => {
      to.push(0x60);
      pushUnsigned(to, parameters.length);
      for (const type of parameters) to.push(typeCode(type));
      pushUnsigned(to, results.length);
      for (const type of results) to.push(typeCode(type));
    });
    /** Flags, then the least and the most. */
    const pushMemory = (to: Bytes): void => {
      to.push(shared ? 3 : 1);
      pushUnsigned(to, pages);
      pushUnsigned(to, pages);
    };
    const imports: { name: string; push: (to: Bytes) => void }[] = this.#imports.map(({ name, type }) => ({
      name,
      push: (to) => {
        to.push(0);
        pushUnsigned(to, type);
      },
    }));
    if (shared)
      imports.push({
        name: 'memory',
        push: (to) => {
          to.push(2);
          pushMemory(to);
        },
      });
    section(out, 2, imports, (to, { name, push }) => {
      pushName(to, 'host');
      pushName(to, name);
      push(to);
    });
    section(out, 3, this.#functions, (to, { type }) => pushUnsigned(to, type));
    const tables = this.#table.length > 0 ? [this.#table] : [];
    section(out, 4, tables, (to, { length }) => {
      to.pushAll([0x70, 1]);
      pushUnsigned(to, length);
      pushUnsigned(to, length);
    });
    section(out, 5, shared ? [] : [pushMemory], (to, push) => push(to));
    section(out, 7, [{ name: 'memory', index: -1 }, ...this.#exports], (to, { name, index }) => {
      pushName(to, name);
      to.push(index < 0 ? 2 : 0);
      pushUnsigned(to, Math.max(0, index));
    });
    section(out, 9, tables, (to, places) => {
      // Active, in table 0 from place 0 on.
      to.pushAll([0, 0x41, 0, 0x0b]);
      pushUnsigned(to, places.length);
      for (const index of places) pushUnsigned(to, index);
    });
    section(out, 10, this.#functions, (to, { writer }) => {
      const body = writer.body();
      pushUnsigned(to, body.length);
      to.pushAll(body);
    });
    this.#pushNames(out);
    return out.toArray();
  }

  /** The custom section that gives functions their names. */
  #pushNames(out: Bytes): void {
    const names = new Bytes();
    pushUnsigned(names, this.#functions.length);
    this.#functions.forEach(({ name }, i) => {
      pushUnsigned(names, this.#imports.length + i);
      pushName(names, name);
    });
    const body = new Bytes();
    pushName(body, 'name');
    body.push(1);
    pushUnsigned(body, names.length);
    body.pushAll(names);
    out.push(0);
    pushUnsigned(out, body.length);
    out.pushAll(body);
  }

  #type(signature: Signature): number {
    const same = this.#signatures.findIndex(
      (known) =>
        known.parameters.join() === signature.parameters.join() &&
        known.results.join() === signature.results.join(),
    );
    if (same >= 0) return same;
    this.#signatures.push(signature);
    return this.#signatures.length - 1;
  }
}

function section<T>(out: Bytes, id: number, items: readonly T[], write: (out: Bytes, item: T) => void): void {
  if (items.length === 0) return;
  const body = new Bytes();
  pushUnsigned(body, items.length);
  for (const item of items) write(body, item);
  out.push(id);
  pushUnsigned(out, body.length);
  out.pushAll(body);
}
