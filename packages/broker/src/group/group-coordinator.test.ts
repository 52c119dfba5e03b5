import { encodeBatch, KafkaProtocolError, RecordBatch } from "@ottla/protocol";
import { nodeWorld } from "@ottla/world";
import { describe, expect, it } from "vitest";
import { partitionOf } from "./coordinator-partition.js";
import {
  CoordinatorWorld,
  code,
  commitOf,
  committed,
  group,
  idOf,
  isThrough,
  joinGroup,
  nobody,
  offsetOf,
  oneMember,
  syncGroup,
} from "./coordinator-world.test-kit.js";
import type { GroupCoordinator } from "./group-coordinator.js";
import { protocol } from "./group-harness.test-kit.js";
import { decodeGroupRecord, encodeGroupRecord } from "./group-records.js";
import { settled } from "./manual-time.test-kit.js";
import { FakeOffsetsLog } from "./offsets-log.test-kit.js";

describe("the group coordinator", () => {
  it("creates its topic with the first group", async () => {
    const world = new CoordinatorWorld({ "offsets.topic.num.partitions": 4 });
    const coordinator = await world.open();
    expect(await coordinator.describe(group)).toBeUndefined();
    expect(await coordinator.list()).toEqual([]);
    expect(await committed(coordinator)).toEqual([]);
    expect(await code(coordinator.deleteGroup(group))).toBe("GROUP_ID_NOT_FOUND");
    expect(world.logs).toHaveLength(0);
    await coordinator.commitOffsets(group, nobody, commitOf(1));
    expect(world.logs).toHaveLength(4);
    expect(await committed(coordinator)).toEqual([["orders", 1]]);
  });

  it("lets members go on in their generation after a restart, and begins their sessions anew", async () => {
    const world = new CoordinatorWorld();
    const first = await world.open();
    const memberId = await oneMember(world, first);
    await first.commitOffsets(group, { memberId, instanceId: null, generation: 1 }, commitOf(5));
    await first.close();
    await world.time.advance(60_000);

    const second = await world.open();
    expect(await second.heartbeat(group, { memberId, instanceId: null, generation: 1 })).toBe("NONE");
    await world.time.advance(9000);
    expect(await second.heartbeat(group, { memberId, instanceId: null, generation: 1 })).toBe("NONE");
    expect(await committed(second)).toEqual([["orders", 5]]);
    const { assignment } = await second.syncGroup(group, syncGroup(memberId, 1));
    expect(String(assignment)).toBe("all");
    await world.time.advance(10_000);
    expect(await second.describe(group)).toMatchObject({ state: "empty", protocolType: "consumer" });
  });

  it("answers nothing before it is durable", async () => {
    const world = new CoordinatorWorld();
    const coordinator = await world.open();
    const joining = coordinator.joinGroup(group, joinGroup());
    await world.time.advance(0);
    const { memberId } = await joining;
    world.log.isHeld = true;

    const member = { memberId, instanceId: null, generation: 1 };
    const syncing = coordinator.syncGroup(group, syncGroup(memberId, 1, { [memberId]: "all" }));
    await settled();
    const work = [
      syncing,
      coordinator.heartbeat(group, member),
      coordinator.commitOffsets(group, member, commitOf(5)),
      coordinator.fetchOffsets(group, null),
      coordinator.describe(group),
      coordinator.list(),
    ];
    for (const each of work) expect(await isThrough(each)).toBe(false);
    world.log.sync();
    await Promise.all(work);
  });

  it("forgets what the disk refused, tells everybody, and goes on from the log", async () => {
    const world = new CoordinatorWorld();
    const coordinator = await world.open();
    const memberId = await oneMember(world, coordinator);
    const member = { memberId, instanceId: null, generation: 1 };
    await coordinator.commitOffsets(group, member, commitOf(5));

    world.log.isHeld = true;
    const parked = coordinator.joinGroup(group, joinGroup());
    const committing = coordinator.commitOffsets(group, member, commitOf(6));
    const reading = coordinator.fetchOffsets(group, null);
    await settled();
    world.log.fail();
    expect(await Promise.all([parked, committing, reading].map(code))).toEqual(Array(3).fill("NOT_COORDINATOR"));

    world.log.isHeld = false;
    expect(await committed(coordinator)).toEqual([["orders", 5]]);
    expect(await coordinator.heartbeat(group, member)).toBe("NONE");
    await coordinator.commitOffsets(group, member, commitOf(7));
    expect(await committed(coordinator)).toEqual([["orders", 7]]);
  });

  it("has after a crash what was answered before", async () => {
    const world = new CoordinatorWorld();
    const first = await world.open();
    const memberId = await oneMember(world, first);
    const member = { memberId, instanceId: null, generation: 1 };
    await first.commitOffsets(group, member, commitOf(5));
    world.log.isHeld = true;
    const lost = first.commitOffsets(group, member, commitOf(6));
    await settled();
    world.crash();
    expect(await code(lost)).toBe("NOT_COORDINATOR");
    const second = await world.open();
    expect(await committed(second)).toEqual([["orders", 5]]);
    expect(await second.heartbeat(group, member)).toBe("NONE");
  });

  it("starts although a partition cannot be read, and tells those who need it", async () => {
    const world = new CoordinatorWorld({ "offsets.topic.num.partitions": 2 });
    const first = await world.open();
    for (const name of ["a", "b"]) await first.commitOffsets(name, nobody, commitOf(1));
    await first.close();
    const broken = world.logs[partitionOf("a", 2)];
    if (broken === undefined) throw new Error("no such partition");
    const read = broken.read.bind(broken);
    broken.read = () => {
      throw new KafkaProtocolError("KAFKA_STORAGE_ERROR", "a corrupt batch");
    };
    const second = await world.open();
    expect(await committed(second, "b")).toEqual([["orders", 1]]);
    expect(await code(second.commitOffsets("a", nobody, commitOf(2)))).toBe("NOT_COORDINATOR");
    broken.read = read;
    expect(await committed(second, "a")).toEqual([["orders", 1]]);
  });

  it("answers who waits when it closes, and nobody afterwards", async () => {
    const world = new CoordinatorWorld();
    const coordinator = await world.open();
    const memberId = await oneMember(world, coordinator);
    const parked = coordinator.joinGroup(group, joinGroup());
    await settled();
    await coordinator.close();
    await coordinator.close();
    expect(await code(parked)).toBe("COORDINATOR_NOT_AVAILABLE");
    expect(await code(coordinator.heartbeat(group, { memberId, instanceId: null, generation: 1 }))).toBe(
      "COORDINATOR_NOT_AVAILABLE",
    );
    expect(world.time.pending).toBe(0);
  });

  it("deletes empty groups with their offsets, and no others", async () => {
    const world = new CoordinatorWorld();
    const coordinator = await world.open();
    const memberId = await oneMember(world, coordinator);
    const member = { memberId, instanceId: null, generation: 1 };
    await coordinator.commitOffsets(group, member, commitOf(5));
    expect(await code(coordinator.deleteGroup(group))).toBe("NON_EMPTY_GROUP");
    await coordinator.leaveGroup(group, [member]);
    await coordinator.deleteGroup(group);
    expect(await coordinator.describe(group)).toBeUndefined();
    expect(await committed(coordinator)).toEqual([]);
    expect(await code(coordinator.deleteGroup(group))).toBe("GROUP_ID_NOT_FOUND");
    await coordinator.close();
    expect(await (await world.open()).list()).toEqual([]);
  });

  it.each([
    ["deletes a group whose members' sessions ended while it got no processor", false, "NONE"],
    ["deletes no group whose members' heartbeats wait with the request", true, "NON_EMPTY_GROUP"],
  ])("%s", async (_, isAlive, expected) => {
    const world = new CoordinatorWorld();
    const coordinator = await world.open(nodeWorld.timers);
    const { memberId } = await coordinator.joinGroup(group, joinGroup({ sessionTimeoutMs: 20 }));
    await coordinator.syncGroup(group, syncGroup(memberId, 1));
    const stalledUntil = nodeWorld.clock.monotonic() + 40;
    while (nodeWorld.clock.monotonic() < stalledUntil);
    const deleted = code(coordinator.deleteGroup(group));
    if (isAlive) await coordinator.heartbeat(group, { memberId, instanceId: null, generation: 1 });
    expect(await deleted).toBe(expected);
  });

  it("keeps the id of a member that was told to come back from a group that is deleted meanwhile", async () => {
    const world = new CoordinatorWorld();
    const coordinator = await world.open();
    const { memberId } = await coordinator.joinGroup(group, joinGroup({ requiresKnownMemberId: true }));
    await coordinator.deleteGroup(group);
    expect(await code(coordinator.joinGroup(group, joinGroup({ memberId })))).toBe("UNKNOWN_MEMBER_ID");
  });

  it("deletes offsets, but not of topics that members read", async () => {
    const world = new CoordinatorWorld();
    const coordinator = await world.open();
    await coordinator.commitOffsets(group, nobody, [...commitOf(1), ...commitOf(2, "invoices")]);
    const wanted = [
      { topic: "orders", partition: 0 },
      { topic: "orders", partition: 9 },
    ];
    expect(await coordinator.deleteOffsets(group, wanted)).toEqual([]);
    expect(await committed(coordinator)).toEqual([["invoices", 2]]);

    const joining = coordinator.joinGroup(group, joinGroup());
    await world.time.advance(0);
    await joining;
    // Metadata that is no subscription: they may read everything.
    expect(await coordinator.deleteOffsets(group, wanted)).toEqual(wanted);
    expect(await code(coordinator.deleteOffsets("other", wanted))).toBe("GROUP_ID_NOT_FOUND");
  });

  it("does not delete offsets of members that are not consumers", async () => {
    const world = new CoordinatorWorld();
    const coordinator = await world.open();
    const joining = coordinator.joinGroup(group, joinGroup({ protocolType: "connect", protocols: [protocol("d")] }));
    await world.time.advance(0);
    await joining;
    expect(await code(coordinator.deleteOffsets(group, []))).toBe("NON_EMPTY_GROUP");
  });

  it("takes away any number of offsets of a deleted topic: its log takes no batch that no segment has room for", async () => {
    const world = new CoordinatorWorld();
    const coordinator = await world.open();
    const value = offsetOf(1);
    const offsets = Array.from({ length: 2_500 }, (_, partition) => ({ topic: "orders", partition, value }));
    await coordinator.commitOffsets(group, nobody, offsets);
    const before = world.log.batches.length;
    await coordinator.topicDeleted("orders");
    expect(await committed(coordinator)).toEqual([]);
    const sizes = world.log.batches.slice(before).map((bytes) => RecordBatch.at(bytes).recordCount);
    expect(sizes).toEqual([1_000, 1_000, 500]);
  });

  it("forgets offsets with their topic, also of one deleted at the moment of a crash or made anew", async () => {
    const world = new CoordinatorWorld();
    for (const name of ["orders", "kept", "anew"]) world.setTopic(name, idOf(name));
    const first = await world.open();
    for (const name of ["orders", "kept", "anew"]) await first.commitOffsets(group, nobody, commitOf(1, name, name));
    await first.topicDeleted("orders");
    expect(await committed(first)).toEqual([
      ["kept", 1],
      ["anew", 1],
    ]);
    await first.close();
    world.setTopic("anew", idOf("another"));
    expect(await committed(await world.open())).toEqual([["kept", 1]]);
  });

  it("lets offsets expire by themselves, and the group with the last", async () => {
    const world = new CoordinatorWorld({
      "offsets.retention.minutes": 60,
      "offsets.retention.check.interval.ms": 600_000,
    });
    const coordinator = await world.open();
    await coordinator.commitOffsets(group, nobody, [
      { topic: "orders", partition: 0, value: { ...offsetOf(1), commitTimestamp: world.time.now() } },
    ]);
    await world.time.advance(50 * 60_000);
    expect(await committed(coordinator)).toEqual([["orders", 1]]);
    await world.time.advance(10 * 60_000);
    expect(await committed(coordinator)).toEqual([]);
    expect(await coordinator.list()).toEqual([]);
  });

  it("applies the same records the same way live and when it reads them", async () => {
    const world = new CoordinatorWorld();
    const live = await world.open();
    const memberId = await oneMember(world, live);
    await live.commitOffsets(group, { memberId, instanceId: null, generation: 1 }, commitOf(3));
    await live.commitOffsets("simple", nobody, commitOf(4));
    await live.commitOffsets("gone", nobody, commitOf(4));
    await live.deleteGroup("gone");
    const seen = async (coordinator: GroupCoordinator) => ({
      groups: await coordinator.list(),
      offsets: await Promise.all([group, "simple", "gone"].map((name) => coordinator.fetchOffsets(name, null))),
    });
    const before = await seen(live);
    await live.close();
    expect(await seen(await world.open())).toEqual(before);
  });

  it("passes over records of other kinds of groups", async () => {
    const world = new CoordinatorWorld();
    const key = Buffer.from("000300016700", "hex");
    const log = new FakeOffsetsLog();
    world.logs = [log];
    const offset = encodeGroupRecord({ type: "offset", group, topic: "orders", partition: 0, value: offsetOf(9) }, 0);
    expect(decodeGroupRecord(offset)).toBeDefined();
    log.append(encodeBatch([{ key, value: Buffer.from("x"), timestamp: 0 }, offset]));
    expect(await committed(await world.open())).toEqual([["orders", 9]]);
  });
});
