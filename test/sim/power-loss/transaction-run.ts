import { encodeBatch, encodeControlBatch } from "@ottla/protocol";
import { defaultLogConfig } from "../../../packages/broker/src/log/log-config.js";
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

const topic = "transactions";
const topicId = "AAAAAAAAAAAAAAAAAAAAAQ";

interface Producer {
  readonly producerId: number;
  epoch: number;
  sequence: number;
  /** First offset of what is open, once somebody was told of it. */
  first: number | undefined;
}

/** A transaction of which somebody was told that it ended, and how. */
interface Ended {
  readonly producerId: number;
  readonly firstOffset: number;
  readonly type: "abort" | "commit";
}

/** Transactions in one log, on a machine whose power goes at any moment. */
export class TransactionRun {
  readonly sim: Simulation;
  readonly #random: SeededRandom;
  readonly #machine: SimProcess;
  readonly #segmentBytes: number;
  readonly #alsoDiesAt: (operation: FileOperation) => boolean;
  readonly #producers: readonly Producer[] = [1, 2, 3].map((producerId) => ({
    producerId,
    epoch: 0,
    sequence: 0,
    first: undefined,
  }));
  readonly #ended: Ended[] = [];

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
    this.#segmentBytes = this.#random.pick([300, 900, 20_000]);
  }

  /** Transactions whose end somebody was told of. */
  get endedCount(): number {
    return this.#ended.length;
  }

  /** @throws Violation */
  async run(): Promise<void> {
    for (let life = 0; life < 4; life += 1) {
      if (life > 0) this.#machine.restart();
      const kind = this.#random.chance(0.8) ? "powerLoss" : "kill";
      const isTime = momentOfDeath(this.#random, [20, 60, 150, 300]);
      await oneLife(this.sim, this.#machine, { kind, isTime, alsoAt: this.#alsoDiesAt }, async () => {
        const { store, log } = await this.#open();
        await this.#work(log);
        if (this.#random.chance(0.5)) await store.close();
      });
    }
    this.#machine.restart();
    await untilDeath(this.sim, this.#machine, async () => {
      const { store } = await this.#open();
      await store.close();
    });
  }

  async #open(): Promise<{ readonly store: LogStore; readonly log: PartitionLog }> {
    const store = await openLogStore(this.#machine.world, {
      dataDir: "/var/lib/ottla",
      durability: "sync",
      onEvent: (event) => {
        if (event.kind === "tailCut" || !this.#machine.isAlive) return;
        this.sim.fail(new Violation(`the store says ${JSON.stringify(event)} of a disk that did nothing wrong`));
      },
    });
    const log = store.create(topic, topicId, 0, { ...defaultLogConfig, segmentBytes: this.#segmentBytes });
    await this.#check(log);
    for (const producer of this.#producers) {
      const known = log.producer(producer.producerId);
      producer.epoch = Math.max(producer.epoch, known?.epoch ?? 0);
      producer.first =
        known === undefined || known.transactionFirstOffset < 0 ? undefined : known.transactionFirstOffset;
      // As its coordinator does: what a dead producer left open is aborted.
      if (producer.first !== undefined) await this.#end(log, producer, "abort");
      else producer.epoch += 1;
      producer.sequence = 0;
    }
    return { store, log };
  }

  async #check(log: PartitionLog): Promise<void> {
    const found = await log.abortedTransactions(0, log.logEndOffset);
    if (!this.#machine.isAlive) return;
    const isListed = ({ producerId, firstOffset }: Ended) =>
      found.some((each) => each.producerId === producerId && each.firstOffset === firstOffset);
    for (const ended of this.#ended) {
      if (isListed(ended) === (ended.type === "abort")) continue;
      const { producerId, firstOffset, type } = ended;
      const how = type === "abort" ? "and is not listed as such" : "and is listed as aborted";
      throw new Violation(`the transaction of ${producerId} from offset ${firstOffset} had its ${type}, ${how}`);
    }
    for (const { producerId, first } of this.#producers) {
      const isOpen = (log.producer(producerId)?.transactionFirstOffset ?? -1) >= 0;
      if (isOpen && first !== undefined && log.lastStableOffset > first) {
        throw new Violation(`open since ${first}, and the last stable offset is ${log.lastStableOffset}`);
      }
    }
  }

  async #work(log: PartitionLog): Promise<void> {
    for (let step = 0; step < this.#random.between(5, 40); step += 1) {
      const producer = this.#random.pick(this.#producers);
      const dice = this.#random.next();
      if (dice < 0.6) await this.#write(log, producer);
      else if (producer.first !== undefined) await this.#end(log, producer, dice < 0.85 ? "abort" : "commit");
      if (this.#random.chance(0.2)) await this.#machine.sleep(this.#random.next() * 100);
      if (!this.#machine.isAlive) return;
    }
  }

  async #write(log: PartitionLog, producer: Producer): Promise<void> {
    const { incarnation } = this.#machine;
    const { producerId, epoch: producerEpoch, sequence: baseSequence } = producer;
    const value = Buffer.alloc(this.#random.between(1, 100), "x");
    const header = { producerId, producerEpoch, baseSequence, isTransactional: true };
    const batch = encodeBatch([{ key: null, value, timestamp: this.#machine.world.clock.now() }], header);
    const { baseOffset } = log.append(batch, "client", { transactionVersion: 2 });
    producer.sequence += 1;
    await log.whenDurable(baseOffset + 1);
    if (this.#machine.isRunning(incarnation)) producer.first ??= baseOffset;
  }

  async #end(log: PartitionLog, producer: Producer, type: "abort" | "commit"): Promise<void> {
    const { incarnation } = this.#machine;
    const { producerId, first } = producer;
    producer.epoch += 1;
    producer.sequence = 0;
    const timestamp = this.#machine.world.clock.now();
    const header = { producerId, producerEpoch: producer.epoch, coordinatorEpoch: 0, timestamp };
    const { lastOffset } = log.append(encodeControlBatch({ type, ...header }), "coordinator", {
      transactionVersion: 2,
    });
    await log.whenDurable(lastOffset + 1);
    if (!this.#machine.isRunning(incarnation)) return;
    if (first !== undefined) this.#ended.push({ producerId, firstOffset: first, type });
    producer.first = undefined;
  }
}
