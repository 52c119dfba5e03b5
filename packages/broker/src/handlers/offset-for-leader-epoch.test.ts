import { apis } from "@ottla/protocol";
import { describe, expect, it } from "vitest";
import { batchOf, createTopic, memoryBroker, produce } from "../broker.test-kit.js";
import type { RawClient } from "../server/raw-client.test-kit.js";

async function endOf(client: RawClient, asked: object, version = 4) {
  const { topics } = await client.request(apis.OffsetForLeaderEpoch, version, {
    topics: [{ topic: "orders", partitions: [{ partition: 0, leaderEpoch: 0, ...asked }] }],
  });
  return topics[0]?.partitions[0];
}

describe("OffsetForLeaderEpoch", () => {
  it.each([
    { title: "the end of the log for the latest epoch", asked: {}, expected: { leaderEpoch: 0, endOffset: 2 } },
    { title: "an epoch of the future with none", asked: { leaderEpoch: 1 }, expected: { errorCode: 0, endOffset: -1 } },
    { title: "no epoch with none", asked: { leaderEpoch: -1 }, expected: { errorCode: 0, endOffset: -1 } },
    { title: "a client ahead of it", asked: { currentLeaderEpoch: 1 }, expected: { errorCode: 75, endOffset: -1 } },
    { title: "an unknown partition", asked: { partition: 1 }, expected: { errorCode: 3, leaderEpoch: -1 } },
  ])("answers $title", async ({ asked, expected }) => {
    const { client } = await memoryBroker();
    const topic = await createTopic(client, "orders");
    await produce(client, topic, batchOf(["a", "b"]));
    for (const version of [2, 3, 4]) {
      const { partition = 0 } = asked;
      const nothing = { partition, errorCode: 0, leaderEpoch: -1, endOffset: -1 };
      expect(await endOf(client, asked, version)).toEqual({ ...nothing, ...expected });
    }
  });
});
