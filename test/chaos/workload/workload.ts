import { apis } from "@ottla/protocol";
import { Violation } from "../../kit/violation.js";
import type { History, Isolation } from "../history/history.js";
import { GroupMember } from "./group-member.js";
import { PartitionReader } from "./partition-reader.js";
import { type Dialect, Producer, ProducerFailedError } from "./producer.js";
import { isolationLevel, nameOf, Recorder, type TopicPartition } from "./recorder.js";
import { StubbornClient, UnansweredError } from "./stubborn-client.js";
import type { Surroundings } from "./surroundings.js";
import { Transformer } from "./transformer.js";

export interface WorkloadOptions {
  /** Begins the names of all that this workload makes, so that several may follow one another on one broker. */
  readonly name: string;
  /** Longest pause of a client between two things it does, in milliseconds. */
  readonly pauseMs: number;
}

const dialects: readonly Dialect[] = ["old", "kip890"];

/**
 * Idempotent and transactional producers, groups that transform exactly once, and readers, all at once on one broker that
 * whoever runs this ill-treats; and at the end a look at everything.
 */
export class Workload {
  readonly #options: WorkloadOptions;
  readonly #where: Surroundings;
  readonly #recorder = new Recorder();
  readonly #input: readonly TopicPartition[];
  readonly #output: readonly TopicPartition[];
  #isOver = false;

  constructor(options: WorkloadOptions, where: Surroundings) {
    this.#options = options;
    this.#where = where;
    const { name } = options;
    const partitionsOf = (topic: string): TopicPartition[] => [0, 1, 2].map((partition) => ({ topic, partition }));
    this.#input = partitionsOf(`${name}-in`);
    this.#output = partitionsOf(`${name}-out`);
  }

  get history(): History {
    return this.#recorder.history;
  }

  get topics(): readonly string[] {
    return [...new Set([...this.#input, ...this.#output].map(({ topic }) => topic))];
  }

  /** Transactions that were committed so far. */
  get committedCount(): number {
    return this.#recorder.count((each) => each.kind === "transaction" && each.outcome === "committed");
  }

  get writeCount(): number {
    return this.#recorder.count((each) => each.kind === "write" && each.outcome === "ok");
  }

  async createTopics(): Promise<void> {
    const client = new StubbornClient("admin", this.#where);
    for (const name of this.topics) {
      const wanted = { name, numPartitions: 3, replicationFactor: 1, assignments: [], configs: [] };
      for (let isThere = false; !isThere; ) {
        const code = await client.code(
          apis.CreateTopics,
          5,
          { timeoutMs: this.#where.patienceMs, topics: [wanted] },
          ({ topics }) => topics[0]?.errorCode,
        );
        isThere = code === "NONE" || code === "TOPIC_ALREADY_EXISTS";
        if (!isThere) await this.#where.sleep(20);
      }
    }
    client.close();
  }

  /** Works until {@link Workload.end}, and resolves when every client is done. */
  async work(): Promise<void> {
    const { name } = this.#options;
    await Promise.all([
      this.#produceIdempotently(`${name}-idempotent`),
      ...dialects.map((dialect) => this.#produceInTransactions(`${name}-${dialect}`, dialect)),
      ...dialects.map((dialect) => this.#transform(`${name}-transformer-${dialect}`, dialect)),
      this.#read(`${name}-reader`, "committed"),
      this.#read(`${name}-hasty`, "uncommitted"),
    ]);
  }

  end(): void {
    this.#isOver = true;
  }

  /**
   * Looks at everything, once nobody works or does harm any more.
   *
   * @throws Violation when a transaction is never ended, or a group never answers.
   */
  async lookAtEverything(): Promise<History> {
    const client = new StubbornClient(`${this.#options.name}-checker`, this.#where);
    for (const from of [...this.#input, ...this.#output]) {
      const end = await this.#stableEnd(client, from);
      for (const isolation of ["uncommitted", "committed"] as const) {
        await this.#readWhole(client, from, isolation, end);
      }
    }
    client.close();
    const member = new GroupMember(`${this.#options.name}-asks`, this.#groupId, this.#input, this.#where);
    for (const from of this.#input) {
      const offset = await this.#eventually(`the offset of ${nameOf(from)}`, () => member.committed(from));
      this.#recorder.progress(nameOf(from), offset);
    }
    member.close();
    return this.history;
  }

  get #groupId(): string {
    return `${this.#options.name}-group`;
  }

  async #pause(): Promise<void> {
    const { random } = this.#where;
    if (random.chance(0.6)) await this.#where.sleep(random.next() * this.#options.pauseMs);
  }

  async #produceIdempotently(name: string): Promise<void> {
    const producer = new Producer({ name, dialect: "kip890" }, this.#where, this.#recorder);
    for (let count = 0; !this.#isOver; count += 1) {
      try {
        await producer.write(this.#where.random.pick(this.#input), `${name} ${count}`);
      } catch (error) {
        if (!(error instanceof ProducerFailedError)) throw error;
        producer.giveUp();
      }
      await this.#pause();
    }
    producer.close();
  }

  async #produceInTransactions(name: string, dialect: Dialect): Promise<void> {
    const { random } = this.#where;
    const zombies: Promise<void>[] = [];
    let lives = 0;
    const start = (): Producer => {
      lives += 1;
      return new Producer(
        { name: `${name}:${lives}`, transactionalId: `id of ${name}`, dialect },
        this.#where,
        this.#recorder,
      );
    };
    let producer = start();
    while (!this.#isOver) {
      if (random.chance(0.04)) {
        // The same program is started elsewhere while this one still thinks that it is the one.
        zombies.push(this.#transactions(producer, random.between(1, 3)).then(() => producer.close()));
        await this.#pause();
        producer = start();
      }
      await this.#transactions(producer, 1);
    }
    await Promise.all(zombies);
    producer.close();
  }

  async #transactions(producer: Producer, count: number): Promise<void> {
    const { random } = this.#where;
    for (let done = 0; done < count; done += 1) {
      try {
        await producer.init();
        const transaction = producer.begin();
        for (let index = 0; index < random.between(1, 5); index += 1) {
          await producer.write(random.pick(this.#input), `${transaction}.${index}`);
          await this.#pause();
        }
        // Some are left behind, for the coordinator to end when their time is up, or for whoever begins anew.
        if (random.chance(0.05)) {
          producer.giveUp();
          if (random.chance(0.3)) await this.#where.sleep(this.#where.transactionTimeoutMs * 1.5);
        } else {
          await producer.end(random.chance(0.8));
        }
      } catch (error) {
        if (!(error instanceof ProducerFailedError)) throw error;
        producer.giveUp();
      }
      await this.#pause();
    }
  }

  async #transform(name: string, dialect: Dialect): Promise<void> {
    const options = { name, dialect, groupId: this.#groupId, from: this.#input, to: this.#output };
    const transformer = new Transformer(options, this.#where, this.#recorder);
    while (!this.#isOver) {
      await transformer.work();
      await this.#pause();
    }
    transformer.close();
  }

  async #read(name: string, isolation: Isolation): Promise<void> {
    const { random } = this.#where;
    const client = new StubbornClient(name, this.#where);
    const everything = [...this.#input, ...this.#output];
    const readers = new Map<string, { readonly name: string; readonly reader: PartitionReader }>();
    for (let count = 0; !this.#isOver; count += 1) {
      const from = random.pick(everything);
      const partition = nameOf(from);
      if (random.chance(0.02)) readers.delete(partition);
      const open = readers.get(partition) ?? {
        name: `${name}:${count}`,
        reader: new PartitionReader(client, from, isolation),
      };
      readers.set(partition, open);
      try {
        for (const { offset, value } of await open.reader.next(random.pick([300, 5_000, 100_000]))) {
          this.#recorder.read({ reader: open.name, isolation, partition, offset, value });
        }
      } catch (error) {
        if (!(error instanceof UnansweredError)) throw error;
      }
      await this.#pause();
    }
    client.close();
  }

  /** The end of a partition, once the last stable offset has come there. */
  async #stableEnd(client: StubbornClient, { topic, partition }: TopicPartition): Promise<number> {
    const ask = async (isolation: Isolation): Promise<number | undefined> => {
      const partitions = [{ partitionIndex: partition, timestamp: -1 }];
      const body = { replicaId: -1, isolationLevel: isolationLevel(isolation), topics: [{ name: topic, partitions }] };
      const found = (await client.ask(apis.ListOffsets, 5, body)).topics[0]?.partitions[0];
      return found?.errorCode === 0 ? found.offset : undefined;
    };
    return this.#eventually(`the last stable offset of ${topic}-${partition}`, async () => {
      const [stable, end] = [await ask("committed"), await ask("uncommitted")];
      return stable === end ? end : undefined;
    });
  }

  async #readWhole(client: StubbornClient, from: TopicPartition, isolation: Isolation, end: number): Promise<void> {
    const partition = nameOf(from);
    const name = `${client.name} ${isolation}`;
    const reader = new PartitionReader(client, from, isolation);
    for (let idle = 0; reader.position < end; ) {
      const before = reader.position;
      try {
        for (const { offset, value } of await reader.next(1_000_000)) {
          this.#recorder.read({ reader: name, isolation, partition, offset, value });
        }
      } catch (error) {
        // Nothing of an answer that did not come has been taken.
        if (!(error instanceof UnansweredError)) throw error;
      }
      idle = reader.position === before ? idle + 1 : 0;
      if (idle > 20) throw new Violation(`${partition}: nothing to read (${isolation}) at ${before} of ${end}`);
    }
    this.#recorder.whole({ reader: name, isolation, partition, from: 0, to: end });
  }

  async #eventually<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
    const looks = 200;
    for (let count = 0; count < looks; count += 1) {
      try {
        const found = await look();
        if (found !== undefined) return found;
      } catch (error) {
        if (!(error instanceof UnansweredError)) throw error;
      }
      await this.#where.sleep((4 * this.#where.transactionTimeoutMs) / looks);
    }
    throw new Violation(`waited in vain for ${what}`);
  }
}
