import type { ValueId } from '../graph/graph.js';
import { forEachStep, type Step } from '../lower/block.js';
import { rowForm, type RowForm } from './row-form.js';

/** A step that is computed row by row. */
export interface RowStep {
  readonly step: Step;
  readonly form: RowForm;
}

/** Steps in an order in which they can run: those that are computed row by row, then what needs all rows of those. */
export interface Level {
  /** Any number of their rows can be computed from the first to the last of them, before other rows are begun. */
  readonly chain: readonly RowStep[];
  readonly others: readonly Step[];
}

/** Who wrote a value last. */
interface Producer {
  readonly level: number;
  /** Of a result of a chain: elements from one row to the next. */
  readonly rowSize: number | null;
}

/**
 * Sorts steps, each into the first level that it can be in. The first level has an empty chain.
 *
 * @param rows how many rows chains have
 */
export function levels(steps: readonly Step[], rows: number): Level[] {
  const producers = new Map<ValueId, Producer>();
  /** The last level at which a value is read: what writes over it, a carry that is moved where it lies, comes later. */
  const readers = new Map<ValueId, number>();
  const found: { chain: RowStep[]; others: Step[] }[] = [{ chain: [], others: [] }];
  const levelAt = (index: number): (typeof found)[number] => {
    while (found.length <= index) found.push({ chain: [], others: [] });
    return found[index];
  };
  for (const step of steps) {
    const reads = readsOf(step);
    const overwrites = step.outputs
      .filter(({ value }) => reads.includes(value) || readers.has(value))
      .map(({ value }) => readers.get(value) ?? 0);
    const form = overwrites.length > 0 ? null : rowForm(step, rows);
    const afterAll = Math.max(0, ...overwrites, ...reads.map((value) => producers.get(value)?.level ?? 0));
    const level = form === null ? afterAll : levelOfRows(step, form, producers);
    for (const value of reads) readers.set(value, Math.max(level, readers.get(value) ?? 0));
    if (form === null) levelAt(level).others.push(step);
    else levelAt(level).chain.push({ step, form });
    step.outputs.forEach(({ value }, i) =>
      producers.set(value, { level, rowSize: form?.outputs[i] ?? null }),
    );
  }
  return found;
}

/** Everything that a step reads, in its loops too. */
export function readsOf(step: Step): ValueId[] {
  const found = new Set<ValueId>();
  forEachStep({ steps: [step], outputs: [] }, ({ inputs, loop }) => {
    for (const { value } of inputs) found.add(value);
    for (const block of [loop?.body, loop?.condition])
      for (const { value } of block?.outputs ?? []) found.add(value);
  });
  return [...found];
}

/** The chain that has, or comes after, what the rows of a step need. */
const levelOfRows = ({ inputs }: Step, form: RowForm, producers: ReadonlyMap<ValueId, Producer>): number =>
  Math.max(
    1,
    ...inputs.map(({ value }, i) => {
      const producer = producers.get(value);
      if (producer === undefined) return 1;
      const { stride, inside } = form.inputs[i];
      const sameRows = producer.rowSize === stride && inside;
      return sameRows ? producer.level : producer.level + 1;
    }),
  );
