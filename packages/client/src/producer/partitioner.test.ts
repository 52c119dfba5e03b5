import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ManualWorld } from "../world/manual-world.test-kit.js";
import { partitionOfKey, StickyPartition } from "./partitioner.js";

describe("partitioner", () => {
  // Worked out from murmur2's published values: (hash & 0x7fffffff) % partitions.
  it.each([
    { key: "21", hash: -973932308 },
    { key: "foobar", hash: -790332482 },
    { key: "abc", hash: 479470107 },
    { key: "a-little-bit-long-string", hash: -985981536 },
  ])("puts key $key where Java puts it", ({ key, hash }) => {
    for (const count of [1, 2, 3, 7, 100]) {
      expect(partitionOfKey(Buffer.from(key), count)).toBe((hash & 0x7fff_ffff) % count);
    }
  });

  it("stays with a partition for a batch's worth of bytes, and treats all alike in the long run", () => {
    const sticky = new StickyPartition(new ManualWorld(7).random, 1_000);
    const chosen = Array.from({ length: 50_000 }, () =>
      sticky.next(
        100,
        5,
        () => true,
        () => 0,
      ),
    );
    const runs = chosen.filter((partition, index) => partition !== chosen[index - 1]).length;
    expect(runs).toBeLessThanOrEqual(5_000);
    for (let partition = 0; partition < 5; partition++) {
      const share = chosen.filter((each) => each === partition).length / chosen.length;
      expect(share).toBeGreaterThan(0.17);
      expect(share).toBeLessThan(0.23);
    }
  });

  it("spares a partition whose broker does not keep up, and does not leave it out", () => {
    const sticky = new StickyPartition(new ManualWorld(3).random, 100);
    const waiting = [0, 9, 0];
    const chosen = Array.from({ length: 21_000 }, () =>
      sticky.next(
        100,
        3,
        () => true,
        (partition) => waiting[partition] ?? 0,
      ),
    );
    const share = (partition: number) => chosen.filter((each) => each === partition).length / chosen.length;
    expect(share(1)).toBeGreaterThan(0.03);
    expect(share(1)).toBeLessThan(0.07);
    expect(Math.abs(share(0) - share(2))).toBeLessThan(0.03);
  });

  it("prefers partitions that have a leader, and always names one that exists", () => {
    const led = fc.array(fc.boolean(), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(led, fc.nat(), (hasLeader, seed) => {
        const sticky = new StickyPartition(new ManualWorld(seed).random, 10);
        for (let i = 0; i < 20; i++) {
          const partition = sticky.next(
            10,
            hasLeader.length,
            (each) => hasLeader[each] === true,
            (each) => each % 3,
          );
          expect(partition).toBeLessThan(hasLeader.length);
          if (hasLeader.includes(true)) expect(hasLeader[partition]).toBe(true);
        }
      }),
    );
  });
});
