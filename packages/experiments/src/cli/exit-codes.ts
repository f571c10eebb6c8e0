/** What the exit status of `ebim` says. */
export const EXIT = {
  ok: 0,
  /** A fault of the program. */
  bug: 1,
  /** Something that the user can put right: input, options, disk, backend. */
  refused: 2,
  /** Training diverged. */
  diverged: 3,
  /** Stopped by Ctrl-C or SIGTERM. */
  interrupted: 130,
} as const;
