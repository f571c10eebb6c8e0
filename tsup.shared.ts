import type { Options } from 'tsup';

/** How every package is built for publishing: one ESM file per entry, its declarations, source maps. */
export function library(options: Options = {}): Options {
  return {
    entry: ['src/index.ts'],
    format: ['esm'],
    target: 'es2022',
    platform: 'neutral',
    dts: true,
    sourcemap: true,
    clean: true,
    silent: true,
    // `node:` modules are imported lazily, inside the functions that need a file system.
    external: [/^node:/],
    // Bundlers for the browser know by the prefix what cannot be there.
    removeNodeProtocol: false,
    ...options,
  };
}
