import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { Child } from "../../kit/child.js";
import { temporaryFolder } from "../../kit/temporary-folder.js";
import { java, javaCommand } from "./java.js";
import { writeMixedFolders } from "./mixed-folder.js";

/** The dumper takes -1 for the offset before each file's first one, and says so of Kafka's own files as well. */
const firstOffsetComplaint = /^Non-consecutive offsets in \S+\n( {2}-1 is followed by \d+\n)/gm;

/** What Kafka's dumper prints of files. */
async function dumped(files: readonly string[], ...options: readonly string[]): Promise<readonly string[]> {
  const [program = "", ...rest] = javaCommand("org.apache.kafka.tools.DumpLogSegments");
  const child = new Child(program, [...rest, ...options, "--files", files.join(",")]);
  expect(await child.ended(), child.errors).toBe(0);
  expect(child.errors.replace(firstOffsetComplaint, "")).toBe("");
  return child.lines;
}

const filesIn = (folder: string, ...suffixes: readonly string[]): string[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => suffixes.some((suffix) => name.endsWith(suffix)))
    .map((name) => `${folder}/${name}`)
    .sort();

const complaint =
  /mismatch|out of order|not found|failed|corrupt|error|exception|isvalid: false|non-consecutive|unexpected/i;

const numbersOf = (lines: readonly string[], pattern: RegExp): number[] =>
  lines.flatMap((line) => {
    const found = pattern.exec(line)?.[1];
    return found === undefined ? [] : [Number(found)];
  });

describe.skipIf(java.missing !== undefined)("Kafka's dumper", () => {
  it("has nothing to say against the files of a mixed run", async () => {
    for (const folder of await writeMixedFolders(temporaryFolder("dump"))) {
      const logs = filesIn(folder, ".log");
      const lines = await dumped(logs, "--deep-iteration", "--print-data-log");
      expect(lines.filter((line) => complaint.test(line))).toEqual([]);
      for (const codec of ["none", "gzip", "snappy", "lz4", "zstd"]) {
        expect(
          lines.some((line) => line.includes(`compresscodec: ${codec} `)),
          codec,
        ).toBe(true);
      }
      expect(lines.some((line) => line.includes("endTxnMarker: COMMIT"))).toBe(true);
      expect(lines.some((line) => line.includes("endTxnMarker: ABORT coordinatorEpoch: 4"))).toBe(true);

      const indexes = filesIn(folder, ".index", ".timeindex", ".txnindex", ".snapshot");
      const checked = await dumped(indexes, "--index-sanity-check");
      expect(checked.filter((line) => complaint.test(line))).toEqual([]);
      expect((await dumped(indexes, "--verify-index-only")).filter((line) => complaint.test(line))).toEqual([]);

      const aborted = numbersOf(await dumped(filesIn(folder, ".txnindex")), /^version: 0 .* lastOffset: (\d+)/);
      const markers = numbersOf(lines, /offset: (\d+) .*endTxnMarker: ABORT/);
      expect(aborted.length).toBeGreaterThan(10);
      expect(aborted.toSorted()).toEqual(markers.toSorted());

      const producers = await dumped(filesIn(folder, ".snapshot"));
      expect(producers.some((line) => /currentTxnFirstOffset: OptionalLong\[\d+\]/.test(line))).toBe(true);
    }
  }, 120_000);
});
