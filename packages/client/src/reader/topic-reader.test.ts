import { describe, expect, it } from "vitest";
import { setUp as setUpGroup } from "../consumer/consumer.test-kit.js";
import { topic } from "../contract/topic.js";
import { Kafka } from "../kafka.js";
import { string } from "../serde/string.js";

const named = (name: string) => topic(name, { value: string() });

function setUp() {
  const { world, cluster, group } = setUpGroup();
  const kafka = new Kafka({ brokers: cluster.bootstrap, world });
  const next = (name: string) =>
    kafka
      .reader({ topics: [named(name)], until: "end" })
      [Symbol.asyncIterator]()
      .next();
  return { world, cluster, group, next };
}

describe("a topic reader", () => {
  it("waits some seconds for a topic that was just made", async () => {
    const { world, cluster, group, next } = setUp();
    const first = next("late");
    await world.advance(2_000);
    cluster.topic("late", 1);
    group.log("late").append("there");
    expect((await world.finish(first)).value?.value).toBe("there");
  });

  it("fails where a topic does not come, and closes its connections", async () => {
    const { world, next } = setUp();
    await expect(world.finish(next("none"))).rejects.toMatchObject({ code: "UNKNOWN_TOPIC_OR_PARTITION" });
    expect(world.clock.monotonic()).toBeLessThan(10_000);
    expect(world.network.openConnections).toBe(0);
    expect(world.pendingTimers).toBe(0);
  });
});
