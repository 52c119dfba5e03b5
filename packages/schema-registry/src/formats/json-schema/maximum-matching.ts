/**
 * The most pairs of a left and a right one that fit together, each in one pair at most: for each left one the right one it has.
 *
 * @param fits - For each left one, those on the right that fit it.
 */
export function maximumMatching(fits: readonly (readonly number[])[]): ReadonlyMap<number, number> {
  const rightOf = new Map<number, number>();
  const leftOf = new Map<number, number>();
  // What a search that failed has reached leads nowhere for later ones either.
  const exhausted = new Set<number>();
  for (const start of fits.keys()) augment(start);
  return rightOf;

  /** Finds a way from a left one without a pair to a right one without, along which pairs change hands. */
  function augment(start: number): void {
    const reachedFrom = new Map<number, number>();
    const pending = [start];
    for (const left of pending) {
      for (const right of fits[left] ?? []) {
        if (exhausted.has(right) || reachedFrom.has(right)) continue;
        reachedFrom.set(right, left);
        const holder = leftOf.get(right);
        if (holder === undefined) {
          exchange(right, reachedFrom);
          return;
        }
        pending.push(holder);
      }
    }
    for (const right of reachedFrom.keys()) exhausted.add(right);
  }

  function exchange(end: number, reachedFrom: ReadonlyMap<number, number>): void {
    for (let right: number | undefined = end; right !== undefined; ) {
      const left: number = reachedFrom.get(right) ?? 0;
      const released: number | undefined = rightOf.get(left);
      rightOf.set(left, right);
      leftOf.set(right, left);
      right = released;
    }
  }
}
