import { nodeWorld, systemError } from "@ottla/world";
import { describe, expect, it } from "vitest";
import { BrokerConfig } from "../config/broker-config.js";
import type { LogStore } from "../storage/log-store.js";
import { StoreFixture } from "../storage/store-fixture.js";
import { MetadataLog } from "./metadata-log.js";
import { metadataLogConfig, metadataTopic, metadataTopicId } from "./metadata-topic.js";
import { ProducerIds } from "./producer-ids.js";
import { Topics } from "./topics.js";

interface Opened {
  readonly topics: Topics;
  readonly producerIds: ProducerIds;
  readonly store: LogStore;
}

/** What a broker opens; doing so again is what follows on a killed process. */
async function opened(fixture: StoreFixture): Promise<Opened> {
  const store = await fixture.open();
  const log = store.create(metadataTopic, metadataTopicId, 0, metadataLogConfig);
  const metadata = await MetadataLog.open(log, nodeWorld.clock);
  const config = new BrokerConfig();
  const topics = Topics.open({ metadata, store, config, random: nodeWorld.random, nodeId: 1 });
  store.removeUnclaimed();
  return { topics, store, producerIds: new ProducerIds(metadata, 1) };
}

const names = ({ topics }: Opened): string[] => [...topics.all()].map(({ name }) => name);
const noSpace = (call: string) => (call === "write" ? systemError("ENOSPC", "write") : undefined);

describe("topics", () => {
  it("are the same after a kill as before", async () => {
    const fixture = new StoreFixture();
    const before = await opened(fixture);
    const { id } = await before.topics.create({ name: "a", partitions: 2, configs: new Map([["retention.ms", "5"]]) });
    await before.topics.create({ name: "b", partitions: 1 });
    await before.topics.addPartitions("a", 3);
    await before.topics.configure("a", new Map([["segment.ms", "6"]]));
    await before.topics.delete("b");
    const after = await opened(fixture);
    expect(names(after)).toEqual(["a"]);
    const topic = after.topics.byId(id);
    expect(topic?.partitions.map(({ partition }) => partition)).toEqual([0, 1, 2]);
    expect([...(topic?.config.overrides ?? [])]).toEqual([
      ["retention.ms", "5"],
      ["segment.ms", "6"],
    ]);
  });
  it("are never the metadata log, which a failed creation would take away", async () => {
    const fixture = new StoreFixture();
    const { topics } = await opened(fixture);
    await topics.create({ name: "a", partitions: 1 });
    await expect(topics.create({ name: metadataTopic, partitions: 1 })).rejects.toThrow(/INVALID_REQUEST/);
    await expect(topics.ensure({ name: metadataTopic, partitions: 1 })).rejects.toThrow(/INVALID_REQUEST/);
    await topics.create({ name: "b", partitions: 1 });
    expect(names(await opened(fixture))).toEqual(["a", "b"]);
  });
  it("that could not be made durable do not exist, and can be made when there is room again", async () => {
    const fixture = new StoreFixture();
    const state = await opened(fixture);
    await state.topics.create({ name: "before", partitions: 1 });
    fixture.fail = noSpace;
    await expect(state.topics.create({ name: "a", partitions: 2 })).rejects.toThrow(/KAFKA_STORAGE_ERROR/);
    await expect(state.topics.ensure({ name: "a", partitions: 2 })).rejects.toThrow(/KAFKA_STORAGE_ERROR/);
    expect(names(state)).toEqual(["before"]);
    fixture.fail = () => undefined;
    await state.topics.create({ name: "a", partitions: 3 });
    expect(names(state)).toEqual(["before", "a"]);
    const after = await opened(fixture);
    expect(names(after)).toEqual(["before", "a"]);
    expect(after.topics.get("a")?.partitions).toHaveLength(3);
    expect(after.topics.get("a")?.id).toBe(state.topics.get("a")?.id);
  });
  it("whose deletion could not be made durable are gone once there is room again", async () => {
    const fixture = new StoreFixture();
    const state = await opened(fixture);
    await state.topics.create({ name: "a", partitions: 1 });
    fixture.fail = noSpace;
    await expect(state.topics.delete("a")).rejects.toThrow(/KAFKA_STORAGE_ERROR/);
    fixture.fail = () => undefined;
    await state.topics.create({ name: "b", partitions: 1 });
    await state.topics.create({ name: "a", partitions: 2 });
    const after = await opened(fixture);
    expect(names(after)).toEqual(names(state));
    expect(after.topics.get("a")?.partitions).toHaveLength(2);
  });
  it("grow one step after the other", async () => {
    const state = await opened(new StoreFixture());
    await state.topics.create({ name: "a", partitions: 1 });
    const outcomes = await Promise.allSettled([4, 3, 6].map((count) => state.topics.addPartitions("a", count)));
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(state.topics.get("a")?.partitions).toHaveLength(6);
  });
  it("are deleted with the partitions that they are growing", async () => {
    const fixture = new StoreFixture();
    const state = await opened(fixture);
    await state.topics.create({ name: "a", partitions: 1 });
    await Promise.allSettled([state.topics.addPartitions("a", 4), state.topics.delete("a")]);
    expect([...state.store.logs()].map(({ topic }) => topic)).toEqual([metadataTopic]);
    await state.topics.create({ name: "a", partitions: 5 });
    expect((await opened(fixture)).topics.get("a")?.partitions).toHaveLength(5);
  });
  it("that several ask for at once are made once", async () => {
    const state = await opened(new StoreFixture());
    const asked = await Promise.all([1, 2, 3].map(() => state.topics.ensure({ name: "a", partitions: 1 })));
    expect(new Set(asked.map(({ id }) => id)).size).toBe(1);
    await Promise.all([state.topics.delete("a"), state.topics.ensure({ name: "a", partitions: 1 })]);
  });
});

describe("producer ids", () => {
  it("are never given twice, whatever was killed or failed in between", async () => {
    const fixture = new StoreFixture();
    const seen: number[] = [];
    for (let life = 0; life < 3; life += 1) {
      const { producerIds } = await opened(fixture);
      for (let count = 0; count < 3; count += 1) seen.push(await producerIds.next());
    }
    const { producerIds } = await opened(fixture);
    fixture.fail = noSpace;
    await expect(producerIds.next()).rejects.toThrow(/KAFKA_STORAGE_ERROR/);
    fixture.fail = () => undefined;
    seen.push(await producerIds.next());
    expect(new Set(seen).size).toBe(10);
  });
});
