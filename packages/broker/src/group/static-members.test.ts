import { describe, expect, it } from "vitest";
import { GroupHarness, protocol } from "./group-harness.test-kit.js";
import { membersOf } from "./group-state.js";

describe("static members", () => {
  const twoStatics = (options: { readonly canSkipAssignment?: boolean } = {}) => {
    const group = new GroupHarness({ initialRebalanceDelayMs: 1 });
    group.join({ newMemberId: "a1", instanceId: "A", ...options });
    group.join({ newMemberId: "b1", instanceId: "B", ...options });
    group.advance(2);
    group.sync("b1", 1, {}, "B");
    group.sync("a1", 1, { a1: "one", b1: "two" }, "A");
    group.persisted = [];
    return group;
  };
  it("come back under a new id without a rebalance, with what they had", () => {
    const group = twoStatics();
    const ticket = group.join({ newMemberId: "b2", instanceId: "B" });
    expect(group.joinAnswer(ticket)).toMatchObject({ error: "NONE", memberId: "b2", generation: 1, leader: "a1" });
    expect(group.state.kind).toBe("stable");
    expect(group.persisted).toEqual([group.state]);
    expect(String(group.syncAnswer(group.sync("b2", 1, {}, "B"))?.assignment)).toBe("two");
    expect(group.timers.has("b1")).toBe(false);
  });
  it("fence the one they were", () => {
    const group = twoStatics();
    group.join({ newMemberId: "b2", instanceId: "B" });
    expect(group.heartbeat("b1", 1, "B")).toBe("FENCED_INSTANCE_ID");
    expect(group.syncAnswer(group.sync("b1", 1, {}, "B"))?.error).toBe("FENCED_INSTANCE_ID");
    expect(group.joinAnswer(group.join({ memberId: "b1", instanceId: "B" }))?.error).toBe("FENCED_INSTANCE_ID");
    expect(group.leave(["b1", "B"])).toEqual(["FENCED_INSTANCE_ID"]);
    expect(group.heartbeat("b1", 1)).toBe("UNKNOWN_MEMBER_ID");
    expect(group.heartbeat("b2", 1, "B")).toBe("NONE");
  });
  it("are told as leaders that nothing needs assigning", () => {
    const group = twoStatics();
    const answer = group.joinAnswer(group.join({ newMemberId: "a2", instanceId: "A" }));
    expect(answer).toMatchObject({ memberId: "a2", leader: "a2", skipAssignment: true });
    expect(answer?.members.map(({ memberId }) => memberId)).toEqual(["a2", "b1"]);
    expect(group.state).toMatchObject({ leader: "a2" });
  });
  it("are told as leaders that another one leads, before they could be told more", () => {
    const group = twoStatics();
    const answer = group.joinAnswer(group.join({ newMemberId: "a2", instanceId: "A", canSkipAssignment: false }));
    expect(answer).toMatchObject({ memberId: "a2", leader: "a1", skipAssignment: false, members: [] });
    expect(group.state).toMatchObject({ leader: "a2" });
  });
  it("rebalance when they would change the protocol", () => {
    const group = new GroupHarness();
    group.join({ newMemberId: "a1", instanceId: "A", protocols: [protocol("x"), protocol("y")] });
    group.advance(0);
    group.sync("a1", 1, {}, "A");
    const ticket = group.join({ newMemberId: "a2", instanceId: "A", protocols: [protocol("y"), protocol("x")] });
    expect(group.joinAnswer(ticket)).toMatchObject({ error: "NONE", generation: 2, protocolName: "y" });
  });
  it("rebalance when they come back before the leader has assigned", () => {
    const group = new GroupHarness({ initialRebalanceDelayMs: 1 });
    group.join({ newMemberId: "a1", instanceId: "A" });
    group.join({ newMemberId: "b1", instanceId: "B" });
    group.advance(2);
    const parked = group.sync("b1", 1, {}, "B");
    const ticket = group.join({ newMemberId: "b2", instanceId: "B" });
    expect(group.syncAnswer(parked)?.error).toBe("FENCED_INSTANCE_ID");
    expect(group.state.kind).toBe("preparingRebalance");
    group.join({ memberId: "a1", instanceId: "A" });
    expect(group.joinAnswer(ticket)).toMatchObject({ error: "NONE", generation: 2 });
  });
  it("take over a request that is parked", () => {
    const group = twoStatics();
    const first = group.join({ memberId: "a1", instanceId: "A" });
    const second = group.join({ newMemberId: "a2", instanceId: "A" });
    expect(group.joinAnswer(first)).toMatchObject({ error: "FENCED_INSTANCE_ID", memberId: "a1" });
    group.join({ memberId: "b1", instanceId: "B" });
    expect(group.joinAnswer(second)).toMatchObject({ error: "NONE", generation: 2, leader: "a2" });
  });
  it("keep their place in a rebalance they miss, until their session ends", () => {
    const group = new GroupHarness({ initialRebalanceDelayMs: 1 });
    const times = { rebalanceTimeoutMs: 5000, sessionTimeoutMs: 20_000 };
    group.join({ newMemberId: "a1", instanceId: "A", ...times });
    group.join({ newMemberId: "b1", instanceId: "B", ...times });
    group.advance(2);
    group.sync("b1", 1, {}, "B");
    group.sync("a1", 1, {}, "A");
    const ticket = group.join({ memberId: "a1", instanceId: "A", ...times });
    group.advance(5000);
    expect(group.joinAnswer(ticket)?.members.map(({ memberId }) => memberId)).toEqual(["a1", "b1"]);
  });
  it("wait on when not one of them came, until their sessions tell", () => {
    const group = new GroupHarness({ initialRebalanceDelayMs: 1 });
    const times = { rebalanceTimeoutMs: 5000, sessionTimeoutMs: 12_000 };
    group.join({ newMemberId: "a1", instanceId: "A", ...times });
    group.join({ newMemberId: "b1", instanceId: "B", ...times });
    group.advance(2);
    group.sync("b1", 1, {}, "B");
    group.sync("a1", 1, {}, "A");
    group.leave(["", "A"]);
    group.advance(11_000);
    expect(group.state).toMatchObject({ kind: "preparingRebalance", generation: 1, leader: "b1" });
    group.advance(1000);
    expect(group.state).toMatchObject({ kind: "empty", generation: 2 });
  });
  it("are made to leave by their instance ids", () => {
    const group = twoStatics();
    expect(
      group.leave(["b1", "A"], ["", "A"], ["", "A"], ["", "C"], ["", null], ["a1", "A"], ["b1", "A"], ["x", null]),
    ).toEqual([
      "FENCED_INSTANCE_ID",
      "NONE",
      "UNKNOWN_MEMBER_ID",
      "UNKNOWN_MEMBER_ID",
      "UNKNOWN_MEMBER_ID",
      "UNKNOWN_MEMBER_ID",
      "UNKNOWN_MEMBER_ID",
      "UNKNOWN_MEMBER_ID",
    ]);
    expect([...membersOf(group.state).keys()]).toEqual(["b1"]);
    expect(group.state.kind).toBe("preparingRebalance");
  });
});
