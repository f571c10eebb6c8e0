import { i32, i64, select } from '../wasm/expr.js';
import { shared, sharedLong } from '../wasm/atomics.js';
import type { Callable, FunctionWriter } from '../wasm/func.js';
import type { ModuleWriter } from '../wasm/module.js';
import { COUNT, DONE, GENERATION, MOST_PARTS, PLACE, RUN, SLEEPERS, TICKET, WAITING } from './words.js';

/**
 * Looks at a word before a thread sleeps, 0.2 milliseconds: waking takes a thread longer than most steps, and other
 * threads can have shorter parts.
 */
const LOOKS = 200_000;
/** Nanoseconds that a thread sleeps at most before it looks again. */
const NAP = 2_000_000;
/** Milliseconds without a part that ends, after which a thread has been lost: it was ended inside of one. */
const PATIENCE = 60_000;

/** Functions of a module by which threads work together. */
export interface ForkFunctions {
  /** `fork(place, count)`: computes all parts of the function at that place of the table, called with part and thread. */
  readonly fork: Callable;
  /** `serve(thread, generation)`: what the other threads run while the word of this name is that number. */
  readonly serve: Callable;
}

/**
 * Writes them. Parts are taken, not given: the thread that calls computes those that no other takes, so that nothing
 * waits for a thread that has not started yet, sleeps or had to give its core to another program. Each thread looks at the
 * same place of every step first: rows that it has just written are in the cache of its core. Who computes a part
 * does not change its numbers.
 *
 * @param threads how many there are; the one that calls is number 0
 * @param maySleep whether it may sleep: the main thread of a browser may not
 * @param onLost code for when a part does not come to its end
 * @param patience milliseconds until then
 */
export function writeFork(
  module: ModuleWriter,
  threads: number,
  maySleep: boolean,
  onLost: (f: FunctionWriter) => void,
  patience = PATIENCE,
): ForkFunctions {
  const type = module.tableType();

  // work(thread): takes parts and computes them until none is left.
  const work = module.function('work', ['i32'], [], (f) => {
    const thread = f.parameter(0, 'i32');
    const ticket = f.local('i64');
    const [left, own, part] = [f.local('i32'), f.local('i32'), f.local('i32')];
    f.repeat(() => {
      f.set(ticket, sharedLong.load(TICKET));
      f.set(left, i32.wrapI64(ticket));
      f.if(left, () => {
        f.set(own, i32.divU(i32.mul(thread, shared.load(COUNT)), i32.const(threads)));
        f.set(own, i32.and(left, i32.shl(i32.const(-1), own)));
        f.set(part, i32.ctz(left));
        f.if(own, () => f.set(part, i32.ctz(own)));
        const rest = i64.xor(ticket, i64.shl(i64.const(1), i64.extendI32U(part)));
        f.if(i64.eq(sharedLong.exchangeIf(TICKET, ticket, rest), ticket), () => {
          f.callTable(shared.load(PLACE), [part, thread], type);
          f.drop(shared.add(DONE, i32.const(1)));
          f.if(shared.load(WAITING), () => f.drop(shared.wake(DONE, i32.const(1))));
        });
      });
      return left;
    });
  });

  // Functions of their own: the first compiler of V8 (Node 20) loses variables of a function that waits.
  const nap = module.function('nap', ['i32'], [], (f) =>
    f.drop(shared.wait(DONE, f.parameter(0, 'i32'), i64.const(NAP))),
  );
  const sleep = module.function('sleep', ['i64'], [], (f) =>
    f.drop(sharedLong.wait(TICKET, f.parameter(0, 'i64'), i64.const(-1))),
  );

  const fork = module.function('fork', ['i32', 'i32'], [], (f) => {
    const [place, count] = [f.parameter(0, 'i32'), f.parameter(1, 'i32')];
    f.run(shared.store(PLACE, place));
    f.run(shared.store(COUNT, count));
    f.run(shared.store(DONE, i32.const(0)));
    const run = i64.shl(i64.extendI32U(i32.add(shared.load(RUN), i32.const(1))), i64.const(32));
    const all = i64.shrU(i64.const(0xffffffff), i64.extendI32U(i32.sub(i32.const(MOST_PARTS), count)));
    f.run(sharedLong.store(TICKET, i64.or(run, all)));
    f.if(shared.load(SLEEPERS), () => f.drop(shared.wake(TICKET, i32.const(MANY))));
    f.call(work, i32.const(0));
    const [looks, done, before, rounds] = [f.local('i32'), f.local('i32'), f.local('i32'), f.local('i32')];
    // Sleeping takes a nap each, looking a tenth of it.
    const mostRounds = Math.ceil((patience * 1e6) / (maySleep ? NAP : NAP / 10));
    f.repeat(() => {
      f.set(done, shared.load(DONE));
      f.if(i32.ltS(i32.const(LOOKS), looks), () => {
        if (maySleep) {
          f.run(shared.store(WAITING, i32.const(1)));
          f.if(i32.ne(done, count), () => f.call(nap, done));
          f.run(shared.store(WAITING, i32.const(0)));
        } else f.set(looks, i32.const(0));
        f.set(rounds, select(i32.eq(done, before), i32.add(rounds, i32.const(1)), i32.const(0)));
        f.set(before, done);
        f.if(i32.ltS(i32.const(mostRounds), rounds), () => onLost(f));
      });
      f.set(looks, i32.add(looks, i32.const(1)));
      return i32.ne(done, count);
    });
  });

  const serve = module.function('serve', ['i32', 'i32'], [], (f) => {
    const [thread, generation] = [f.parameter(0, 'i32'), f.parameter(1, 'i32')];
    const isWanted = i32.eq(shared.load(GENERATION), generation);
    const [ticket, looks] = [f.local('i64'), f.local('i32')];
    const isDone = i32.eqz(i32.wrapI64(ticket));
    f.repeat(() => {
      f.call(work, thread);
      f.set(looks, i32.const(0));
      f.repeat(() => {
        f.set(ticket, sharedLong.load(TICKET));
        f.set(looks, i32.add(looks, i32.const(1)));
        return i32.and(isDone, i32.ltS(looks, i32.const(LOOKS)));
      });
      f.if(isDone, () => {
        // Who hands out work or ends helpers after this wakes; before it, the ticket has changed, and the wait ends at once.
        f.drop(shared.add(SLEEPERS, i32.const(1)));
        f.if(isWanted, () => f.call(sleep, ticket));
        f.drop(shared.add(SLEEPERS, i32.const(-1)));
      });
      return isWanted;
    });
  });
  return { fork, serve };
}

const MANY = 0x7fffffff;
