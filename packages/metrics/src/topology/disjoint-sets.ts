/** Number of groups that remain when the given pairs of `count` things are joined; things never named are left out. */
export function countGroups(count: number, pairs: ArrayLike<number>): number {
  const parent = Int32Array.from({ length: count }, (_, i) => i);
  const named = new Uint8Array(count);
  const find = (i: number): number => {
    let at = i;
    while (parent[at] !== at) {
      parent[at] = parent[parent[at]];
      at = parent[at];
    }
    return at;
  };
  for (let e = 0; e < pairs.length; e += 2) {
    named[pairs[e]] = 1;
    named[pairs[e + 1]] = 1;
    const a = find(pairs[e]);
    const b = find(pairs[e + 1]);
    if (a !== b) parent[a] = b;
  }
  let groups = 0;
  for (let i = 0; i < count; i++) if (named[i] === 1 && find(i) === i) groups++;
  return groups;
}
