/**
 * Words in which a `RandomNormal` step of so many numbers, in whole pieces of 8, lists those of the tails: two each, and room
 * for what is written behind the last.
 */
export const tailWords = (size: number): number => 16 * Math.ceil(size / 8) + 16;
