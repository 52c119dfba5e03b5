import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type SnapshotWindow, SnapshotWindows } from "./snapshot-windows.js";

describe("the windows of a shard", () => {
  it("keep a cursor before which everything is settled and behind which nothing is, however they are claimed and settled", () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant("claim" as const), rows: fc.integer({ min: 0, max: 5 }), isLarge: fc.boolean() }),
      fc.record({ kind: fc.constant("settle" as const), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const windows = new SnapshotWindows({ from: "s0", to: null, lastId: 0 });
        /** Every row that was claimed, with the number of its window: ids of later windows may be lower. */
        const rows: { readonly id: number; readonly window: number }[] = [];
        let settled = 0;
        let count = 0;
        let open: SnapshotWindow | undefined;
        for (const each of steps) {
          if (each.kind === "claim") {
            open = windows.unread;
            const number = open === undefined ? count + 1 : count;
            // A window's ids are around its number, and overlap with those of its neighbours.
            const from = open?.readTo ?? number * 10 + (number % 2 === 0 ? -25 : 25);
            const ids = Array.from({ length: each.rows }, (_, index) => from + 1 + index * 3).map(
              (id) => id * 1_000 + number,
            );
            const sorted = open === undefined ? ids : ids.filter((id) => id > (open?.readTo ?? 0));
            if (open === undefined && sorted.length === 0) continue;
            const window = open ?? {
              from: windows.end,
              to: `s${number}`,
              readTo: (sorted[0] ?? 1) - 1,
              isReadToEnd: false,
            };
            count = number;
            windows.claimed(window, sorted, !each.isLarge);
            rows.push(...sorted.map((id) => ({ id, window: number })));
          } else {
            const upTo = settled + Math.floor((rows.length - settled) * each.share);
            const last = rows[upTo - 1];
            if (upTo === settled || last === undefined) continue;
            const announced = windows.cursor(last.id);
            windows.settled(last.id);
            settled = upTo;
            expect(windows.cursor()).toEqual(announced);
          }
          const { from, to, lastId, claimedTo } = windows.cursor();
          const first = Number(from.slice(1));
          for (const [index, { id, window }] of rows.entries()) {
            const isBehind = window <= first || (to === `s${window}` && id <= lastId);
            expect({ id, isBehind }).toEqual({ id, isBehind: index < settled });
          }
          expect(claimedTo).toBe(settled === rows.length ? null : rows.at(-1)?.id);
        }
      }),
    );
  });

  it("resume in the window that was open, where it was settled to", () => {
    const windows = new SnapshotWindows({ from: "s1", to: "s2", lastId: 7 });
    expect(windows.unread).toMatchObject({ from: "s1", to: "s2", readTo: 7 });
    const [window] = [windows.unread];
    if (window === undefined) return;
    windows.claimed(window, [], true);
    expect(windows.cursor()).toMatchObject({ from: "s2", to: null, lastId: 0 });
    expect(windows.unread).toBeUndefined();
  });
});
