import { KafkaProtocolError } from "@ottla/protocol";
import { nodeWorld } from "@ottla/world";
import { describe, expect, it } from "vitest";
import { MetricCounters } from "../broker-metrics.js";
import type { BrokerServices } from "../broker-services.js";
import { BrokerConfig } from "../config/broker-config.js";
import { FetchSessions } from "../fetch-session/fetch-sessions.js";
import { NamedRound } from "../fetch-session/named-round.js";
import type { PartitionLog, ReadOptions, ReadResult } from "../log/partition-log.js";
import { ReadBuffers } from "../server/read-buffers.js";
import { readOrWait } from "./delayed-fetch.js";
import { fetchEntry } from "./fetch.js";
import { PartitionFetch } from "./partition-fetch.js";
import { ResponseMemory } from "./response-memory.js";

const logReading = (read: (from: number, options: ReadOptions) => ReadResult | Promise<ReadResult>): PartitionLog =>
  ({
    topic: "orders",
    partition: 0,
    leaderEpoch: 0,
    logStartOffset: 0,
    highWatermark: 10,
    lastStableOffset: 10,
    isDeleted: false,
    read,
    onAdvance: () => () => {},
  }) as Partial<PartitionLog> as PartitionLog;
const asked = { partition: 0, currentLeaderEpoch: -1, fetchOffset: 0, lastFetchedEpoch: -1, partitionMaxBytes: 800 };
const partition = { ...asked, logStartOffset: -1, replicaDirectoryId: "", highWatermark: -1 };
const reader = { isolationLevel: 0, maxBytes: 1e6, isReplica: false, allocate: Buffer.allocUnsafe };
const roundOf = (log: PartitionLog) =>
  new NamedRound([{ topic: "orders", request: partition }], ({ request }) => new PartitionFetch(request, log, reader));

describe("a fetch that reads from the disk", () => {
  it("has the room it may fill reserved, so that a crowd of them stays within the limit", async () => {
    const memory = new ResponseMemory(1000, new MetricCounters());
    const limits: number[] = [];
    const finish: (() => void)[] = [];
    const log = logReading((_, { maxBytes }) => {
      limits.push(maxBytes);
      return new Promise((resolve) => {
        finish.push(() => resolve({ buffers: [Buffer.alloc(maxBytes)], sizeInBytes: maxBytes }));
      });
    });
    const environment = { timers: nodeWorld.timers, memory, signal: new AbortController().signal };
    const reads = [1, 2, 3].map(() =>
      readOrWait(environment, roundOf(log), { minBytes: 0, maxBytes: 700, maxWaitMs: 0 }),
    );
    expect(limits).toEqual([700, 300, 0]);
    expect(memory.room).toBe(0);
    for (const done of finish) done();
    await Promise.all(reads);
    expect(memory.room).toBe(1000);
  });

  it.each([
    { version: 5, errorCode: 6 },
    { version: 6, errorCode: 56 },
  ])("answers a failed disk in version $version with $errorCode", async ({ version, errorCode }) => {
    const log = logReading(() => {
      throw new KafkaProtocolError("KAFKA_STORAGE_ERROR", "the read failed");
    });
    const broker = {
      config: new BrokerConfig(),
      topics: { get: () => ({ partitions: [log] }) },
      memory: new ResponseMemory(1000, new MetricCounters()),
      readBuffers: new ReadBuffers(),
      fetchSessions: new FetchSessions(nodeWorld, { sessions: 0, partitions: 0 }),
      world: nodeWorld,
    } as unknown as BrokerServices;
    const connection = { listener: "TEST", host: "", signal: new AbortController().signal };
    const request = { sessionId: 0, sessionEpoch: -1, maxBytes: 1000, minBytes: 1, maxWaitMs: 0, isolationLevel: 0 };
    const answer = await fetchEntry.handle(
      { broker, connection, clientId: null, hold: () => undefined },
      {
        ...request,
        replicaId: -1,
        replicaState: { replicaId: -1 },
        topics: [{ topic: "orders", topicId: "", partitions: [partition] }],
      } as never,
      version,
    );
    expect(answer).toMatchObject({ responses: [{ partitions: [{ errorCode }] }] });
  });
});
