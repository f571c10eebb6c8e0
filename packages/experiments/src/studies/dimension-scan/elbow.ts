/** The error of a model of one dimension. */
export interface ErrorAt {
  readonly dimension: number;
  readonly error: number;
}

/**
 * The dimension at which errors stop to fall: where the fall of the log error per dimension, from the dimension before to
 * this one, exceeds that from this one to the next by most. Nothing is expected to fall after the last dimension.
 *
 * @param errors of rising dimensions, the first of which, the start of the first fall, is not chosen
 * @returns `null` where there is nothing to choose from, or an error is not a positive number
 */
export function elbow(errors: readonly ErrorAt[]): number | null {
  if (errors.length < 2 || errors.some(({ error }) => !(error > 0 && error < Infinity))) return null;
  const falls = errors.slice(1).map(({ dimension, error }, i) => {
    const before = errors[i];
    return Math.log(before.error / error) / (dimension - before.dimension);
  });
  const bends = falls.map((fall, i) => fall - (i + 1 < falls.length ? falls[i + 1] : 0));
  return errors[1 + bends.indexOf(Math.max(...bends))].dimension;
}
