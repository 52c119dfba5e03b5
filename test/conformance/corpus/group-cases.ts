import type { Answer } from "../answer.js";
import type { Case } from "../case.js";
import type { Body, Conversation } from "../conversation.js";
import { type Served, versionsOf } from "../served.js";
import { joinBody, stableGroup, subscription } from "./scene.js";

/** The classic group protocol as its members speak it, in every version of JoinGroup with the others of its time. */
export const groupCases = (served: Served): readonly Case[] =>
  versionsOf(served, "JoinGroup").flatMap((version) => {
    const named = (title: string, run: (group: Group) => Promise<void>) => ({
      title: `${title} v${version}`,
      run: (talk: Conversation) => run(new Group(talk, version)),
    });
    return [
      named("a group of one", alone),
      named("a group of two", together),
      named("a group of three, one by one gone", three),
      named("a join that is refused", refused),
      ...(version >= 5 ? [named("static members", statics)] : []),
    ];
  });

/** A group, and what its members say to the coordinator, all in versions that go together. */
class Group {
  readonly talk: Conversation;
  readonly id: string;
  readonly version: number;

  constructor(talk: Conversation, version: number) {
    this.talk = talk;
    this.version = version;
    this.id = talk.name("group");
  }

  /** Joins; a member that is told its id and asked to come again does so. */
  async join(label: string, on: string, memberId = "", more: Body = {}): Promise<Answer> {
    const answer = await this.joinOnce(label, on, memberId, more);
    if (answer.number("errorCode") !== 79) return answer;
    return this.joinOnce(`${label}, with the id`, on, answer.text("memberId"), more);
  }

  joinOnce(label: string, on: string, memberId = "", more: Body = {}): Promise<Answer> {
    return this.talk.ask(label, "JoinGroup", this.version, joinBody(this.id, memberId, more), on, 15_000);
  }

  sync(
    label: string,
    on: string,
    memberId: string,
    generationId: number,
    assigned: readonly string[] = [],
    more: Body = {},
  ): Promise<Answer> {
    const assignments = assigned.map((member) => ({
      memberId: member,
      assignment: Buffer.from(`of ${assigned.indexOf(member)}`),
    }));
    const protocol = { protocolType: "consumer", protocolName: "range" };
    const body = { groupId: this.id, generationId, memberId, groupInstanceId: null, ...protocol, assignments, ...more };
    return this.talk.ask(label, "SyncGroup", this.talk.upTo("SyncGroup", Math.min(this.version, 5)), body, on, 15_000);
  }

  beat(
    label: string,
    on: string,
    memberId: string,
    generationId: number,
    groupInstanceId: string | null = null,
  ): Promise<Answer> {
    return this.talk.ask(
      label,
      "Heartbeat",
      Math.min(this.version, 4),
      { groupId: this.id, generationId, memberId, groupInstanceId },
      on,
    );
  }

  leave(label: string, on: string, memberId: string, groupInstanceId: string | null = null): Promise<Answer> {
    const body = { groupId: this.id, memberId, members: [{ memberId, groupInstanceId, reason: null }] };
    return this.talk.ask(label, "LeaveGroup", Math.min(this.version, 5), body, on);
  }

  async describe(label: string): Promise<void> {
    await this.talk.ask(`${label}, described`, "DescribeGroups", Math.min(this.version, 6), { groups: [this.id] });
    await this.talk.ask(`${label}, listed`, "ListGroups", Math.min(this.version, 5), {});
  }

  /** Waits until the coordinator is collecting joins: what it tells a member by its heartbeat. */
  rebalancing(on: string, memberId: string, generationId: number): Promise<Answer> {
    const body = { groupId: this.id, generationId, memberId, groupInstanceId: null };
    return this.talk.until("Heartbeat", 3, body, (answer) => answer.number("errorCode") === 27, on);
  }
}

async function alone(group: Group): Promise<void> {
  const joined = await group.join("joins", "a");
  const [me, generation] = [joined.text("memberId"), joined.number("generationId")];
  await group.describe("before the sync");
  await group.beat("heartbeat before the sync", "a", me, generation);
  await group.sync("sync of a wrong generation", "a", me, generation + 1, [me]);
  await group.sync("sync of a stranger", "a", "nobody", generation, [me]);
  await group.sync("sync", "a", me, generation, [me]);
  await group.describe("after the sync");
  await group.sync("sync again", "a", me, generation, [me]);
  await group.beat("heartbeat", "a", me, generation);
  await group.beat("heartbeat of the generation before", "a", me, generation - 1);
  await group.beat("heartbeat of the generation after", "a", me, generation + 1);
  await group.beat("heartbeat of nobody", "a", "nobody", generation);
  await group.beat("heartbeat without a name", "a", "", generation);
  await group.beat("heartbeat from another connection", "b", me, generation);
  const again = await group.join("joins again, being the leader", "a", me);
  await group.sync("sync of the next generation", "a", me, again.number("generationId"), [me]);
  await group.joinOnce("joins with other protocols", "a", me, {
    protocols: [{ name: "other", metadata: subscription }],
  });
  await group.sync("sync with the protocol before", "a", me, again.number("generationId") + 1, [me]);
  await group.leave("leaves", "a", me);
  await group.leave("leaves again", "a", me);
  await group.beat("heartbeat after leaving", "a", me, generation);
  await group.describe("when it is empty");
  const back = await group.join("comes back", "a");
  await group.sync("sync without an assignment", "a", back.text("memberId"), back.number("generationId"));
  await group.sync("sync again, with one", "a", back.text("memberId"), back.number("generationId"), [
    back.text("memberId"),
  ]);
}

async function together(group: Group): Promise<void> {
  const first = await group.join("the first joins", "a");
  const one = first.text("memberId");
  await group.sync("the first syncs", "a", one, 1, [one]);
  const second = group.join("the second joins", "b");
  await group.rebalancing("a", one, 1);
  await group.beat("the first is told", "a", one, 1);
  await group.sync("the first syncs in between", "a", one, 1, [one]);
  const rejoined = await group.join("the first joins again", "a", one);
  const two = (await second).text("memberId");
  const generation = rejoined.number("generationId");
  await group.talk.note("the leader", rejoined.text("leader") === one);
  const followed = group.sync("the second waits for its assignment", "b", two, generation);
  await group.sync("the first assigns", "a", one, generation, [one, two]);
  await followed;
  await group.describe("with two");
  await group.beat("heartbeat of the first", "a", one, generation);
  await group.beat("heartbeat of the second", "b", two, generation);
  await group.joinOnce("the second joins as it is, being a follower", "b", two);
  await group.leave("the first leaves", "a", one);
  await group.beat("the second is told", "b", two, generation);
  const alone = await group.join("the second joins again", "b", two);
  await group.sync("the second syncs", "b", two, alone.number("generationId"), [two]);
  await group.describe("with the second alone");
  await group.leave("the second leaves", "b", two);
}

async function three(group: Group): Promise<void> {
  const first = await group.join("the first joins", "a");
  const one = first.text("memberId");
  await group.sync("the first syncs", "a", one, 1, [one]);
  const second = group.join("the second joins", "b");
  await group.rebalancing("a", one, 1);
  await group.join("the first joins again", "a", one);
  const two = (await second).text("memberId");
  const waiting = group.sync("the second waits", "b", two, 2);
  const third = group.join("the third joins while they sync", "c");
  await group.rebalancing("a", one, 2);
  await group.sync("the first syncs too late", "a", one, 2, [one, two]);
  const later = await waiting;
  group.talk.note("what the second was told", later.number("errorCode"));
  const secondAgain = group.join("the second joins again", "b", two);
  const firstAgain = group.join("the first joins for the third", "a", one);
  const all = await Promise.all([firstAgain, secondAgain, third]);
  const ids = all.map((answer) => answer.text("memberId"));
  group.talk.note(
    "generations",
    all.map((answer) => answer.number("generationId")),
  );
  const leader = all.findIndex((answer) => answer.text("leader") === answer.text("memberId"));
  group.talk.note("the leader is the first", leader === 0);
  const generation = all[0]?.number("generationId") ?? 0;
  const syncs = ["a", "b", "c"].map((on, index) =>
    group.sync(`${on} syncs`, on, ids[index] ?? "", generation, index === leader ? ids : []),
  );
  await Promise.all(syncs);
  await group.describe("with three");
  await group.leave("the leader leaves", "a", ids[0] ?? "");
  // Which of the two leads is not promised.
  const rejoin = (on: string, memberId = "") =>
    group.talk.quietly("JoinGroup", group.version, joinBody(group.id, memberId), on);
  const left = await Promise.all([rejoin("b", ids[1]), rejoin("c", ids[2])]);
  group.talk.note("members left", left.map((answer) => answer.list("members").length).sort());
}

async function refused(group: Group): Promise<void> {
  const join = (label: string, more: Body, memberId = "") => group.join(label, "a", memberId, more);
  await join("an empty group id", { groupId: "" });
  await join("a session too short", { sessionTimeoutMs: 5_999 });
  await join("the shortest session", { sessionTimeoutMs: 6_000, groupId: group.talk.name("group") });
  await join("a session too long", { sessionTimeoutMs: 1_800_001 });
  await join("the longest session", { sessionTimeoutMs: 1_800_000, groupId: group.talk.name("group") });
  await join("no protocols", { protocols: [] });
  await join("no protocol type", { protocolType: "" });
  await join("a member nobody knows", {}, "nobody");
  const { groupId, memberId } = await stableGroup(group.talk);
  await join("another protocol", { groupId, protocols: [{ name: "other", metadata: subscription }] });
  await join("another protocol type", { groupId, protocolType: "connect" });
  await join("a member nobody knows in a group there is", { groupId }, "nobody");
  await join("the member itself, unchanged", { groupId }, memberId);
  await join("a long client's reason", { groupId: group.talk.name("group"), reason: "because ".repeat(50) });
}

async function statics(group: Group): Promise<void> {
  const instance = { groupInstanceId: "first" };
  const joined = await group.join("joins", "a", "", instance);
  const before = joined.text("memberId");
  await group.sync("syncs", "a", before, 1, [before], instance);
  await group.describe("with a static member");
  const replaced = await group.join("comes back without its member id", "b", "", instance);
  const after = replaced.text("memberId");
  const generation = replaced.number("generationId");
  group.talk.note("it got another id", before !== after);
  await group.beat("heartbeat under the old id", "a", before, generation, "first");
  await group.beat("heartbeat under the old id without the instance", "a", before, generation);
  await group.beat("heartbeat under the new id", "b", after, generation, "first");
  await group.sync("syncs under the old id", "a", before, generation, [], instance);
  await group.sync("syncs under the new id", "b", after, generation, [after], instance);
  await group.join("joins under the old id", "a", before, instance);
  await group.beat("heartbeat of an instance that is not there", "b", after, generation, "second");
  await group.join("joins with other metadata", "b", after, {
    ...instance,
    protocols: [{ name: "other", metadata: subscription }],
  });
  await group.describe("after that");
  await group.leave("leaves under the old id", "a", before, "first");
  await group.leave("an instance that is not there leaves", "a", "", "second");
  await group.leave("leaves by its instance alone", "a", "", "first");
  await group.leave("leaves twice", "a", "", "first");
  await group.describe("when it is gone");
}
