/*
 * Words at the start of the memory by which threads come to an agreement, in bytes. Those that different threads write
 * often are in different lines of the cache.
 */

/**
 * What there is to do, 64 bits: in the lower half a bit for each part that nobody has taken yet, in the upper half a
 * number that each step changes.
 */
export const TICKET = 64;
/** The upper half. */
export const RUN = 68;
/** Place in the table of the function that computes the parts. */
export const PLACE = 72;
/** Number of parts. */
export const COUNT = 76;
/** Parts that are done. */
export const DONE = 128;
/** Whether the thread that handed out the parts sleeps until the others are done. */
export const WAITING = 192;
/** Threads that sleep until there is something to do. */
export const SLEEPERS = 196;
/** Helpers end when it is not the number that they were started with. */
export const GENERATION = 200;
/** Where values may begin. */
export const WORDS_END = 256;

/** The most parts of a step. */
export const MOST_PARTS = 32;
