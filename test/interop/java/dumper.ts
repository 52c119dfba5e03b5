import { readdirSync } from "node:fs";
import { expect } from "vitest";
import { Child } from "../../kit/child.js";
import { javaCommand } from "./java.js";

const complaint = /mismatch|out of order|not found|failed|corrupt|error|exception|isvalid: false|unexpected/i;
/** Of a compacted segment whose last batch was emptied, and kept for its producer's sequence; also of Kafka's own. */
const emptied = /^Found timestamp mismatch in :\S+\n( {2}Index timestamp: \d+, log timestamp: -1\n)+\n?/gm;
const gaps = /^Non-consecutive offsets in \S+\n((?: {2}-?\d+ is followed by \d+\n)+)/gm;

/**
 * What Kafka's dumper prints of files, after looking that it complains of nothing. Compacted logs may have gaps: the dumper tells
 * of them, of Kafka's own files as well.
 */
export async function dumped(
  files: readonly string[],
  options: readonly string[],
  isCompacted = false,
): Promise<readonly string[]> {
  expect(files).not.toEqual([]);
  const [program = "", ...rest] = javaCommand("org.apache.kafka.tools.DumpLogSegments");
  const child = new Child(program, [...rest, ...options, "--files", files.join(",")]);
  expect(await child.ended(), child.errors).toBe(0);
  const others = child.errors.replaceAll(emptied, "").replaceAll(gaps, (_, pairs: string) =>
    pairs
      .split("\n")
      .filter((pair) => {
        const [before = 0, after = 0] = (pair.match(/-?\d+/g) ?? []).map(Number);
        // The dumper takes -1 for the offset before each file's first one.
        return !(before === -1 || (isCompacted && before < after) || pair === "");
      })
      .join("\n"),
  );
  expect(others).toBe("");
  expect(child.lines.filter((line) => complaint.test(line))).toEqual([]);
  return child.lines;
}

/** Lets the dumper hold a folder's indexes against its logs. */
export async function checkIndexes(folder: string): Promise<void> {
  const indexes = filesIn(folder, ".index", ".timeindex", ".txnindex", ".snapshot");
  await dumped(indexes, ["--index-sanity-check"]);
  await dumped(indexes, ["--verify-index-only"]);
}

/** The files of a data folder whose names end so, with their paths. */
export const filesIn = (folder: string, ...suffixes: readonly string[]): string[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => suffixes.some((suffix) => name.endsWith(suffix)))
    .map((name) => `${folder}/${name}`)
    .sort();
