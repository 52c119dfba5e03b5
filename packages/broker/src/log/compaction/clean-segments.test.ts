import { batchesIn, encodeBatch } from "@ottla/protocol";
import { type FileSystem, memoryFiles } from "@ottla/world";
import { describe, expect, it } from "vitest";
import { SyncSlots } from "../../storage/sync-slots.js";
import { defaultLogConfig } from "../log-config.js";
import { type CleanedGroup, cleanSegments } from "./clean-segments.js";
import type { CleaningPlan, PlannedSegment } from "./cleaning-plan.js";
import { type Pace, unbroken } from "./pace.js";

const folder = "/data/t-0";

/** Writes segments of the keys given, one record for each batch. */
function planOf(files: FileSystem, keys: readonly (readonly string[])[], changes: Partial<CleaningPlan> = {}) {
  files.makeDirectory(folder);
  let offset = 0;
  const segments = keys.map((inSegment): PlannedSegment => {
    const baseOffset = offset;
    const batches = inSegment.map((key) => {
      offset += 1;
      const record = { key: Buffer.from(key), value: Buffer.alloc(100), timestamp: 1_000 };
      return encodeBatch([record], { baseOffset: offset - 1, producerId: 7, baseSequence: offset });
    });
    const path = `${folder}/${String(baseOffset).padStart(20, "0")}.log`;
    files.open(path, "w+").write(batches, 0);
    return { path, baseOffset, nextOffset: offset, sizeInBytes: Buffer.concat(batches).length };
  });
  const plan: CleaningPlan = {
    folder,
    segments,
    firstDirtyOffset: 0,
    firstDirtyPosition: 0,
    firstUncleanableOffset: offset,
    dirtyBytes: 10_000,
    aborted: [],
    producers: [],
    nowMs: 2_000,
    config: { ...defaultLogConfig, segmentBytes: 600 },
    limits: { dedupeBufferBytes: 100_000, dedupeBufferLoad: 0.9, ioBufferBytes: 300 },
    ...changes,
  };
  return plan;
}

async function groupsOf(files: FileSystem, plan: CleaningPlan, pace: Pace = unbroken): Promise<CleanedGroup[]> {
  const groups: CleanedGroup[] = [];
  for await (const group of cleanSegments(structuredClone(plan), { files, syncSlots: new SyncSlots(1), pace })) {
    groups.push(structuredClone(group));
  }
  return groups;
}

function offsetsIn(files: FileSystem, { replacement }: CleanedGroup): number[] {
  if (replacement === undefined) throw new Error("nothing is replaced");
  const bytes = Buffer.alloc(replacement.sizeInBytes);
  expect(files.open(replacement.path, "r").read(bytes, 0)).toBe(bytes.length);
  return [...batchesIn(bytes)].flatMap((batch) => [...batch.records()].map(({ offset }) => offset));
}

describe("the heavy part of a round", () => {
  it("leaves the last record of each key, in one file for each group of segments", async () => {
    const files = memoryFiles();
    const groups = await groupsOf(files, planOf(files, [["a", "b"], ["a", "c"], ["a", "b"], ["d"]]));
    expect(groups.map(({ baseOffset, segmentCount }) => [baseOffset, segmentCount])).toEqual([
      [0, 1],
      [2, 1],
      [4, 2],
    ]);
    expect(groups.map((group) => group.replacement && offsetsIn(files, group))).toEqual([[], [3], [4, 5, 6]]);
    expect(groups.every(({ nextDirtyOffset }) => nextDirtyOffset === 7)).toBe(true);
  });

  it("leaves no file of a group that may stay as it is", async () => {
    const files = memoryFiles();
    const [group] = await groupsOf(files, planOf(files, [["a", "b"]]));
    expect(group).toMatchObject({ replacement: undefined, bytesWritten: group?.bytesRead });
    expect(files.list(folder).filter((name) => name.endsWith(".cleaned"))).toEqual([]);
  });

  it("goes on without segments that retention took while it looked at the keys, and what was aborted in them", async () => {
    const files = memoryFiles();
    const plan = planOf(files, [["a", "b"], ["c", "d"], ["c"]], {
      aborted: [{ producerId: 7, firstOffset: 0, lastOffset: 1, lastStableOffset: 2 }],
      config: { ...defaultLogConfig, segmentBytes: 1 },
    });
    let isThere = true;
    const spend = () => {
      if (isThere) files.unlink(plan.segments[0]?.path ?? "");
      isThere = false;
    };
    const groups = await groupsOf(files, plan, { spend: () => void spend() });
    expect(groups.map(({ baseOffset }) => baseOffset)).toEqual([2, 4]);
    expect(groups.map((group) => group.replacement && offsetsIn(files, group))).toEqual([[3], undefined]);
  });

  it("fails with nothing left open when its pace does", async () => {
    const files = memoryFiles();
    const plan = planOf(files, [["a", "b"]]);
    const opened: string[] = [];
    const closed: string[] = [];
    const open = files.open.bind(files);
    files.open = (path, mode) => {
      const file = open(path, mode);
      const close = file.close.bind(file);
      opened.push(path);
      file.close = () => {
        closed.push(path);
        close();
      };
      return file;
    };
    const spend = () => {
      if (opened.some((path) => path.endsWith(".cleaned"))) throw new Error("stop");
      return undefined;
    };
    await expect(groupsOf(files, plan, { spend })).rejects.toThrow("stop");
    expect(new Set(closed)).toEqual(new Set(opened));
  });
});
