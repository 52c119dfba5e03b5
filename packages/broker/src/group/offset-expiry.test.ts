import { consumerProtocol } from "@ottla/protocol";
import { describe, expect, it } from "vitest";
import { GroupHarness } from "./group-harness.test-kit.js";
import type { CommittedOffset } from "./group-records.js";
import { unknownTopicId } from "./group-records.js";
import { type GroupState, newGroup } from "./group-state.js";
import { expiredOffsets } from "./offset-expiry.js";

const retentionMs = 1000;
const offset = (commitTimestamp: number, expireTimestamp: number | null = null): CommittedOffset => ({
  offset: 1,
  leaderEpoch: -1,
  metadata: "",
  commitTimestamp,
  expireTimestamp,
  topicId: unknownTopicId,
});
const offsets = (committed: Readonly<Record<string, CommittedOffset>>) =>
  new Map(Object.entries(committed).map(([topic, value]) => [topic, new Map([[0, value]])]));
const expired = (state: GroupState, committed: Readonly<Record<string, CommittedOffset>>, now: number) => {
  const found = expiredOffsets(state, offsets(committed), now, retentionMs, (topic) => topic === "pending");
  return { topics: found.expired.map(({ topic }) => topic), isEverything: found.isEverything };
};
const subscription = (...topics: string[]) => [
  { name: "range", metadata: consumerProtocol.encodeSubscription({ topics, ownedPartitions: [] }) },
];

describe("committed offsets expire", () => {
  it("one by one where there never were members", () => {
    const state = newGroup(null);
    expect(expired(state, { a: offset(0), b: offset(500) }, 1000)).toEqual({ topics: ["a"], isEverything: false });
    expect(expired(state, { a: offset(0) }, 999)).toEqual({ topics: [], isEverything: false });
  });
  it("together, the retention time after the group became empty", () => {
    const state = { ...newGroup(5000), protocolType: "consumer" };
    expect(expired(state, { a: offset(0), b: offset(4000) }, 5999)).toEqual({ topics: [], isEverything: false });
    expect(expired(state, { a: offset(0), b: offset(5900) }, 6000)).toEqual({ topics: ["a", "b"], isEverything: true });
  });
  it("at their own times when they have them", () => {
    const state = { ...newGroup(5000), protocolType: "consumer" };
    expect(expired(state, { a: offset(0, 100), b: offset(0, 90_000) }, 200).topics).toEqual(["a"]);
  });
  it("in use, only for topics that no member reads any more", () => {
    const { state } = GroupHarness.stable(["m", "n"], {}, { protocols: subscription("kept") });
    expect(expired(state, { kept: offset(0), left: offset(0), recent: offset(1500) }, 2000).topics).toEqual(["left"]);
  });
  it.each([
    { title: "members rebalance", state: () => rebalancing() },
    {
      title: "members are not consumers",
      state: () => GroupHarness.stable(["m"], {}, { protocolType: "connect" }).state,
    },
    { title: "what members read cannot be told", state: () => GroupHarness.stable(["m"]).state },
  ])("not at all while $title", ({ state }) => {
    expect(expired(state(), { a: offset(0) }, 1_000_000)).toEqual({ topics: [], isEverything: false });
  });
});

function rebalancing(): GroupState {
  const group = GroupHarness.stable(["m"], {}, { protocols: subscription("a") });
  group.join({ newMemberId: "n", protocols: subscription("a") });
  return group.state;
}
