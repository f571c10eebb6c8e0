import { DataError } from '@ebim/runtime';
import type { Points } from '../points/points.js';
import { decodeArray } from '../readers/number-arrays.js';

/**
 * The 2-D number arrays of a pickled Python dictionary `{name: numpy array}` (pickle protocols 2 to 5, NumPy 1 and
 * 2). Nothing named in the pickle is executed: any other class than NumPy's array is refused.
 *
 * @throws {@link DataError} `bad-pickle`, `unsupported-dtype`, `not-2d`, `truncated`
 */
export async function parseNumpyPickle(bytes: Uint8Array, where = 'pickle'): Promise<Map<string, Points>> {
  const { BufferReader, Parser } = await import('pickleparser');
  /** Python 2 pickles hold bytes as strings; every byte must survive as one character. */
  class Latin1Reader extends BufferReader {
    override string(size: number, encoding: 'ascii' | 'utf-8'): string {
      return encoding === 'ascii' ? latin1(this.bytes(size)) : super.string(size, encoding);
    }

    /** The library's own warns on the console about lengths that no file has. */
    override uint64(): number {
      const low = this.uint32();
      return low + 2 ** 32 * this.uint32();
    }
  }
  const parser = new Parser({ nameResolver: { resolve }, unpicklingTypeOfDictionary: 'Map' });
  let root: unknown;
  try {
    root = parser.read(new Latin1Reader(bytes));
  } catch (cause) {
    throw malformed(where, `an error (${cause instanceof Error ? cause.message : String(cause)})`, cause);
  }
  if (!(root instanceof Map)) throw malformed(where, 'another object');
  const arrays = new Map<string, Points>();
  for (const [name, value] of root)
    arrays.set(String(name), pointsOfArray(value, `${where}[${String(name)}]`));
  return arrays;
}

interface PickledType {
  readonly kind: 'dtype';
  readonly code: string;
  order: string;
  __setstate__(state: unknown): void;
}

interface PickledArray {
  readonly kind: 'array';
  shape: unknown;
  type: unknown;
  fortranOrder: unknown;
  raw: unknown;
  __setstate__(state: unknown): void;
}

const emptyArray = (): PickledArray => ({
  kind: 'array',
  shape: undefined,
  type: undefined,
  fortranOrder: undefined,
  raw: undefined,
  __setstate__(state: unknown) {
    if (Array.isArray(state)) [, this.shape, this.type, this.fortranOrder, this.raw] = state as unknown[];
  },
});

const pickledType = (code: unknown): PickledType => ({
  kind: 'dtype',
  code: String(code),
  order: '=',
  __setstate__(state: unknown) {
    if (Array.isArray(state)) this.order = String(state[1]);
  },
});

/** Stands in for the few Python callables in a pickled NumPy array. */
function resolve(module: string, name: string): (...args: unknown[]) => unknown {
  switch (`${module.replace('numpy._core', 'numpy.core')}.${name}`) {
    case 'numpy.core.multiarray._reconstruct':
      return emptyArray;
    case 'numpy.core.numeric._frombuffer':
      return (raw, type, shape, order) => ({
        ...emptyArray(),
        raw,
        type,
        shape,
        fortranOrder: order === 'F',
      });
    case 'numpy.dtype':
      return pickledType;
    case '_codecs.encode':
      return (text) => Uint8Array.from(String(text), (character) => character.charCodeAt(0));
    case 'numpy.ndarray':
      return emptyArray;
    default:
      throw new Error(`the pickle names ${module}.${name}, which is not a NumPy array`);
  }
}

function pointsOfArray(value: unknown, where: string): Points {
  const { shape, type, fortranOrder, raw } = isKind<PickledArray>(value, 'array') ? value : emptyArray();
  const bytes = typeof raw === 'string' ? Uint8Array.from(raw, (c) => c.charCodeAt(0)) : raw;
  if (!(bytes instanceof Uint8Array) || !isKind<PickledType>(type, 'dtype') || !isShape(shape))
    throw malformed(where, 'another value');
  const dtype = `${type.order}${type.code}`;
  return decodeArray(bytes, { dtype, shape, fortranOrder: fortranOrder === true }, where);
}

const isKind = <T extends { kind: string }>(value: unknown, kind: T['kind']): value is T =>
  typeof value === 'object' && value !== null && 'kind' in value && value.kind === kind;

const isShape = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);

const latin1 = (bytes: ArrayLike<number>): string =>
  Array.from(bytes, (byte) => String.fromCharCode(byte & 0xff)).join('');

const malformed = (where: string, received: string, cause?: unknown): DataError =>
  new DataError({
    code: 'bad-pickle',
    where,
    expected: 'a pickled dictionary of NumPy arrays',
    received,
    ...(cause === undefined ? {} : { cause }),
  });
