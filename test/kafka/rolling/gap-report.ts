import type { Disturbance } from "./disturbances.js";
import { lengthOf, type Silence, type Silences } from "./silences.js";

/** Who is compared: partitions' silences by the name of a column. */
export type Columns = Readonly<Record<string, Silences>>;

/** The longest silence of a partition for each column, disturbance by disturbance, and over all. */
export function gapReport(columns: Columns, log: readonly Disturbance[], endedAt: number): readonly string[] {
  const began = log[0]?.at ?? endedAt;
  const rows = log.map(({ what, at }, index) =>
    row(columns, `${((at - began) / 1_000).toFixed(1).padStart(6)} s  ${what}`, at, log[index + 1]?.at ?? endedAt),
  );
  const title = ["longest silence of a partition".padEnd(titleWidth), ...Object.keys(columns).map(cell)].join("");
  return [title, ...rows, row(columns, "over all", began, endedAt)];
}

const titleWidth = 41;
const cell = (text: string): string => text.padStart(15);

const row = (columns: Columns, title: string, from: number, to: number): string =>
  [title.padEnd(titleWidth), ...Object.values(columns).map((each) => cell(shown(each.longest(from, to))))].join("");

const shown = (silence: Silence | undefined): string =>
  silence === undefined ? "-" : `${lengthOf(silence)} ms (${silence.partition})`;
