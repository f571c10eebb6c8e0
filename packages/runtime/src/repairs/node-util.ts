interface LegacyUtil {
  isNullOrUndefined?: (value: unknown) => boolean;
  isArray?: (value: unknown) => boolean;
}

/**
 * Puts back two functions of Node's `util` that tfjs-node 4.22 calls in nearly every operation and that
 * Node 23 removed. Without them every operation of the `tensorflow` backends throws there. Must run
 * before tfjs-node is imported. Does nothing where they exist.
 *
 * @param util - the CommonJS object of `node:util` (the namespace of an import is frozen)
 */
export function repairNodeUtil(util: LegacyUtil): void {
  util.isNullOrUndefined ??= (value) => value === null || value === undefined;
  util.isArray ??= Array.isArray;
}
