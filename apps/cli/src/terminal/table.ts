export type Row = Readonly<Record<string, string | number | bigint | boolean | null>>;

const cell = (value: Row[string]): string => (value === null ? "-" : String(value));

/** Rows as aligned columns under a heading, numbers to the right. Column names are those of the first row. */
export function table(rows: readonly Row[]): string {
  const [first] = rows;
  if (first === undefined) return "";
  const columns = Object.keys(first).map((name) => {
    const cells = rows.map((row) => cell(row[name] ?? null));
    return {
      heading: name.toUpperCase(),
      cells,
      width: Math.max(name.length, ...cells.map((text) => text.length)),
      isNumeric: rows.every((row) => ["number", "bigint"].includes(typeof row[name]) || row[name] === null),
    };
  });
  const line = (texts: readonly string[]): string =>
    texts
      .map((text, index) => {
        const column = columns[index];
        if (column === undefined) return text;
        return column.isNumeric ? text.padStart(column.width) : text.padEnd(column.width);
      })
      .join("  ")
      .trimEnd();
  const lines = [line(columns.map(({ heading }) => heading))];
  for (let index = 0; index < rows.length; index += 1) lines.push(line(columns.map(({ cells }) => cells[index] ?? "")));
  return `${lines.join("\n")}\n`;
}

/** One JSON document a line; bigints as numbers where they are safe, else as strings. */
export const jsonLine = (value: unknown): string => `${JSON.stringify(value, plainBigints)}\n`;

const plainBigints = (_key: string, value: unknown): unknown => {
  if (typeof value !== "bigint") return value;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
};
