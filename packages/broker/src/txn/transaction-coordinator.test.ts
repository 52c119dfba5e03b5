import { KafkaProtocolError, type ProtocolErrorCode } from "@ottla/protocol";
import { describe, expect, it } from "vitest";
import { BrokerConfig } from "../config/broker-config.js";
import { ManualTime, settled } from "../group/manual-time.test-kit.js";
import { FakeOffsetsLog } from "../group/offsets-log.test-kit.js";
import { silent } from "../logger.js";
import { ClusterMetadata } from "../topics/cluster-metadata.js";
import type { Topic } from "../topics/topics.js";
import { TransactionCoordinator } from "./transaction-coordinator.js";

const asTopic = (name: string, partitions: Topic["partitions"]): Topic => ({
  name,
  id: "AAAAAAAAAAAAAAAAAAAABQ",
  isInternal: true,
  config: undefined as never,
  partitions,
});

/** Coordinators over the same logs, one after the other. */
class World {
  readonly time = new ManualTime();
  readonly config: BrokerConfig;
  logs: FakeOffsetsLog[] = [];
  readonly written: string[] = [];
  #nextProducerId = 1;

  constructor(config: ConstructorParameters<typeof BrokerConfig>[0] = {}) {
    this.config = new BrokerConfig({ "transaction.state.log.num.partitions": 2, ...config });
  }

  open(): Promise<TransactionCoordinator> {
    const topic = (name: string) => (this.logs.length === 0 ? undefined : asTopic(name, this.logs));
    return TransactionCoordinator.open({
      world: { clock: this.time, timers: this.time },
      config: this.config,
      topics: {
        get: topic,
        ensure: async ({ name, partitions }) => {
          this.logs = Array.from({ length: partitions }, (_, partition) => new FakeOffsetsLog(partition));
          return asTopic(name, this.logs);
        },
      },
      metadata: { image: new ClusterMetadata() },
      producerIds: { next: async () => this.#nextProducerId++ },
      markers: {
        write: async ({ topic: name }, { result, producerEpoch }) => {
          this.written.push(`${result} ${name} ${producerEpoch}`);
        },
      },
      logger: silent,
    });
  }

  /** The logs as they come back after the process ended. */
  restart(): Promise<TransactionCoordinator> {
    this.logs = this.logs.map((log) => new FakeOffsetsLog(log.partition, log.batches));
    return this.open();
  }
}

const codeOf = async (work: () => unknown): Promise<ProtocolErrorCode | "NONE"> => {
  try {
    await work();
    return "NONE";
  } catch (error) {
    if (error instanceof KafkaProtocolError) return error.code;
    throw error;
  }
};
const orders = { topic: "orders", partition: 0 };

describe("the transaction coordinator", () => {
  it("makes its topic for the first producer, and knows nobody before", async () => {
    const world = new World();
    const coordinator = await world.open();
    const nobody = { transactionalId: "tx", producerId: 1, producerEpoch: 0 };
    expect(await codeOf(() => coordinator.end(nobody, "commit", 2))).toBe("NOT_COORDINATOR");
    expect(await coordinator.list()).toEqual([]);
    expect(world.logs).toEqual([]);
    expect(await coordinator.initProducer("tx", 1_000, undefined)).toEqual({ producerId: 1, producerEpoch: 0 });
    expect(world.logs.length).toBe(2);
    expect((await coordinator.list()).map(([id]) => id)).toEqual(["tx"]);
    expect(await codeOf(() => coordinator.describe("other"))).toBe("TRANSACTIONAL_ID_NOT_FOUND");
  });

  it.each([
    { title: "an empty id", id: "", timeoutMs: 1_000, code: "INVALID_REQUEST" },
    { title: "no time at all", id: "tx", timeoutMs: 0, code: "INVALID_TRANSACTION_TIMEOUT" },
    {
      title: "more than transaction.max.timeout.ms",
      id: "tx",
      timeoutMs: 900_001,
      code: "INVALID_TRANSACTION_TIMEOUT",
    },
    { title: "exactly that", id: "tx", timeoutMs: 900_000, code: "NONE" },
  ])("takes $title with $code", async ({ id, timeoutMs, code }) => {
    const coordinator = await new World().open();
    expect(await codeOf(() => coordinator.initProducer(id, timeoutMs, undefined))).toBe(code);
  });

  it("admits records with the codes that their producers know", async () => {
    const coordinator = await new World().open();
    const producer = { transactionalId: "tx", ...(await coordinator.initProducer("tx", 1_000, undefined)) };
    expect(await codeOf(() => coordinator.admit(producer, orders, "verify"))).toBe("TRANSACTION_ABORTABLE");
    await coordinator.admit(producer, orders, "add");
    expect(coordinator.admit(producer, orders, "add")).toBeUndefined();
    expect(coordinator.admit(producer, orders, "verify")).toBeUndefined();
    for (const mode of ["add", "verify"] as const) {
      const answerTo = (changes: object) => codeOf(() => coordinator.admit({ ...producer, ...changes }, orders, mode));
      expect(await answerTo({ producerEpoch: 4 })).toBe("INVALID_PRODUCER_EPOCH");
      expect(await answerTo({ producerId: 99 })).toBe("INVALID_PRODUCER_ID_MAPPING");
      expect(await answerTo({ transactionalId: "other" })).toBe("INVALID_PRODUCER_ID_MAPPING");
      expect(await answerTo({ transactionalId: "" })).toBe("INVALID_REQUEST");
    }
  });

  it("looks at nothing for producers that add partitions themselves when it is told not to", async () => {
    const coordinator = await new World({ "transaction.partition.verification.enable": false }).open();
    const producer = { transactionalId: "tx", ...(await coordinator.initProducer("tx", 1_000, undefined)) };
    expect(coordinator.admit(producer, orders, "verify")).toBeUndefined();
    expect(coordinator.admit(producer, orders, "add")).toBeInstanceOf(Promise);
  });

  it("aborts by itself what is open too long, also what was open before a restart", async () => {
    const world = new World();
    const first = await world.open();
    const producer = { transactionalId: "tx", ...(await first.initProducer("tx", 15_000, undefined)) };
    await first.addPartitions(producer, [orders], 2);
    await world.time.advance(10_000);
    first.close();
    const second = await world.restart();
    await world.time.advance(5_000);
    expect((await second.describe("tx")).kind).toBe("ongoing");
    await world.time.advance(10_000);
    expect([(await second.describe("tx")).kind, world.written]).toEqual(["completeAbort", ["abort orders 1"]]);
    second.close();
    expect(world.time.pending).toBe(0);
  });

  it("forgets by itself what nobody uses", async () => {
    const world = new World({ "transactional.id.expiration.ms": 5_000_000 });
    const coordinator = await world.open();
    await coordinator.initProducer("tx", 1_000, undefined);
    await world.time.advance(3_600_000);
    expect((await coordinator.list()).length).toBe(1);
    await world.time.advance(3_600_000);
    expect(await coordinator.list()).toEqual([]);
    expect(await coordinator.initProducer("tx", 1_000, undefined)).toEqual({ producerId: 2, producerEpoch: 0 });
  });

  it("loads a partition again whose log failed", async () => {
    const world = new World();
    const coordinator = await world.open();
    const before = await coordinator.initProducer("tx", 1_000, undefined);
    for (const log of world.logs) log.isHeld = true;
    const lost = codeOf(() => coordinator.initProducer("tx", 1_000, undefined));
    await settled();
    for (const log of world.logs) log.fail();
    expect(await lost).toBe("NOT_COORDINATOR");
    for (const log of world.logs) log.isHeld = false;
    await expect.poll(() => codeOf(() => coordinator.describe("tx"))).toBe("NONE");
    expect(await coordinator.initProducer("tx", 1_000, undefined)).toEqual({ ...before, producerEpoch: 1 });
  });

  it("takes nothing when it is closed", async () => {
    const coordinator = await new World().open();
    await coordinator.ensureTopic();
    coordinator.close();
    expect(await codeOf(() => coordinator.initProducer("tx", 1_000, undefined))).toBe("COORDINATOR_NOT_AVAILABLE");
  });
});
