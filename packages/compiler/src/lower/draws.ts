/** Words in which a `RandomNormal` step of so many numbers lists those of the tails: two each, and some for the next. */
export const tailWords = (size: number): number => 2 * Math.ceil(size / 8) * 8 + 16;
