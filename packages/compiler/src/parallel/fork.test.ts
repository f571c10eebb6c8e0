import { afterEach, expect, it, vi } from 'vitest';
import { shared } from '../wasm/atomics.js';
import { i32 } from '../wasm/expr.js';
import type { FunctionWriter, Local } from '../wasm/func.js';
import { ModuleWriter } from '../wasm/module.js';
import { writeFork } from './fork.js';
import { helpersFor, sharedMemory, type Helpers } from './workers.js';
import { SLEEPERS, WORDS_END } from './words.js';

/** Words of the tests: parts that have started, parts that saw all others start, and one for each part. */
const STARTED = WORDS_END;
const MET = WORDS_END + 64;
const RUNS = WORDS_END + 128;

interface Machine {
  readonly words: Int32Array;
  readonly helpers: Helpers;
  /** Runs all parts `times` times, and helpers from some time on. */
  readonly run: () => void;
  readonly serve: (thread: number, generation: number) => void;
}

const machines: Machine[] = [];
afterEach(() => machines.splice(0).forEach(({ helpers }) => helpers.stop()));

/** A module that runs `count` parts of a function, `times` times a call. */
function machine(
  threads: number,
  count: number,
  times: number,
  part: (f: FunctionWriter, index: Local<'i32'>, thread: Local<'i32'>) => void,
  milliseconds = 0,
): Machine {
  const module = new ModuleWriter();
  const fail = module.import('fail', []);
  const { fork, serve } = writeFork(module, threads, true, (f) => f.call(fail), 500);
  const place = module.tabulate(
    module.function('part', ['i32', 'i32'], [], (f) => part(f, f.parameter(0, 'i32'), f.parameter(1, 'i32'))),
  );
  module.export(
    'run',
    module.function('run', [], [], (f) =>
      f.loop(0, times, 1, () => f.call(fork, i32.const(place), i32.const(count))),
    ),
  );
  module.export('serve', serve);
  const compiled = new WebAssembly.Module(module.bytes(1, true));
  const memory = sharedMemory(1);
  const fails = (): never => {
    throw new Error('lost');
  };
  const { exports } = new WebAssembly.Instance(compiled, { host: { memory, fail: fails } });
  const helpers = helpersFor(compiled, memory, threads - 1, milliseconds);
  const made = {
    words: new Int32Array(memory.buffer),
    helpers,
    run: () => helpers.during(exports.run as () => void),
    serve: exports.serve as (thread: number, generation: number) => void,
  };
  machines.push(made);
  return made;
}

/** Adds 1 to the word of the part, with plain instructions: two threads in one part would lose some. */
const countRun = (f: FunctionWriter, index: Local<'i32'>): void => {
  const at = f.keep('i32', i32.shl(index, i32.const(2)));
  f.store('i32', at, RUNS, i32.add(i32.load(at, RUNS), i32.const(1)));
};

const runsOf = ({ words }: Machine, count: number): number[] => [
  ...words.subarray(RUNS / 4, RUNS / 4 + count),
];

const sleepersOf = ({ words }: Machine): number => Atomics.load(words, SLEEPERS / 4);

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });

/** Repeats until it is true, some seconds at most. */
async function until(condition: () => boolean, between: () => void = () => undefined): Promise<boolean> {
  for (let i = 0; i < 2000 && !condition(); i++) {
    between();
    await pause(1);
  }
  return condition();
}

it('computes every part once, alone where nobody helps', () => {
  for (const count of [1, 2, 3, 7, 16, 31, 32]) {
    const alone = machine(4, count, 1000, countRun);
    alone.run();
    expect(runsOf(alone, count)).toEqual(new Array(count).fill(1000));
  }
});

it('computes every part once with helpers', async () => {
  const count = 5;
  const made = machine(3, count, 20_000, countRun);
  let calls = 0;
  const call = (): void => {
    made.run();
    calls++;
  };
  await until(() => calls >= 60, call);
  expect(runsOf(made, count)).toEqual(new Array(count).fill(20_000 * calls));
});

it('runs parts at the same time once helpers have started', async () => {
  const threads = 3;
  const made = machine(threads, threads, 1, (f) => {
    f.drop(shared.add(STARTED, i32.const(1)));
    const looks = f.local('i32');
    const started = f.local('i32');
    // Long enough to start on another core, and not for ever.
    f.repeat(() => {
      f.set(started, shared.load(STARTED));
      f.set(looks, i32.add(looks, i32.const(1)));
      return i32.and(i32.ltS(started, i32.const(threads)), i32.ltS(looks, i32.const(20_000_000)));
    });
    f.if(i32.geU(started, i32.const(threads)), () => f.drop(shared.add(MET, i32.const(1))));
  });
  const met = (): boolean => Atomics.load(made.words, MET / 4) === threads;
  const again = (): void => {
    Atomics.store(made.words, STARTED / 4, 0);
    Atomics.store(made.words, MET / 4, 0);
    made.run();
  };
  expect(await until(met, again)).toBe(true);
});

it('does not wait for ever for a part that does not come to its end', async () => {
  const made = machine(2, 2, 1, (f, _, thread) => {
    const looks = f.local('i32');
    const mayEnd = f.local('i32');
    f.if(
      thread,
      () => {
        f.run(shared.store(STARTED, i32.const(1)));
        f.repeat(() => i32.eqz(shared.load(MET)));
      },
      () =>
        f.repeat(() => {
          f.set(mayEnd, shared.load(STARTED));
          f.set(looks, i32.add(looks, i32.const(1)));
          return i32.and(i32.eqz(mayEnd), i32.ltS(looks, i32.const(1_000_000)));
        }),
    );
  });
  let error: unknown;
  const fails = (): void => {
    try {
      made.run();
    } catch (thrown) {
      error = thrown;
    }
  };
  await until(() => error !== undefined, fails);
  Atomics.store(made.words, MET / 4, 1);
  expect(error).toEqual(new Error('lost'));
  expect(made.helpers.interrupted).toBe(true);
});

it('lets helpers sleep when there is nothing to do, wakes them, and ends them', async () => {
  const times = 50_000;
  const made = machine(2, 2, times, countRun);
  const asleep = (): boolean => sleepersOf(made) === 1;
  const isAsleep = await until(asleep, () => {
    if (!asleep()) made.run();
  });
  expect(isAsleep).toBe(true);
  const before = runsOf(made, 2);
  made.run();
  expect(runsOf(made, 2)).toEqual(before.map((runs) => runs + times));
  made.helpers.stop();
  expect(await until(() => !asleep())).toBe(true);
  // One that comes late has nothing to do either.
  made.serve(1, 0);
  // The program itself would still run.
  made.run();
  expect(runsOf(made, 2)).toEqual(before.map((runs) => runs + 2 * times));
});

it('gives a program of long runs helpers at once', async () => {
  const made = machine(3, 3, 10, countRun, 1000);
  made.run();
  expect(await until(() => sleepersOf(made) === 2)).toBe(true);
});

it('ends helpers of the program that ran longest ago where too many have some', async () => {
  const made = Array.from({ length: 9 }, () => machine(2, 2, 10, countRun, 1000));
  const haveHelpers = (those: readonly Machine[]): boolean => those.every((one) => sleepersOf(one) === 1);
  for (const one of made.slice(0, 8)) one.run();
  expect(await until(() => haveHelpers(made.slice(0, 8)))).toBe(true);
  made[0].run();
  made[8].run();
  expect(await until(() => haveHelpers([made[0], ...made.slice(2)]) && sleepersOf(made[1]) === 0)).toBe(true);
  // It gets new ones when it runs again.
  made[1].run();
  expect(await until(() => haveHelpers(made.slice(0, 2)))).toBe(true);
});

it('runs alone where workers are forbidden', () => {
  const forbidden = (): never => {
    throw new Error('Access to this API has been restricted');
  };
  const builtin = vi.spyOn(process, 'getBuiltinModule').mockReturnValue({ Worker: forbidden });
  const made = machine(2, 2, 10, countRun, 1000);
  made.run();
  made.run();
  expect(runsOf(made, 2)).toEqual([20, 20]);
  expect(builtin).toHaveBeenCalled();
  builtin.mockRestore();
});

it('knows of runs that were cut short', () => {
  const { helpers } = machine(2, 2, 10, countRun);
  expect(helpers.interrupted).toBe(false);
  helpers.during(() => expect(helpers.interrupted).toBe(true));
  expect(helpers.interrupted).toBe(false);
  expect(() =>
    helpers.during(() => {
      throw new Error('stop');
    }),
  ).toThrow('stop');
  expect(helpers.interrupted).toBe(true);
});
