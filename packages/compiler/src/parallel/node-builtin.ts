/**
 * A module of Node, at once; `undefined` elsewhere, and in versions of Node that cannot say (before 20.16 and 22.3). Bundlers for
 * the browser see no import.
 */
export const nodeBuiltin = <M>(specifier: `node:${string}`): M | undefined =>
  (globalThis as { process?: { getBuiltinModule?: (id: string) => unknown } }).process?.getBuiltinModule?.(
    specifier,
  ) as M | undefined;
