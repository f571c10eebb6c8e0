import { beforeAll, describe } from 'vitest';

/** The backends on which functions are compiled. They are present wherever the tests run. */
export const HOST_TEST_BACKENDS = ['cpu', 'wasm'] as const;

/** A backend that tests can run on. */
export type TestBackend = (typeof HOST_TEST_BACKENDS)[number] | 'tensorflow';

/**
 * The backends that tests run on: those that are present everywhere, or the ones named in `EBIM_TEST_BACKENDS`
 * (`EBIM_TEST_BACKENDS=tensorflow`, where `@tensorflow/tfjs-node` is installed; several with commas between).
 */
export const TEST_BACKENDS: readonly TestBackend[] =
  (process.env['EBIM_TEST_BACKENDS']?.split(',') as TestBackend[] | undefined) ?? HOST_TEST_BACKENDS;

/**
 * One `describe` a backend: activates it before the tests of the block, then declares them.
 *
 * @param names backend names, e.g. `TEST_BACKENDS`
 * @param activate makes a backend the active one, e.g. `useBackend` of `@ebim/runtime`
 * @param body declares the tests; is given the backend's name
 *
 * @example
 * ```ts no-run
 * useTestBackends(TEST_BACKENDS, useBackend, () => {
 *   installLeakGuard();
 *   it('adds', () => expectNoLeak(() => tf.add(1, 2)));
 * });
 * ```
 */
export function useTestBackends<N extends string>(
  names: readonly N[],
  activate: (name: N) => unknown,
  body: (name: N) => void,
): void {
  describe.each(names)('%s', (name) => {
    beforeAll(async () => {
      await activate(name);
    });
    body(name);
  });
}
