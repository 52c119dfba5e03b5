import type { ApiName, FaultActions, FaultErrorCode } from "@ottla/broker";
import { type Kafka, string, topic } from "@ottla/client";
import { describe, expect, it } from "vitest";
import { type Ottla, startOttla } from "./start-ottla.js";

const events = topic("events", { value: string() });

/** Sends three records, reads them in a group, commits and leaves. */
async function work(kafka: Kafka): Promise<readonly string[]> {
  const producer = kafka.producer();
  for (const value of ["a", "b", "c"]) await producer.send(events, { value });
  await producer.close();
  const consumer = kafka.consumer({ groupId: "g", topics: [events] });
  const read: string[] = [];
  for await (const { value } of consumer) {
    read.push(value);
    if (read.length === 3) await consumer.close();
  }
  return read;
}

type Manual = Ottla<"manual", false>;
const requestsOf = ({ broker }: Manual, api: ApiName): number => broker.metrics.requests.get(api) ?? 0;

/** What each API may say that a client should get over. */
const passing: Partial<Record<ApiName, FaultErrorCode>> = {
  Metadata: "LEADER_NOT_AVAILABLE",
  InitProducerId: "COORDINATOR_LOAD_IN_PROGRESS",
  Produce: "NOT_LEADER_OR_FOLLOWER",
  FindCoordinator: "COORDINATOR_NOT_AVAILABLE",
  JoinGroup: "COORDINATOR_LOAD_IN_PROGRESS",
  SyncGroup: "REBALANCE_IN_PROGRESS",
  OffsetFetch: "NOT_COORDINATOR",
  ListOffsets: "NOT_LEADER_OR_FOLLOWER",
  Fetch: "NOT_LEADER_OR_FOLLOWER",
  OffsetCommit: "NOT_COORDINATOR",
  LeaveGroup: "COORDINATOR_NOT_AVAILABLE",
  ApiVersions: "UNSUPPORTED_VERSION",
};
const struck = Object.keys(passing) as ApiName[];
const faults: readonly [string, (on: FaultActions<ApiName>, api: ApiName) => void][] = [
  ["an error", (on, api) => on.reply(passing[api] ?? "UNKNOWN_SERVER_ERROR")],
  ["a delay", (on) => on.delay("5s")],
  ["a late answer", (on) => on.delay("5s", { after: true })],
  ["a lost request", (on) => on.drop()],
  ["a lost answer", (on) => on.drop({ after: true })],
  ["a connection that breaks before it", (on) => on.close()],
  ["a connection that breaks after it", (on) => on.close({ after: true })],
  ["half an answer", (on) => on.truncate(6)],
];

describe.each(faults)("our client gets over %s", (_title, set) => {
  it.each(struck)("of %s, and has every record once", async (api) => {
    await using ottla = await startOttla({ clock: "manual", registry: false });
    await ottla.kafka.admin().topics.create([events]);
    set(ottla.broker.faults.on(api, { times: 1 }), api);
    expect(await ottla.clock.until(work(ottla.kafka))).toEqual(["a", "b", "c"]);
    expect(ottla.broker.faults.hits).toHaveLength(1);
    ottla.broker.faults.clear();
    expect((await ottla.clock.until(ottla.records(events))).map(({ value }) => value)).toEqual(["a", "b", "c"]);
  });
});

describe("our client", () => {
  it("asks for the leader again after NOT_LEADER_OR_FOLLOWER", async () => {
    await using ottla = await startOttla({ clock: "manual", registry: false });
    const producer = ottla.kafka.producer();
    await ottla.clock.until(producer.send(events, { value: "a" }));
    const before = requestsOf(ottla, "Metadata");
    const fault = ottla.broker.faults.on("Produce", { topic: "events", times: 2 }).reply("NOT_LEADER_OR_FOLLOWER");
    await ottla.clock.until(producer.send(events, { value: "b" }));
    expect(fault.count).toBe(2);
    expect(requestsOf(ottla, "Metadata")).toBeGreaterThan(before);
  });
  it("repeats no record whose acknowledgement was lost, and would without idempotence", async () => {
    for (const [idempotent, records] of [
      [true, ["a"]],
      [false, ["a", "a"]],
    ] as const) {
      await using ottla = await startOttla({ clock: "manual", registry: false });
      ottla.broker.faults.on("Produce", { times: 1 }).close({ after: true });
      await ottla.clock.until(ottla.kafka.producer({ idempotent }).send(events, { value: "a" }));
      expect((await ottla.clock.until(ottla.records(events))).map(({ value }) => value)).toEqual(records);
    }
  });
  it("reads on when a fetch was lost and no answer came for 30 s", async () => {
    await using ottla = await startOttla({ clock: "manual", registry: false });
    const { kafka, broker, clock } = ottla;
    await kafka.admin().topics.create([events]);
    const read: string[] = [];
    const consumer = kafka.consumer({ groupId: "g", topics: [events] });
    const loop = (async () => {
      for await (const { value } of consumer) read.push(value);
    })();
    await clock.advance("1s");
    const fault = broker.faults.on("Fetch", { times: 1 }).drop();
    await clock.advance("1s");
    expect(fault.count).toBe(1);
    await clock.until(kafka.producer().send(events, { value: "a" }));
    await clock.advance("25s");
    expect(read).toEqual([]);
    await clock.advance("6s");
    expect(read).toEqual(["a"]);
    await clock.until(consumer.close());
    await loop;
  });
  it("tells of an error that no retry helps, with the broker's code", async () => {
    await using ottla = await startOttla({ registry: false });
    ottla.broker.faults.on("Produce", { topic: "events" }).reply("TOPIC_AUTHORIZATION_FAILED");
    ottla.broker.faults.on("CreateTopics", { topic: "events" }).reply("POLICY_VIOLATION");
    const { kafka } = ottla;
    expect((await kafka.admin().topics.create([events]))[0]?.error?.code).toBe("POLICY_VIOLATION");
    await expect(kafka.producer().send(events, { value: "a" })).rejects.toMatchObject({
      code: "TOPIC_AUTHORIZATION_FAILED",
    });
    const { partition } = await kafka.producer().send(topic("others", { value: string() }), { value: "a" });
    expect(partition).toBe(0);
  });
  it("begins anew where a fetch says that its offset is gone", async () => {
    await using ottla = await startOttla({ clock: "manual", registry: false });
    await ottla.clock.until(ottla.kafka.producer().send(events, { value: "a" }));
    const fault = ottla.broker.faults
      .on("Fetch", { topic: "events", partition: 0, times: 1 })
      .reply("OFFSET_OUT_OF_RANGE");
    expect((await ottla.clock.until(ottla.records(events))).map(({ value }) => value)).toEqual(["a"]);
    expect(fault.count).toBe(1);
  });
});
