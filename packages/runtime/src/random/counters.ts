/*
 * How the 64-bit counter space of one key is divided, so that no two uses of the same key ever encrypt the same
 * block. The first counter word says what the block is for:
 *
 * | first word                | use                                             | second word    |
 * | ------------------------- | ----------------------------------------------- | -------------- |
 * | `0x80000000`-`0x801fffff` | `foldIn`; the low bits are the number's top     | number's lower |
 * | `0x40000000`              | `split`                                         | index of child |
 * | below `0x40000000`        | draws: purpose in the low byte, attempt above it | block of draws |
 *
 * Draws of different kinds from one key are independent for the same reason, although a key should serve once.
 */

/** First counter word of `foldIn`, without the top of its number. */
export const FOLD = 0x80000000;
/** First counter word of `split`. */
export const SPLIT = 0x40000000;

// Purposes of draws. The numbers are part of the stream: never change one, only add.
/** Purpose: float32 uniform draws. */
export const UNIFORM = 1;
/** Purpose: float32 normal draws. */
export const NORMAL = 2;
/** Purpose: int32 draws. */
export const INTEGER = 3;
/** Purpose: permutations. */
export const PERMUTATION = 4;
/** Purpose: float64 uniform draws. */
export const UNIFORM_53 = 5;
/** Purpose: float64 normal draws. */
export const NORMAL_53 = 6;

/** First counter word of the `attempt`-th try (0, 1, …) at a draw that may be rejected. */
export const attemptOf = (purpose: number, attempt: number): number => purpose | (attempt << 8);
