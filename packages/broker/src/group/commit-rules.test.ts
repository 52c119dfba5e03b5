import { describe, expect, it } from "vitest";
import { commitError } from "./commit-rules.js";
import { GroupHarness } from "./group-harness.test-kit.js";
import { type GroupState, newGroup } from "./group-state.js";

const stable = GroupHarness.stable(["a"]).state;
const completing = () => {
  const group = new GroupHarness();
  group.join({ newMemberId: "a" });
  group.advance(0);
  return group.state;
};
const preparing = () => {
  const group = GroupHarness.stable(["a"]);
  group.join({ newMemberId: "b" });
  return group.state;
};
const statics = () => GroupHarness.stable(["a"], {}, { instanceId: "A" }).state;
const states: Record<string, GroupState | undefined> = {
  absent: undefined,
  empty: newGroup(0),
  stable,
  completing: completing(),
  preparing: preparing(),
  static: statics(),
  dead: { kind: "dead" },
};

describe("committing offsets", () => {
  it.each([
    { state: "absent", generation: -1, memberId: "", error: "NONE" },
    { state: "absent", generation: 0, memberId: "a", error: "ILLEGAL_GENERATION" },
    { state: "empty", generation: -1, memberId: "", error: "NONE" },
    { state: "empty", generation: -1, memberId: "a", error: "NONE" },
    { state: "empty", generation: 0, memberId: "", error: "UNKNOWN_MEMBER_ID" },
    { state: "stable", generation: -1, memberId: "", error: "UNKNOWN_MEMBER_ID" },
    { state: "stable", generation: -1, memberId: "a", error: "ILLEGAL_GENERATION" },
    { state: "stable", generation: 1, memberId: "a", error: "NONE" },
    { state: "stable", generation: 0, memberId: "a", error: "ILLEGAL_GENERATION" },
    { state: "stable", generation: 2, memberId: "a", error: "ILLEGAL_GENERATION" },
    { state: "stable", generation: 1, memberId: "b", error: "UNKNOWN_MEMBER_ID" },
    { state: "preparing", generation: 1, memberId: "a", error: "NONE" },
    { state: "preparing", generation: -1, memberId: "", error: "UNKNOWN_MEMBER_ID" },
    { state: "completing", generation: 1, memberId: "a", error: "REBALANCE_IN_PROGRESS" },
    { state: "completing", generation: 0, memberId: "a", error: "ILLEGAL_GENERATION" },
    { state: "dead", generation: -1, memberId: "", error: "COORDINATOR_NOT_AVAILABLE" },
  ])("of a group that is $state by $memberId in $generation: $error", ({ state, error, ...committer }) => {
    expect(commitError(states[state], { ...committer, instanceId: null }, "plain")).toBe(error);
  });
  it.each([
    { memberId: "a", instanceId: "A", error: "NONE" },
    { memberId: "old", instanceId: "A", error: "FENCED_INSTANCE_ID" },
    { memberId: "a", instanceId: "B", error: "UNKNOWN_MEMBER_ID" },
  ])("of a static member $instanceId as $memberId: $error", ({ memberId, instanceId, error }) => {
    expect(commitError(statics(), { memberId, instanceId, generation: 1 }, "plain")).toBe(error);
  });
  it.each([
    { state: "absent", generation: -1, memberId: "", error: "NONE" },
    { state: "absent", generation: 0, memberId: "a", error: "ILLEGAL_GENERATION" },
    { state: "empty", generation: -1, memberId: "", error: "NONE" },
    { state: "empty", generation: 0, memberId: "", error: "UNKNOWN_MEMBER_ID" },
    { state: "stable", generation: -1, memberId: "", error: "NONE" },
    { state: "stable", generation: 0, memberId: "a", error: "ILLEGAL_GENERATION" },
    { state: "stable", generation: 1, memberId: "b", error: "UNKNOWN_MEMBER_ID" },
    { state: "completing", generation: 1, memberId: "a", error: "NONE" },
    { state: "dead", generation: -1, memberId: "", error: "COORDINATOR_NOT_AVAILABLE" },
  ])("in a transaction, of a group that is $state by $memberId in $generation: $error", (row) => {
    const { state, error, ...committer } = row;
    expect(commitError(states[state], { ...committer, instanceId: null }, "transactional")).toBe(error);
  });
});
