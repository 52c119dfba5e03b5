import { batchesIn, encodeBatch, encodeControlBatch, type RecordBatch } from "@ottla/protocol";
import { defaultLogConfig, type LogConfig } from "../../../packages/broker/src/log/log-config.js";
import type { PartitionLog } from "../../../packages/broker/src/log/partition-log.js";
import type { LogStore } from "../../../packages/broker/src/storage/log-store.js";
import { openLogStore } from "../../../packages/broker/src/storage/open-log-store.js";
import { Violation } from "../../kit/violation.js";
import type { FileOperation, Verdict } from "../disk/sim-files.js";
import type { SeededRandom } from "../seeded-random.js";
import type { SimProcess } from "../sim-process.js";
import { Simulation } from "../simulation.js";
import { momentOfDeath } from "./moment.js";
import { oneLife, untilDeath } from "./until-death.js";

const topic = "compacted";
const topicId = "AAAAAAAAAAAAAAAAAAAAAQ";
const plainId = 5;
const transactionalId = 6;

/** A record as it was sent; who it is stands in its header, for tombstones have no value. */
interface Sent {
  readonly id: string;
  readonly key: string;
  readonly isTombstone: boolean;
  /** Where it is, once somebody was told. */
  offset: number | undefined;
  /** Somebody was told that it is there for good. */
  isCertain: boolean;
  isAborted: boolean;
}

interface Batch {
  readonly rows: readonly Sent[];
  readonly baseSequence: number;
}

interface Transaction {
  readonly batches: Batch[];
  outcome: "commit" | "abort" | undefined;
}

interface Found {
  readonly id: string;
  readonly key: string;
  readonly offset: number;
  readonly isTombstone: boolean;
}

/** A compacting topic with a plain and a transactional producer, on a machine whose power goes at any moment. */
export class CompactionRun {
  readonly sim: Simulation;
  readonly #random: SeededRandom;
  readonly #machine: SimProcess;
  readonly #config: LogConfig;
  readonly #alsoDiesAt: (operation: FileOperation) => boolean;
  readonly #sent = new Map<string, Sent>();
  #unacknowledged: Batch[] = [];
  #lastAcknowledged: { readonly batch: Batch; readonly baseOffset: number } | undefined;
  #sequence = 0;
  #epoch = 0;
  #transactionalSequence = 0;
  #transaction: Transaction | undefined;
  /** Rounds of compaction that came to their end. */
  rounds = 0;

  constructor(
    seed: number,
    options: {
      readonly judge?: (operation: FileOperation) => Verdict;
      readonly alsoDiesAt?: (operation: FileOperation) => boolean;
    } = {},
  ) {
    this.sim = new Simulation({ seed });
    this.#random = this.sim.random.fork();
    this.#machine = this.sim.process("store");
    this.#machine.judge = options.judge;
    this.#alsoDiesAt = options.alsoDiesAt ?? (() => false);
    this.#config = {
      ...defaultLogConfig,
      cleanupPolicy: ["compact"],
      segmentBytes: this.#random.pick([400, 900, 3_000]),
      indexIntervalBytes: 100,
      minCleanableDirtyRatio: this.#random.pick([0, 0.01, 0.3]),
      deleteRetentionMs: this.#random.pick([0, 5, 100]),
    };
  }

  /** @throws Violation */
  async run(): Promise<void> {
    for (let life = 0; life < 4; life += 1) {
      if (life > 0) this.#machine.restart();
      await this.#live();
    }
    this.#machine.restart();
    await untilDeath(this.sim, this.#machine, async () => {
      const { store } = await this.#open();
      await store.close();
    });
  }

  async #live(): Promise<void> {
    const kind = this.#random.chance(0.8) ? "powerLoss" : "kill";
    const isTime = momentOfDeath(this.#random, [60, 150, 300, 600]);
    await oneLife(this.sim, this.#machine, { kind, isTime, alsoAt: this.#alsoDiesAt }, async () => {
      const { store, log } = await this.#open();
      await this.#work(store, log);
      if (this.#random.chance(0.4)) await store.close();
    });
  }

  async #open(): Promise<{ readonly store: LogStore; readonly log: PartitionLog }> {
    const store = await openLogStore(this.#machine.world, {
      dataDir: "/var/lib/ottla",
      durability: "sync",
      tailCacheBytes: this.#random.pick([1_000, 100_000]),
      onEvent: (event) => {
        if (event.kind === "tailCut" || !this.#machine.isAlive) return;
        this.sim.fail(new Violation(`the store says ${JSON.stringify(event)} of a disk that did nothing wrong`));
      },
    });
    const log = store.create(topic, topicId, 0, this.#config);
    await this.#check(log);
    this.#repeat(log);
    await Promise.all(this.#unacknowledged.splice(0).map((batch) => this.#send(log, batch)));
    if (this.#transaction !== undefined) {
      this.#transaction.outcome ??= "abort";
      // As its coordinator does: the next producer of that transactional id has the next epoch.
      this.#epoch += 1;
      this.#transactionalSequence = 0;
      await this.#end(log);
    }
    return { store, log };
  }

  async #work(store: LogStore, log: PartitionLog): Promise<void> {
    let cleaning: Promise<void> | undefined;
    const pending: Promise<void>[] = [];
    for (let step = 0; step < this.#random.between(20, 90); step += 1) {
      const dice = this.#random.next();
      if (dice < 0.5) {
        if (this.#unacknowledged.length < 5) {
          const batch = { rows: this.#rows(), baseSequence: this.#sequence };
          this.#sequence += batch.rows.length;
          pending.push(this.#send(log, batch));
        }
      } else if (dice < 0.65) {
        await this.#sendInTransaction(log);
      } else if (dice < 0.75) {
        if (this.#transaction !== undefined) {
          this.#transaction.outcome = this.#random.pick(["commit", "abort"]);
          await this.#end(log);
        }
      } else if (dice < 0.9) {
        cleaning ??= this.#clean(store).finally(() => {
          cleaning = undefined;
        });
        if (this.#random.chance(0.5)) await cleaning;
      } else if (dice < 0.95) {
        await this.#check(log);
      } else {
        await this.#machine.sleep(this.#random.between(0, 40));
      }
      if (this.#random.chance(0.3)) await this.#machine.sleep(this.#random.next() * 5);
      if (!this.#machine.isAlive) return;
    }
    await Promise.all([...pending, cleaning]);
    await this.#check(log);
  }

  async #clean(store: LogStore): Promise<void> {
    const limits = {
      dedupeBufferBytes: this.#random.pick([100, 100_000]),
      dedupeBufferLoad: 0.9,
      ioBufferBytes: 1_000,
    };
    while (await store.clean(limits)) this.rounds += 1;
  }

  #rows(): readonly Sent[] {
    return Array.from({ length: this.#random.between(1, 4) }, () => {
      const id = `r${this.#sent.size}`;
      const key = `k${this.#random.between(0, 6)}`;
      const isTombstone = this.#random.chance(0.3);
      const row = { id, key, isTombstone, offset: undefined, isCertain: false, isAborted: false };
      this.#sent.set(id, row);
      return row;
    });
  }

  #encode({ rows, baseSequence }: Batch, producerId: number, producerEpoch: number): Buffer {
    const timestamp = this.#machine.world.clock.now();
    const records = rows.map(({ id, key, isTombstone }) => ({
      key: Buffer.from(key),
      value: isTombstone ? null : Buffer.from(`${id} ${"x".repeat(id.length * 9)}`),
      headers: [{ key: "id", value: Buffer.from(id) }],
      timestamp,
    }));
    const isTransactional = producerId === transactionalId;
    return encodeBatch(records, { producerId, producerEpoch, baseSequence, isTransactional });
  }

  async #send(log: PartitionLog, batch: Batch): Promise<void> {
    const { incarnation } = this.#machine;
    this.#unacknowledged.push(batch);
    const { baseOffset } = log.append(this.#encode(batch, plainId, 0), "client");
    await log.whenDurable(baseOffset + batch.rows.length);
    if (!this.#machine.isRunning(incarnation)) return;
    this.#unacknowledged = this.#unacknowledged.filter((other) => other !== batch);
    if (batch.baseSequence >= (this.#lastAcknowledged?.batch.baseSequence ?? 0)) {
      this.#lastAcknowledged = { batch, baseOffset };
    }
    for (const [index, row] of batch.rows.entries()) this.#tell(row, baseOffset + index);
  }

  async #sendInTransaction(log: PartitionLog): Promise<void> {
    const { incarnation } = this.#machine;
    const batch = { rows: this.#rows(), baseSequence: this.#transactionalSequence };
    this.#transaction ??= { batches: [], outcome: undefined };
    this.#transaction.batches.push(batch);
    this.#transactionalSequence += batch.rows.length;
    const { baseOffset } = log.append(this.#encode(batch, transactionalId, this.#epoch), "client");
    await log.whenDurable(baseOffset + batch.rows.length);
    if (!this.#machine.isRunning(incarnation)) return;
    for (const [index, row] of batch.rows.entries()) row.offset = baseOffset + index;
  }

  async #end(log: PartitionLog): Promise<void> {
    const { incarnation } = this.#machine;
    const transaction = this.#transaction;
    if (transaction?.outcome === undefined) return;
    const type = transaction.outcome;
    const timestamp = this.#machine.world.clock.now();
    const marker = { type, producerId: transactionalId, producerEpoch: this.#epoch, coordinatorEpoch: 0, timestamp };
    await log.whenDurable(log.append(encodeControlBatch(marker), "coordinator").lastOffset + 1);
    if (!this.#machine.isRunning(incarnation)) return;
    this.#transaction = undefined;
    for (const { rows } of transaction.batches) {
      for (const row of rows) {
        if (type === "abort") row.isAborted = true;
        else if (row.offset !== undefined) this.#tell(row, row.offset);
      }
    }
  }

  #tell(row: Sent, offset: number): void {
    if (row.offset !== undefined && row.offset !== offset) {
      throw new Violation(`${row.id} was at ${row.offset} and is at ${offset}`);
    }
    row.offset = offset;
    row.isCertain = true;
  }

  #repeat(log: PartitionLog): void {
    const last = this.#lastAcknowledged;
    if (last === undefined || this.#unacknowledged.length > 4) return;
    const { isDuplicate, baseOffset } = log.append(this.#encode(last.batch, plainId, 0), "client");
    if (!isDuplicate || baseOffset !== last.baseOffset) {
      throw new Violation(`a batch acknowledged at ${last.baseOffset} was taken again, at ${baseOffset}`);
    }
  }

  /** Whether who reads all that is committed ends up with the last value of each key that somebody was told of, or a later one. */
  async #check(log: PartitionLog): Promise<void> {
    const { incarnation } = this.#machine;
    const upTo = log.lastStableOffset;
    const found = await this.#readCommitted(log, upTo);
    if (!this.#machine.isRunning(incarnation)) return;
    const latest = new Map<string, Found>();
    const seen = new Set<string>();
    for (const each of found) {
      const sent = this.#sent.get(each.id);
      if (sent === undefined || seen.has(each.id)) throw new Violation(`${each.id} is there and should not be`);
      if (sent.isAborted) throw new Violation(`${each.id} at ${each.offset} was aborted`);
      seen.add(each.id);
      this.#tell(sent, each.offset);
      latest.set(each.key, each);
    }
    const certain = new Map<string, Sent>();
    for (const sent of this.#sent.values()) {
      if (!sent.isCertain || (sent.offset ?? 0) >= upTo) continue;
      if ((sent.offset ?? -1) > (certain.get(sent.key)?.offset ?? -1)) certain.set(sent.key, sent);
    }
    for (const [key, { id, offset, isTombstone }] of certain) {
      const there = latest.get(key);
      if (there === undefined ? isTombstone || this.#mayBeDeleted(key) : there.offset >= (offset ?? 0)) continue;
      throw new Violation(`${key}: the last is ${id} at ${offset}, but ${there?.id} at ${there?.offset} was read`);
    }
  }

  /** A tombstone that nobody was told of may have been there, and gone. */
  #mayBeDeleted(key: string): boolean {
    return [...this.#sent.values()].some(
      (row) => row.key === key && row.isTombstone && !row.isCertain && !row.isAborted,
    );
  }

  async #readCommitted(log: PartitionLog, upTo: number): Promise<Found[]> {
    const found: Found[] = [];
    const ongoing = new Set<number>();
    for (let next = log.logStartOffset; next < upTo; ) {
      // In the turn of the read: compaction may put others in the place of what is read.
      const late = log.read(next, { maxBytes: 900, minOneBatch: true, upTo });
      const aborted = [...(await log.abortedTransactions(next, upTo))].sort((a, b) => a.firstOffset - b.firstOffset);
      const { buffers } = await late;
      const before = next;
      for (const batch of buffers.flatMap((buffer) => [...batchesIn(buffer)])) {
        if (!batch.hasValidCrc()) throw new Violation(`a batch at ${batch.baseOffset} with a wrong checksum`);
        while (aborted[0] !== undefined && aborted[0].firstOffset <= batch.lastOffset) {
          ongoing.add(aborted.shift()?.producerId ?? -1);
        }
        next = batch.nextOffset;
        if (batch.isControl) {
          if (batch.control()?.type === "abort") ongoing.delete(batch.producerId);
        } else if (!batch.isTransactional || !ongoing.has(batch.producerId)) {
          found.push(...foundIn(batch));
        }
      }
      if (!this.#machine.isAlive) return [];
      if (next === before) throw new Violation(`nothing to read at ${next} of ${upTo}`);
      ongoing.clear();
    }
    return found;
  }
}

const foundIn = (batch: RecordBatch): Found[] =>
  [...batch.records()].map(({ key, value, offset, headers }) => ({
    id: String(headers[0]?.value),
    key: String(key),
    offset,
    isTombstone: value === null,
  }));
