import { describe, expect, it } from "vitest";
import { PartitionHistory } from "./partition-history.js";

function history(): PartitionHistory {
  const made = new PartitionHistory("p");
  for (const id of ["a", "b", "c"]) made.sending("one", id);
  made.acknowledged(1, "b");
  return made;
}

const records = (...ids: string[]): { offset: number; id: string }[] => ids.map((id, offset) => ({ offset, id }));

describe("what a partition's users were told", () => {
  it.each([
    { title: "nothing lost", found: records("a", "b", "c"), end: 3, says: undefined },
    { title: "an unacknowledged record lost", found: records("a", "b"), end: 2, says: undefined },
    {
      title: "an acknowledged record lost",
      found: records("a"),
      end: 1,
      says: "offset 1 was acknowledged as «b» and is gone",
    },
    {
      title: "another one in its place",
      found: records("a", "c"),
      end: 2,
      says: "offset 1 was acknowledged as «b» and is «c»",
    },
    { title: "a duplicate", found: records("a", "b", "b"), end: 3, says: "«b» stands at 1 and again at 2" },
    { title: "a changed order", found: records("c", "b"), end: 2, says: "«b» at 1 was sent before its predecessor" },
    { title: "a stranger", found: records("a", "b", "x"), end: 3, says: "offset 2 holds «x», which nobody sent" },
    { title: "a short end", found: records("a", "b"), end: 3, says: "ends at 3, but reading ended at 2" },
    { title: "a hole", found: [{ offset: 1, id: "b" }], end: 2, says: "offset 0 is missing: the next is 1" },
  ])("tells $title", ({ found, end, says }) => {
    const check = (): void => history().check(found, 0, end);
    if (says === undefined) expect(check).not.toThrow();
    else expect(check).toThrow(says);
  });

  it("holds for what was read as well, by whomever and whenever", () => {
    const told = history();
    told.served(records("a"));
    expect(() => told.acknowledged(0, "c")).toThrow("offset 0 is acknowledged as «c» and was served as «a»");
    told.check(records("a", "b", "c"), 0, 3);
    expect(() => told.check(records("a", "b"), 0, 2)).toThrow("offset 2 was served as «c» and is gone");
  });

  it("lets a deletion take what it was asked to take, and no more", () => {
    const told = history();
    told.deleting(1);
    told.check([{ offset: 1, id: "b" }], 1, 2);
    told.check(records("a", "b"), 0, 2);
    told.deleted(1);
    expect(() => told.check(records("a", "b"), 0, 2)).toThrow("begins at 0");
    expect(() => told.check([], 2, 2)).toThrow("begins at 2");
  });
});
