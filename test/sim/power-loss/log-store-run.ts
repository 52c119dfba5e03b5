import { batchesIn, encodeBatch } from "@ottla/protocol";
import { defaultLogConfig, type LogConfig } from "../../../packages/broker/src/log/log-config.js";
import type { PartitionLog } from "../../../packages/broker/src/log/partition-log.js";
import type { LogStore, StorageEvent } from "../../../packages/broker/src/storage/log-store.js";
import { openLogStore } from "../../../packages/broker/src/storage/open-log-store.js";
import { PartitionHistory, type SeenRecord } from "../../kit/partition-history.js";
import { Violation } from "../../kit/violation.js";
import type { FileOperation, Verdict } from "../disk/sim-files.js";
import type { SeededRandom } from "../seeded-random.js";
import type { SimProcess } from "../sim-process.js";
import { Simulation } from "../simulation.js";
import { momentOfDeath } from "./moment.js";
import { oneLife, untilDeath } from "./until-death.js";

const dataDir = "/var/lib/ottla";

export interface LogStoreRunOptions {
  /** Lives and deaths of the store (default 3). */
  readonly incarnations?: number;
  readonly judge?: (operation: FileOperation) => Verdict;
  /** Further moments at which the power goes, beside those that the run draws. */
  readonly alsoDiesAt?: (operation: FileOperation) => boolean;
}

/** One topic's single partition, and the idempotent producers that write to it. */
interface Target {
  readonly topic: string;
  readonly topicId: string;
  readonly config: LogConfig;
  readonly history: PartitionHistory;
  /** One that writes all the time, and one that is seldom heard of: records may be deleted that alone told of it. */
  readonly producers: readonly [IdempotentProducer, IdempotentProducer];
  isDeleted: boolean;
  leaderEpoch: number;
  /** Files with tails that recovery cut, and what they hold. */
  cuts: ReadonlyMap<string, Buffer>;
}

interface IdempotentProducer {
  readonly producerId: number;
  /** Batches nobody was told about yet, oldest first: to be sent again after a restart. */
  unacknowledged: Sent[];
  lastAcknowledged: { readonly batch: Sent; readonly baseOffset: number } | undefined;
  sequence: number;
}

interface Sent {
  readonly ids: readonly string[];
  readonly baseSequence: number;
}

/** Producers, readers and deletions on a log store whose machine loses its power, again and again. */
export class LogStoreRun {
  readonly sim: Simulation;
  readonly #random: SeededRandom;
  readonly #machine: SimProcess;
  readonly #targets: Target[] = [];
  readonly #incarnations: number;
  readonly #alsoDiesAt: (operation: FileOperation) => boolean;
  #nextId = 0;
  #clusterId: string | undefined;

  constructor(seed: number, options: LogStoreRunOptions = {}) {
    this.sim = new Simulation({ seed });
    this.#random = this.sim.random.fork();
    this.#machine = this.sim.process("store");
    this.#machine.judge = options.judge;
    this.#alsoDiesAt = options.alsoDiesAt ?? (() => false);
    this.#incarnations = options.incarnations ?? 3;
    for (let index = 0; index < this.#random.between(1, 4); index += 1) this.#addTarget();
  }

  /** Everything that somebody was told, all partitions together. */
  get toldCount(): number {
    return this.#targets.reduce((sum, { history }) => sum + history.toldCount, 0);
  }

  /** @throws Violation */
  async run(): Promise<void> {
    for (let life = 0; life < this.#incarnations; life += 1) {
      if (life > 0) this.#machine.restart();
      await this.#live(life);
    }
    this.#machine.restart();
    await untilDeath(this.sim, this.#machine, async () => {
      const store = await this.#open();
      await this.#check(store);
      await store.close();
    });
  }

  async #live(life: number): Promise<void> {
    const kind = this.#random.chance(0.8) ? "powerLoss" : "kill";
    // Early deaths are deaths while the store recovers.
    const isTime = momentOfDeath(this.#random, [20, 60, 150, 300]);
    await oneLife(this.sim, this.#machine, { kind, isTime, alsoAt: this.#alsoDiesAt }, async () => {
      const store = await this.#open();
      if (life > 0) await this.#check(store);
      await this.#work(store);
      if (this.#random.chance(0.4)) await store.close();
    });
  }

  async #open(): Promise<LogStore> {
    for (const target of this.#targets) this.#checkOwner(target);
    const store = await openLogStore(this.#machine.world, {
      dataDir,
      durability: "sync",
      onEvent: (event) => this.#hear(event),
    });
    // The metadata may know already of a topic that took a deleted one's name, while the store had not come to the deletion.
    for (const { topic, isDeleted } of [...this.#targets]) {
      const isFree = this.#targets.every((other) => other.topic !== topic || other.isDeleted);
      if (isDeleted && isFree && this.#random.chance(0.5)) this.#addTarget(topic);
    }
    for (const target of this.#targets) {
      if (!target.isDeleted) this.#create(store, target);
    }
    store.removeUnclaimed();
    if (this.#machine.isAlive) this.#remember(store);
    return store;
  }

  /** What an open store showed of itself may not be taken back by a later start. */
  #remember(store: LogStore): void {
    if (this.#clusterId !== undefined && this.#clusterId !== store.clusterId) {
      throw new Violation(`the cluster id was ${this.#clusterId} and is ${store.clusterId}`);
    }
    this.#clusterId = store.clusterId;
    for (const target of this.#targets) {
      if (target.isDeleted) continue;
      const { leaderEpoch } = this.#log(store, target);
      if (leaderEpoch < target.leaderEpoch) {
        throw new Violation(`${target.topic}: leader epoch ${target.leaderEpoch} was seen and is ${leaderEpoch} now`);
      }
      target.leaderEpoch = leaderEpoch;
      const cuts = this.#cutFiles(target);
      for (const [name, bytes] of target.cuts) {
        if (!cuts.get(name)?.equals(bytes))
          throw new Violation(`${target.topic}: ${name} kept a cut tail and does no more`);
      }
      target.cuts = cuts;
    }
  }

  /** A folder with acknowledged records says whose they are: a next topic of that name must not inherit them. */
  #checkOwner({ topic, topicId, isDeleted, history }: Target): void {
    if (isDeleted || !history.hasAcknowledged) return;
    const owner = this.#content(`${dataDir}/${topic}-0/partition.metadata`).toString();
    if (!owner.includes(topicId)) throw new Violation(`${topic}: partition.metadata holds «${owner}», not ${topicId}`);
  }

  #content(path: string): Buffer {
    const { files } = this.#machine.world;
    if (files.stat(path) === undefined) return Buffer.alloc(0);
    const file = files.open(path, "r");
    const bytes = Buffer.alloc(file.size());
    file.read(bytes, 0);
    file.close();
    return bytes;
  }

  #cutFiles({ topic }: Target): ReadonlyMap<string, Buffer> {
    const { files } = this.#machine.world;
    const folder = `${dataDir}/${topic}-0`;
    if (files.stat(folder) === undefined) return new Map();
    const names = files.list(folder).filter((name) => name.endsWith(".cut"));
    return new Map(names.map((name) => [name, this.#content(`${folder}/${name}`)]));
  }

  #hear(event: StorageEvent): void {
    if (event.kind !== "tailCut" && this.#machine.isAlive) {
      this.sim.fail(new Violation(`the store says ${JSON.stringify(event)} of a disk that did nothing wrong`));
    }
  }

  #log(store: LogStore, target: Target): PartitionLog {
    const log = store.get(target.topic, 0);
    if (log === undefined) throw new Violation(`${target.topic} is not there`);
    return log;
  }

  async #check(store: LogStore): Promise<void> {
    for (const target of this.#targets) {
      if (target.isDeleted) continue;
      const log = this.#log(store, target);
      const found = await this.#readAll(log, log.logStartOffset, log.logEndOffset);
      if (!this.#machine.isAlive) return;
      target.history.check(found, log.logStartOffset, log.logEndOffset);
      if (log.highWatermark !== log.logEndOffset) {
        throw new Violation(
          `${target.topic}: after a start the high watermark is ${log.highWatermark} of ${log.logEndOffset}`,
        );
      }
    }
  }

  async #readAll(log: PartitionLog, from: number, upTo: number): Promise<SeenRecord[]> {
    const found: SeenRecord[] = [];
    for (let next = from; next < upTo; ) {
      const { buffers } = await log.read(next, { maxBytes: 4_000, minOneBatch: true, upTo });
      const before = next;
      for (const buffer of buffers) {
        for (const batch of batchesIn(buffer)) {
          if (!batch.hasValidCrc())
            throw new Violation(`${log.topic}: a batch at ${batch.baseOffset} with a wrong checksum`);
          for (const { offset, value } of batch.records()) {
            if (offset >= next && offset < upTo) found.push({ offset, id: String(value) });
          }
          next = batch.nextOffset;
        }
      }
      if (next === before) throw new Violation(`${log.topic}: nothing to read at ${next} of ${upTo}`);
    }
    return found;
  }

  async #work(store: LogStore): Promise<void> {
    const pending: Promise<void>[] = [];
    if (this.#targets.every(({ isDeleted }) => isDeleted)) this.#create(store, this.#addTarget());
    for (const target of this.#targets) {
      for (const producer of target.producers) {
        if (target.isDeleted) continue;
        this.#repeat(store, target, producer);
        for (const batch of producer.unacknowledged.splice(0)) pending.push(this.#send(store, target, producer, batch));
      }
    }
    for (let step = 0; step < this.#random.between(5, 40); step += 1) {
      const target = this.#random.pick(this.#targets.filter(({ isDeleted }) => !isDeleted));
      const dice = this.#random.next();
      if (dice < 0.7) {
        // More than five on their way is more than the log remembers of a producer.
        const producer = target.producers[this.#random.chance(0.9) ? 0 : 1];
        if (producer.unacknowledged.length < 5) pending.push(this.#append(store, target, producer));
      } else if (dice < 0.8) {
        const log = this.#log(store, target);
        const upTo = log.highWatermark;
        target.history.served(await this.#readAll(log, this.#random.between(log.logStartOffset, upTo), upTo));
      } else if (dice < 0.87) {
        const log = this.#log(store, target);
        const wanted = this.#random.between(log.logStartOffset, log.highWatermark);
        target.history.deleting(wanted);
        const reached = await log.deleteRecordsBefore(wanted);
        if (!this.#machine.isAlive) return;
        target.history.deleted(reached);
      } else if (dice < 0.93) {
        await this.#replace(store, target);
      } else {
        await this.#machine.sleep(this.#random.between(0, 400));
      }
      if (this.#random.chance(0.3)) await this.#machine.sleep(this.#random.next() * 10);
      if (!this.#machine.isAlive) return;
    }
    await Promise.all(pending);
  }

  #append(store: LogStore, target: Target, producer: IdempotentProducer): Promise<void> {
    const ids = Array.from({ length: this.#random.between(1, 5) }, () => {
      this.#nextId += 1;
      return `${target.topic} ${this.#nextId} ${"x".repeat(this.#random.between(0, 300))}`;
    });
    const batch = { ids, baseSequence: producer.sequence };
    producer.sequence += ids.length;
    for (const id of ids) target.history.sending(`producer ${producer.producerId}`, id);
    return this.#send(store, target, producer, batch);
  }

  async #send(store: LogStore, target: Target, producer: IdempotentProducer, batch: Sent): Promise<void> {
    const incarnation = this.#machine.incarnation;
    try {
      await this.#sendOrFail(store, target, producer, batch);
    } catch (error) {
      if (!target.isDeleted && this.#machine.isRunning(incarnation)) this.sim.fail(error);
    }
  }

  async #sendOrFail(store: LogStore, target: Target, producer: IdempotentProducer, batch: Sent): Promise<void> {
    const { incarnation } = this.#machine;
    producer.unacknowledged.push(batch);
    const log = this.#log(store, target);
    const { baseOffset } = log.append(this.#encode(producer, batch), "client");
    await log.whenDurable(baseOffset + batch.ids.length);
    if (!this.#machine.isRunning(incarnation)) return;
    producer.unacknowledged = producer.unacknowledged.filter((other) => other !== batch);
    if (batch.baseSequence >= (producer.lastAcknowledged?.batch.baseSequence ?? 0)) {
      producer.lastAcknowledged = { batch, baseOffset };
    }
    for (const [index, id] of batch.ids.entries()) target.history.acknowledged(baseOffset + index, id);
  }

  #encode({ producerId }: IdempotentProducer, { ids, baseSequence }: Sent): Buffer {
    const timestamp = this.#machine.world.clock.now();
    const records = ids.map((id) => ({ key: null, value: Buffer.from(id), timestamp }));
    return encodeBatch(records, { producerId, producerEpoch: 0, baseSequence });
  }

  /** Sends the last acknowledged batch again, as a producer does whose answer was lost: the log must know it. */
  #repeat(store: LogStore, target: Target, producer: IdempotentProducer): void {
    const { lastAcknowledged: last, unacknowledged } = producer;
    const { topic } = target;
    if (last === undefined || unacknowledged.length > 4) return;
    const { isDuplicate, baseOffset } = this.#log(store, target).append(this.#encode(producer, last.batch), "client");
    if (!isDuplicate || baseOffset !== last.baseOffset) {
      throw new Violation(`${topic}: a batch acknowledged at ${last.baseOffset} was taken again, at ${baseOffset}`);
    }
  }

  /** Deletes a topic and makes another of the same name. */
  async #replace(store: LogStore, target: Target): Promise<void> {
    const incarnation = this.#machine.incarnation;
    target.isDeleted = true;
    await store.delete(target.topic, 0);
    if (!this.#machine.isRunning(incarnation)) return;
    this.#create(store, this.#addTarget(target.topic));
  }

  #create(store: LogStore, { topic, topicId, config }: Target): void {
    store.create(topic, topicId, 0, config);
  }

  #addTarget(topic = `t${this.#targets.length}`): Target {
    const target: Target = {
      topic,
      topicId: Buffer.from(this.#random.bytes(16)).toString("base64url"),
      config: {
        ...defaultLogConfig,
        segmentBytes: this.#random.pick([600, 2_000, 20_000]),
        segmentMs: this.#random.pick([30, defaultLogConfig.segmentMs]),
        indexIntervalBytes: this.#random.pick([100, 1_000]),
        segmentIndexBytes: 4_096,
      },
      history: new PartitionHistory(`${topic} #${this.#targets.length}`),
      producers: [newProducer(2_000 + 2 * this.#targets.length), newProducer(2_001 + 2 * this.#targets.length)],
      isDeleted: false,
      leaderEpoch: 0,
      cuts: new Map(),
    };
    this.#targets.push(target);
    return target;
  }
}

const newProducer = (producerId: number): IdempotentProducer => ({
  producerId,
  unacknowledged: [],
  lastAcknowledged: undefined,
  sequence: 0,
});
