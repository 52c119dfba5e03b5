/** One figure of one run. Names say the unit. */
export type Figures = Readonly<Record<string, number>>;

/** A measurement: run several times, reported by the median and the spread of each figure. */
export interface BenchCase {
  readonly what: string;
  readonly runs: number;
  /** Why it cannot run here, where it cannot. */
  missing?(): string | undefined;
  run(): Promise<Figures>;
  /** After the last run: ends what the runs shared. */
  end?(): Promise<void>;
}

/** Median, smallest and largest of each figure, one line each. */
export function summary(results: readonly Figures[]): string {
  const [first] = results;
  if (first === undefined) return "";
  return Object.keys(first)
    .map((name) => {
      const values = results.map((figures) => figures[name] ?? Number.NaN).sort((a, b) => a - b);
      const median = values[Math.floor(values.length / 2)] ?? Number.NaN;
      return `  ${name.padEnd(48)} ${round(median)}  (${round(values[0])} to ${round(values.at(-1))})`;
    })
    .join("\n");
}

function round(value = Number.NaN): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
