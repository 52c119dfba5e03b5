/** What stands in a request more than once. */
export function repeatedIn<T>(values: readonly T[]): ReadonlySet<T> {
  const seen = new Set<T>();
  const repeated = new Set<T>();
  for (const value of values) (seen.has(value) ? repeated : seen).add(value);
  return repeated;
}

// Kafka has no limit, and its clients repeat nothing.
const mostRepeats = 10;

/**
 * What a request asks for, without most of what it asks for again: an answer may be thousands of times as long as its question.
 *
 * @param keyOf - The same for two questions with the same answer; `undefined` where an answer is no longer than its question.
 */
export function withFewRepeats<T>(asked: readonly T[], keyOf: (item: T) => string | undefined): readonly T[] {
  const seen = new Set<string>();
  let repeats = 0;
  return asked.filter((item) => {
    const key = keyOf(item);
    if (key === undefined) return true;
    if (seen.has(key)) {
      repeats += 1;
      return repeats <= mostRepeats;
    }
    seen.add(key);
    return true;
  });
}
