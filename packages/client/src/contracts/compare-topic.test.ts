import { describe, expect, it } from "vitest";
import type { PartitionMetadata } from "../cluster/topic-metadata.js";
import { topic } from "../contract/topic.js";
import { bytes } from "../serde/bytes.js";
import { compareTopic } from "./compare-topic.js";

const partitionsOf = (count: number) => ({ partitions: Array<PartitionMetadata>(count) });

describe("a topic against its contract", () => {
  it("says nothing of what the contract does not name", () => {
    const contract = topic("orders", { value: bytes(), config: { "retention.ms": 1000 } });
    const entries = [
      { name: "retention.ms", value: "1000" },
      { name: "segment.ms", value: "5" },
    ];
    expect(compareTopic(contract, partitionsOf(4), entries)).toEqual([]);
  });

  it("can be given more partitions, and never fewer", () => {
    const contract = topic("orders", { value: bytes(), partitions: 6, owner: "shop" });
    expect(compareTopic(contract, partitionsOf(3), [])).toEqual([
      {
        kind: "partitions",
        topic: "orders",
        owner: "shop",
        expected: 6,
        actual: 3,
        remedy: { kind: "addPartitions", topic: "orders", from: 3, to: 6 },
        message: "topic orders (owner shop): it has 3 partitions, the contract says 6",
      },
    ]);
    const [problem] = compareTopic(contract, partitionsOf(9), []);
    expect(problem).not.toHaveProperty("remedy");
    expect(problem?.message).toMatch(/has 9 partitions, the contract says 6; partitions are never taken away$/);
  });

  it.each([
    { wanted: 604800000, found: "604800000", isSame: true },
    { wanted: true, found: "true", isSame: true },
    { wanted: 0.5, found: "0.50", isSame: true },
    { wanted: "compact,delete", found: "delete, compact", isSame: true },
    { wanted: "9223372036854775807", found: "9223372036854775806", isSame: false },
    { wanted: "9223372036854775807", found: "9223372036854775807", isSame: true },
    { wanted: "compact", found: "delete", isSame: false },
    { wanted: "", found: "0", isSame: false },
    { wanted: 1, found: null, isSame: false },
  ])("compares $wanted with $found as Kafka would", ({ wanted, found, isSame }) => {
    const contract = topic("orders", { value: bytes(), config: { name: wanted } });
    const problems = compareTopic(contract, partitionsOf(1), [{ name: "name", value: found }]);
    expect(problems).toHaveLength(isSame ? 0 : 1);
  });
});
