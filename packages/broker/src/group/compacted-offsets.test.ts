import { systemError } from "@ottla/world";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BrokerConfig } from "../config/broker-config.js";
import { cleanAll } from "../log/compaction/compacted-log.test-kit.js";
import { defaultLogConfig, type LogConfig } from "../log/log-config.js";
import type { PartitionLog } from "../log/partition-log.js";
import type { LogStore } from "../storage/log-store.js";
import { StoreFixture, topicId } from "../storage/store-fixture.js";
import { CommitsModel } from "./commits-model.test-kit.js";
import { GroupShard } from "./group-shard.js";
import { ManualTime } from "./manual-time.test-kit.js";

const group = "billing";
const topic = "orders";
const nobody = { memberId: "", instanceId: null, generation: -1 };
const logConfig: LogConfig = {
  ...defaultLogConfig,
  segmentBytes: 600,
  cleanupPolicy: ["compact"],
  minCleanableDirtyRatio: 0.01,
  deleteRetentionMs: 1000,
};

/** One partition of `__consumer_offsets` on a disk that is compacted, and sometimes full. */
class Offsets {
  readonly fixture: StoreFixture;
  readonly models: readonly CommitsModel[];
  readonly store: LogStore;
  readonly #log: PartitionLog;
  readonly shard: GroupShard;
  #count: number;

  private constructor(
    earlier: Offsets | undefined,
    fixture: StoreFixture,
    store: LogStore,
    log: PartitionLog,
    shard: GroupShard,
  ) {
    this.fixture = fixture;
    this.store = store;
    this.#log = log;
    this.shard = shard;
    this.models = earlier?.models ?? [0, 1, 2].map(() => new CommitsModel());
    this.#count = earlier === undefined ? 0 : earlier.#count;
  }

  /** After the broker of an earlier one was killed. */
  static async open(earlier?: Offsets): Promise<Offsets> {
    const fixture = earlier?.fixture ?? new StoreFixture();
    const store = await fixture.open();
    const log = store.create("t", topicId, 0, logConfig);
    return new Offsets(earlier, fixture, store, log, await Offsets.#load(log));
  }

  static #load(log: PartitionLog): Promise<GroupShard> {
    const time = new ManualTime();
    return GroupShard.open(log, { clock: time, timers: time, config: new BrokerConfig() });
  }

  /** What is asked for fails, and the shard ends; the one that follows knows nothing of it. */
  async onFullDisk(act: () => Promise<void>): Promise<Offsets> {
    this.fixture.fail = (call) => (call === "write" ? systemError("ENOSPC", "write") : undefined);
    await expect(act()).rejects.toMatchObject({ code: "NOT_COORDINATOR" });
    this.fixture.fail = () => undefined;
    return new Offsets(this, this.fixture, this.store, this.#log, await Offsets.#load(this.#log));
  }

  #next(partition: number) {
    this.#count += 1;
    const value = {
      offset: this.#count,
      leaderEpoch: -1,
      metadata: "",
      commitTimestamp: 0,
      expireTimestamp: null,
      topicId,
    };
    return { offset: this.#count, record: { topic, partition, value }, model: this.models[partition] };
  }

  async commit(partition: number): Promise<void> {
    const { offset, record, model } = this.#next(partition);
    await this.shard.commit(group, nobody, [record]);
    model?.add(offset);
  }

  async commitInTransaction(partition: number, producerId: number): Promise<void> {
    const { offset, record, model } = this.#next(partition);
    await this.shard.commitInTransaction(group, { producerId, producerEpoch: 0 }, nobody, [record]);
    model?.add(offset, producerId);
  }

  async end(producerId: number, result: "commit" | "abort"): Promise<void> {
    await this.shard.endTransaction({ producerId, producerEpoch: 0, coordinatorEpoch: 0, result });
    for (const model of this.models) model.end(producerId, result);
  }

  async delete(partition: number): Promise<void> {
    if (this.shard.state(group) === undefined) return;
    await this.shard.deleteOffsets(group, [{ topic, partition }]);
    this.models[partition]?.clear();
  }

  check(): void {
    const seen = this.models.map((_, partition) => ({
      offset: this.shard.offset(group, topic, partition)?.offset,
      isPending: this.shard.isPending(group, topic, partition),
    }));
    expect(seen).toEqual(this.models.map((model) => model.seen));
  }
}

type Action = (offsets: Offsets) => Promise<Offsets>;

const doing = (act: (offsets: Offsets) => Promise<unknown>): Action => {
  return async (offsets) => {
    await act(offsets);
    return offsets;
  };
};
const partition = fc.integer({ min: 0, max: 2 });
const producerId = fc.constantFrom(7, 8);
const result = fc.constantFrom("commit" as const, "abort" as const);
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 8, arbitrary: partition.map((each) => doing((offsets) => offsets.commit(each))) },
  {
    weight: 6,
    arbitrary: fc.tuple(partition, producerId).map(([each, id]) => doing((o) => o.commitInTransaction(each, id))),
  },
  { weight: 5, arbitrary: fc.tuple(producerId, result).map(([id, how]) => doing((o) => o.end(id, how))) },
  { weight: 2, arbitrary: partition.map((each) => doing((offsets) => offsets.delete(each))) },
  { weight: 3, arbitrary: fc.constant(doing(({ store }) => cleanAll(store))) },
  {
    weight: 2,
    arbitrary: fc.constant(
      doing(async ({ fixture }) => {
        fixture.now += 2000;
      }),
    ),
  },
  { weight: 2, arbitrary: fc.constant<Action>((offsets) => Offsets.open(offsets)) },
  {
    weight: 1,
    arbitrary: partition.map(
      (each): Action =>
        (o) =>
          o.onFullDisk(() => o.commit(each)),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(partition, producerId).map(
      ([each, id]): Action =>
        (o) =>
          o.onFullDisk(() => o.commitInTransaction(each, id)),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(producerId, result).map(
      ([id, how]): Action =>
        (o) =>
          o.onFullDisk(() => o.end(id, how)),
    ),
  },
);

describe("a log of offsets that is compacted and has a full disk now and then", () => {
  it("tells the same offsets, and the same open transactions, when it is loaded again", async () => {
    let rounds = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 10, maxLength: 80, size: "max" }), async (actions) => {
        let offsets = await Offsets.open();
        for (const each of actions) {
          offsets = await each(offsets);
          offsets.check();
        }
        rounds += await cleanAll(offsets.store);
        offsets = await Offsets.open(offsets);
        offsets.check();
        await offsets.store.close();
      }),
      { numRuns: 60 },
    );
    expect(rounds).toBeGreaterThan(10);
  });
});
