import { describe, expect, it } from "vitest";
import { GroupHarness, generationOf, protocol } from "./group-harness.test-kit.js";
import { membersOf } from "./group-state.js";
import { step } from "./group-step.js";

const fiveMinutes = 5 * 60_000;

describe("the first rebalance", () => {
  it("begins a generation with the one member that came", () => {
    const group = new GroupHarness();
    const ticket = group.join({ newMemberId: "a", protocols: [protocol("range", "topics")] });
    expect(group.joinAnswer(ticket)).toBeUndefined();
    group.advance(0);
    expect(group.joinAnswer(ticket)).toEqual({
      error: "NONE",
      memberId: "a",
      generation: 1,
      protocolType: "consumer",
      protocolName: "range",
      leader: "a",
      skipAssignment: false,
      members: [{ memberId: "a", groupInstanceId: null, metadata: Buffer.from("topics") }],
    });
    expect(group.state.kind).toBe("completingRebalance");
  });
  it("waits for further members, again for each that came in the meantime, and not past the rebalance timeout", () => {
    const group = new GroupHarness({ initialRebalanceDelayMs: 3000 });
    const first = group.join({ newMemberId: "a", rebalanceTimeoutMs: 8000 });
    group.advance(2000);
    group.join({ newMemberId: "b", rebalanceTimeoutMs: 8000 });
    group.advance(2000);
    expect(group.state).toMatchObject({ kind: "preparingRebalance" });
    group.join({ newMemberId: "c", rebalanceTimeoutMs: 8000 });
    group.advance(3900);
    expect(group.joinAnswer(first)).toBeUndefined();
    group.join({ newMemberId: "d", rebalanceTimeoutMs: 8000 });
    group.advance(100);
    expect(group.joinAnswer(first)?.members.map(({ memberId }) => memberId)).toEqual(["a", "b", "c", "d"]);
    expect(group.now).toBe(8000);
  });
  it("ends after one delay when nobody else came", () => {
    const group = new GroupHarness({ initialRebalanceDelayMs: 3000 });
    const ticket = group.join();
    group.advance(2999);
    expect(group.joinAnswer(ticket)).toBeUndefined();
    group.advance(1);
    expect(group.joinAnswer(ticket)?.generation).toBe(1);
  });
  it("leads to an empty group of the next generation when all have left before", () => {
    const group = new GroupHarness({ initialRebalanceDelayMs: 3000 });
    group.join({ newMemberId: "a" });
    group.leave(["a", null]);
    group.advance(3000);
    expect(group.state).toMatchObject({ kind: "empty", generation: 1, protocolType: "consumer", since: 3000 });
    expect(group.persisted).toEqual([group.state]);
  });
});

describe("joining", () => {
  it.each([
    { title: "no protocol at all", request: { protocols: [] }, error: "INCONSISTENT_GROUP_PROTOCOL" },
    { title: "no protocol type", request: { protocolType: "" }, error: "INCONSISTENT_GROUP_PROTOCOL" },
    { title: "an id nobody gave out", request: { memberId: "stranger" }, error: "UNKNOWN_MEMBER_ID" },
    {
      title: "an id with an unknown instance",
      request: { memberId: "x", instanceId: "i" },
      error: "UNKNOWN_MEMBER_ID",
    },
  ])("fails in an empty group with $title", ({ request, error }) => {
    const group = new GroupHarness();
    const ticket = group.join(request);
    expect(group.joinAnswer(ticket)).toMatchObject({ error, memberId: request.memberId ?? "", generation: -1 });
    expect(group.state.kind).toBe("empty");
  });
  it.each([
    { title: "another protocol type", request: { protocolType: "connect" }, error: "INCONSISTENT_GROUP_PROTOCOL" },
    { title: "no protocol in common", request: { protocols: [protocol("x")] }, error: "INCONSISTENT_GROUP_PROTOCOL" },
    { title: "an id nobody gave out", request: { memberId: "stranger" }, error: "UNKNOWN_MEMBER_ID" },
    { title: "a full group", request: {}, error: "GROUP_MAX_SIZE_REACHED" },
  ])("fails in a stable group with $title", ({ title, request, error }) => {
    const group = GroupHarness.stable(["a", "b"], { maxSize: title === "a full group" ? 2 : 3 });
    const ticket = group.join(request);
    expect(group.joinAnswer(ticket)?.error).toBe(error);
    expect(group.state.kind).toBe("stable");
  });
  it("says to come back with an id, and keeps the id for the session timeout", () => {
    const group = GroupHarness.stable(["a"]);
    const ticket = group.join({ newMemberId: "b", requiresKnownMemberId: true });
    expect(group.joinAnswer(ticket)).toMatchObject({ error: "MEMBER_ID_REQUIRED", memberId: "b" });
    expect(group.state.kind).toBe("stable");
    const again = group.join({ memberId: "b" });
    expect(group.state.kind).toBe("preparingRebalance");
    expect(group.joinAnswer(again)).toBeUndefined();

    const other = group.join({ newMemberId: "c", requiresKnownMemberId: true });
    expect(group.joinAnswer(other)?.error).toBe("MEMBER_ID_REQUIRED");
    group.advance(10_000);
    expect(group.joinAnswer(group.join({ memberId: "c" }))?.error).toBe("UNKNOWN_MEMBER_ID");
  });
  it("gives ids to no more than come back with them, and goes on when some are forgotten", () => {
    const group = GroupHarness.stable(["a"]);
    const join = (newMemberId: string) =>
      group.joinAnswer(group.join({ newMemberId, requiresKnownMemberId: true }))?.error;
    for (let count = 0; count < 1000; count += 1) join(`p${count}`);
    expect(join("late")).toBe("COORDINATOR_LOAD_IN_PROGRESS");
    group.leave(["p7", null]);
    expect(join("late")).toBe("MEMBER_ID_REQUIRED");
  });
  it("holds a rebalance up for a member that was given an id, until its session ends", () => {
    const group = GroupHarness.stable(["a"]);
    group.join({ newMemberId: "c", requiresKnownMemberId: true });
    const ticket = group.join({ memberId: "a" });
    expect(group.joinAnswer(ticket)).toBeUndefined();
    group.advance(10_000);
    expect(group.joinAnswer(ticket)).toMatchObject({ error: "NONE", generation: 2 });
  });
  it("does not hold a stable group up when an id that was given out is given back", () => {
    const group = GroupHarness.stable(["a"]);
    group.join({ newMemberId: "c", requiresKnownMemberId: true });
    expect(group.leave(["c", null])).toEqual(["NONE"]);
    expect(group.state).toMatchObject({ kind: "stable", pendingMembers: new Set() });
  });
  it("refuses nobody who is awaited when the group is full, but those who come later", () => {
    const group = GroupHarness.stable(["a", "b"], { maxSize: 2 });
    group.join({ memberId: "a" });
    expect(group.state.kind).toBe("preparingRebalance");
    const c = group.join({ newMemberId: "c" });
    expect(group.joinAnswer(c)).toBeUndefined();
    const b = group.join({ memberId: "b" });
    expect(group.joinAnswer(b)).toMatchObject({ error: "GROUP_MAX_SIZE_REACHED", memberId: "" });
    expect(group.joinAnswer(c)).toMatchObject({ error: "NONE", generation: 2 });
    expect([...membersOf(group.state).keys()]).toEqual(["a", "c"]);
  });
  it("lets a member that asks again on another connection take the place of its first request", () => {
    const group = GroupHarness.stable(["a", "b"]);
    const first = group.join({ memberId: "a" });
    const second = group.join({ memberId: "a" });
    expect(group.joinAnswer(first)?.error).toBe("REBALANCE_IN_PROGRESS");
    group.join({ memberId: "b" });
    expect(group.joinAnswer(second)).toMatchObject({ error: "NONE", generation: 2 });
  });
  it("gives up on new members after five minutes, whatever their session timeouts", () => {
    const group = GroupHarness.stable(["a"], {}, { rebalanceTimeoutMs: 30 * 60_000 });
    const ticket = group.join({ newMemberId: "b", rebalanceTimeoutMs: 30 * 60_000, sessionTimeoutMs: 6000 });
    for (let waited = 0; waited < fiveMinutes - 5000; waited += 5000) {
      group.advance(5000);
      expect(group.heartbeat("a", 1)).toBe("REBALANCE_IN_PROGRESS");
    }
    expect(group.joinAnswer(ticket)).toBeUndefined();
    group.advance(5000);
    expect(group.joinAnswer(ticket)).toMatchObject({ error: "UNKNOWN_MEMBER_ID", memberId: "" });
  });
});

describe("joining again", () => {
  it("tells a follower that changed nothing the generation it is in", () => {
    const group = GroupHarness.stable(["a", "b"]);
    const ticket = group.join({ memberId: "b" });
    expect(group.joinAnswer(ticket)).toMatchObject({ error: "NONE", generation: 1, leader: "a", members: [] });
    expect(group.state.kind).toBe("stable");
  });
  it.each([
    { title: "the leader joins again", request: { memberId: "a" } },
    { title: "a follower wants something else", request: { memberId: "b", protocols: [protocol("range", "new")] } },
    { title: "a follower offers more", request: { memberId: "b", protocols: [protocol("range"), protocol("x")] } },
    { title: "somebody new joins", request: { newMemberId: "c" } },
  ])("rebalances when $title", ({ request }) => {
    const group = GroupHarness.stable(["a", "b"]);
    const ticket = group.join(request);
    expect(group.state.kind).toBe("preparingRebalance");
    expect(group.heartbeat("a", 1)).toBe("REBALANCE_IN_PROGRESS");
    for (const memberId of ["a", "b"]) if (request.memberId !== memberId) group.join({ memberId });
    expect(group.joinAnswer(ticket)).toMatchObject({ error: "NONE", generation: 2, leader: "a" });
  });
  it("tells a member that missed the answer once more, the leader with all members", () => {
    const group = new GroupHarness({ initialRebalanceDelayMs: 1 });
    group.join({ newMemberId: "a" });
    group.join({ newMemberId: "b" });
    group.advance(2);
    expect(group.joinAnswer(group.join({ memberId: "a" }))?.members).toHaveLength(2);
    expect(group.joinAnswer(group.join({ memberId: "b" }))).toMatchObject({ generation: 1, members: [] });
    expect(group.state.kind).toBe("completingRebalance");
  });
  it("sends those back that wait for their assignments when the generation ends", () => {
    const group = new GroupHarness({ initialRebalanceDelayMs: 1 });
    group.join({ newMemberId: "a" });
    group.join({ newMemberId: "b" });
    group.advance(2);
    const sync = group.sync("b", 1);
    group.join({ memberId: "a", protocols: [protocol("range", "other")] });
    expect(group.syncAnswer(sync)).toMatchObject({ error: "REBALANCE_IN_PROGRESS", assignment: Buffer.alloc(0) });
  });
});

describe("a rebalance", () => {
  it("goes on without dynamic members that did not come in time, and passes the lead on", () => {
    const group = GroupHarness.stable(["a", "b", "c"], {}, { sessionTimeoutMs: 100_000 });
    const ticket = group.join({ memberId: "b", protocols: [protocol("range", "x")], sessionTimeoutMs: 100_000 });
    group.advance(59_999);
    expect(group.joinAnswer(ticket)).toBeUndefined();
    group.advance(1);
    expect(group.joinAnswer(ticket)).toMatchObject({ error: "NONE", generation: 2, leader: "b" });
    expect([...membersOf(group.state).keys()]).toEqual(["b"]);
    expect(group.heartbeat("a", 1)).toBe("UNKNOWN_MEMBER_ID");
  });
  it("waits as long as its most patient member", () => {
    const group = GroupHarness.stable(["a"], {}, { rebalanceTimeoutMs: 5000, sessionTimeoutMs: 100_000 });
    const ticket = group.join({ newMemberId: "b", rebalanceTimeoutMs: 20_000 });
    group.advance(19_999);
    expect(group.joinAnswer(ticket)).toBeUndefined();
    group.advance(1);
    expect(group.joinAnswer(ticket)?.error).toBe("NONE");
  });
  it("drops members that never ask for their assignments", () => {
    const group = new GroupHarness({ initialRebalanceDelayMs: 1 });
    group.join({ newMemberId: "a", sessionTimeoutMs: 100_000 });
    group.join({ newMemberId: "b", sessionTimeoutMs: 100_000 });
    group.advance(2);
    group.sync("a", 1, { a: "x", b: "y" });
    expect(group.state.kind).toBe("stable");
    group.advance(60_000);
    expect([...membersOf(group.state).keys()]).toEqual(["a"]);
    expect(group.state.kind).toBe("preparingRebalance");
    expect(group.heartbeat("a", 1)).toBe("REBALANCE_IN_PROGRESS");
  });
  it("chooses the protocol with the most first votes among those that all offer", () => {
    const group = new GroupHarness({ initialRebalanceDelayMs: 1 });
    const tickets = [
      group.join({ newMemberId: "a", protocols: ["own", "x", "y"].map((name) => protocol(name)) }),
      group.join({ newMemberId: "b", protocols: ["y", "x"].map((name) => protocol(name)) }),
      group.join({ newMemberId: "c", protocols: ["y", "x", "z"].map((name) => protocol(name)) }),
    ];
    group.advance(2);
    expect(tickets.map((ticket) => group.joinAnswer(ticket)?.protocolName)).toEqual(["y", "y", "y"]);
  });
});

describe("syncing", () => {
  it("hands out what the leader sends, and nothing to those it forgot", () => {
    const group = new GroupHarness({ initialRebalanceDelayMs: 1 });
    for (const newMemberId of ["a", "b", "c"]) group.join({ newMemberId });
    group.advance(2);
    const early = group.sync("b", 1);
    expect(group.syncAnswer(early)).toBeUndefined();
    const leaders = group.sync("a", 1, { a: "for a", b: "for b", stranger: "for nobody" });
    const late = group.sync("c", 1, { c: "its own wish" });
    expect([leaders, early, late].map((ticket) => String(group.syncAnswer(ticket)?.assignment))).toEqual([
      "for a",
      "for b",
      "",
    ]);
    expect(group.persisted).toHaveLength(1);
    expect(group.timers.has("sync")).toBe(false);
  });
  it.each([
    { title: "a member nobody knows", memberId: "x", generation: 1, error: "UNKNOWN_MEMBER_ID" },
    { title: "an old generation", memberId: "a", generation: 0, error: "ILLEGAL_GENERATION" },
    { title: "a generation to come", memberId: "a", generation: 2, error: "ILLEGAL_GENERATION" },
    { title: "an unknown instance", memberId: "a", generation: 1, instanceId: "i", error: "UNKNOWN_MEMBER_ID" },
    {
      title: "another protocol type",
      memberId: "a",
      generation: 1,
      protocolType: "x",
      error: "INCONSISTENT_GROUP_PROTOCOL",
    },
    {
      title: "another protocol",
      memberId: "a",
      generation: 1,
      protocolName: "x",
      error: "INCONSISTENT_GROUP_PROTOCOL",
    },
  ])(
    "fails for $title",
    ({ memberId, generation, instanceId = null, protocolType = null, protocolName = null, error }) => {
      const group = GroupHarness.stable(["a"]);
      const ticket = group.ticket();
      const request = { memberId, instanceId, generation, protocolType, protocolName, assignments: new Map() };
      group.send({ kind: "sync", ticket, request });
      expect(group.syncAnswer(ticket)?.error).toBe(error);
      expect(group.state.kind).toBe("stable");
    },
  );
  it("fails while members join, and in an empty group", () => {
    const group = GroupHarness.stable(["a"]);
    group.join({ newMemberId: "b" });
    expect(group.syncAnswer(group.sync("a", 1))?.error).toBe("REBALANCE_IN_PROGRESS");
    const empty = new GroupHarness();
    expect(empty.syncAnswer(empty.sync("a", 0))?.error).toBe("UNKNOWN_MEMBER_ID");
  });
  it("answers a member that leaves while it waits", () => {
    const group = new GroupHarness({ initialRebalanceDelayMs: 1 });
    group.join({ newMemberId: "a" });
    group.join({ newMemberId: "b" });
    group.advance(2);
    const ticket = group.sync("b", 1);
    group.leave(["b", null]);
    expect(group.syncAnswer(ticket)?.error).toBe("UNKNOWN_MEMBER_ID");
  });
});

describe("sessions", () => {
  it("end without heartbeats, go on with them, and with offset commits", () => {
    const group = GroupHarness.stable(["a", "b", "c"]);
    for (let beat = 0; beat < 5; beat += 1) {
      group.advance(6000);
      expect(group.heartbeat("a", 1)).toBe(beat === 0 ? "NONE" : "REBALANCE_IN_PROGRESS");
      group.send({ kind: "offsetsCommitted", memberId: "b" });
    }
    expect([...membersOf(group.state).keys()]).toEqual(["a", "b"]);
    expect(group.heartbeat("c", 1)).toBe("UNKNOWN_MEMBER_ID");
  });
  it("do not end while a member waits for us, and begin anew with our answer", () => {
    const group = GroupHarness.stable(["a", "b"], {}, { sessionTimeoutMs: 30_000 });
    const ticket = group.join({ memberId: "a", protocols: [protocol("range", "x")], sessionTimeoutMs: 6000 });
    group.advance(29_000);
    expect(group.joinAnswer(ticket)).toBeUndefined();
    group.join({ memberId: "b", sessionTimeoutMs: 30_000 });
    expect(group.joinAnswer(ticket)?.error).toBe("NONE");
    group.advance(5999);
    expect(membersOf(group.state).has("a")).toBe(true);
    group.advance(1);
    expect(membersOf(group.state).has("a")).toBe(false);
  });
  it("does not end for a member that waits for its leader", () => {
    const group = new GroupHarness({ initialRebalanceDelayMs: 1 });
    group.join({ newMemberId: "a", sessionTimeoutMs: 30_000 });
    group.join({ newMemberId: "b", sessionTimeoutMs: 6000 });
    group.advance(2);
    const ticket = group.sync("b", 1);
    group.advance(20_000);
    group.sync("a", 1, { b: "its part" });
    expect(String(group.syncAnswer(ticket)?.assignment)).toBe("its part");
    group.advance(6000);
    expect(membersOf(group.state).has("b")).toBe(false);
  });
  it.each([
    { title: "is fine", memberId: "a", generation: 1, error: "NONE" },
    { title: "of an old generation", memberId: "a", generation: 0, error: "ILLEGAL_GENERATION" },
    { title: "of a stranger", memberId: "x", generation: 1, error: "UNKNOWN_MEMBER_ID" },
  ])("a heartbeat that $title is told so", ({ memberId, generation, error }) => {
    expect(GroupHarness.stable(["a"]).heartbeat(memberId, generation)).toBe(error);
  });
  it("lets the last one's end leave an empty group that is kept", () => {
    const group = GroupHarness.stable(["a"]);
    group.advance(10_000);
    expect(group.state).toEqual({
      kind: "empty",
      generation: 2,
      pendingMembers: new Set(),
      protocolType: "consumer",
      since: 10_002,
    });
    expect(group.persisted).toEqual([group.state]);
  });
});

describe("a group that was loaded", () => {
  it("watches the sessions of its members", () => {
    const before = GroupHarness.stable(["a", "b"]);
    const group = new GroupHarness({}, before.state);
    group.send({ kind: "loaded" });
    group.advance(9999);
    expect(group.heartbeat("a", 1)).toBe("NONE");
    group.advance(1);
    expect([...membersOf(group.state).keys()]).toEqual(["a"]);
  });
  it("rebalances when it is larger than it may be now", () => {
    const before = GroupHarness.stable(["a", "b", "c"]);
    const group = new GroupHarness({ maxSize: 2 }, before.state);
    group.send({ kind: "loaded" });
    expect(group.state.kind).toBe("preparingRebalance");
  });
});

describe("a deleted group", () => {
  it("sends everybody to find the coordinator", () => {
    const group = new GroupHarness();
    group.send({ kind: "deleted" });
    expect(group.joinAnswer(group.join())?.error).toBe("COORDINATOR_NOT_AVAILABLE");
    expect(group.syncAnswer(group.sync("a", 1))?.error).toBe("COORDINATOR_NOT_AVAILABLE");
    expect(group.heartbeat("a", 1)).toBe("COORDINATOR_NOT_AVAILABLE");
    expect(group.leave(["a", null])).toEqual(["COORDINATOR_NOT_AVAILABLE"]);
  });
});

it("changes nothing when a timer fires that has nothing to say", () => {
  const group = GroupHarness.stable(["a"]);
  const before = generationOf(group.state);
  for (const event of [
    { kind: "joinTimerFired" },
    { kind: "syncTimerFired" },
    { kind: "sessionExpired", memberId: "gone" },
  ] as const) {
    expect(step(before, event, group.context)).toEqual([before, []]);
  }
});
