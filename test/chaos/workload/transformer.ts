import { GroupMember } from "./group-member.js";
import { PartitionReader } from "./partition-reader.js";
import { type Dialect, Producer, ProducerFailedError } from "./producer.js";
import { nameOf, type Recorder, type TopicPartition } from "./recorder.js";
import { StubbornClient, UnansweredError } from "./stubborn-client.js";
import type { Surroundings } from "./surroundings.js";

export interface TransformerOptions {
  readonly name: string;
  readonly dialect: Dialect;
  readonly groupId: string;
  readonly from: readonly TopicPartition[];
  readonly to: readonly TopicPartition[];
}

/** A member of a group that makes each committed record into one of another topic, exactly once: consume, transform, produce. */
export class Transformer {
  readonly #options: TransformerOptions;
  readonly #where: Surroundings;
  readonly #recorder: Recorder;
  readonly #producer: Producer;
  readonly #member: GroupMember;
  readonly #client: StubbornClient;
  #reads = 0;

  constructor(options: TransformerOptions, where: Surroundings, recorder: Recorder) {
    const { name, dialect, groupId, from } = options;
    this.#options = options;
    this.#where = where;
    this.#recorder = recorder;
    this.#producer = new Producer({ name, transactionalId: `id of ${name}`, dialect }, where, recorder);
    this.#member = new GroupMember(name, groupId, from, where);
    this.#client = new StubbornClient(name, where);
  }

  /** One transaction of at most a handful of records; none where there is nothing to read. */
  async work(): Promise<void> {
    const { random } = this.#where;
    if (random.chance(0.01)) this.#member.forget();
    const assigned = await this.#member.assigned();
    if (assigned.length === 0) return;
    const from = random.pick(assigned);
    try {
      await this.#producer.init();
      const position = await this.#member.committed(from);
      if (position !== undefined) await this.#transform(from, position);
    } catch (error) {
      if (error instanceof UnansweredError) return;
      if (!(error instanceof ProducerFailedError)) throw error;
      this.#producer.giveUp();
      this.#member.rejoin();
    }
  }

  close(): void {
    this.#producer.close();
    this.#member.close();
    this.#client.close();
  }

  async #transform(from: TopicPartition, position: number): Promise<void> {
    const { random } = this.#where;
    const reader = new PartitionReader(this.#client, from, "committed", position);
    const found = (await reader.next(20_000)).slice(0, random.between(1, 6));
    const last = found.at(-1);
    if (last === undefined) return;
    this.#reads += 1;
    const transaction = this.#producer.begin();
    for (const { offset, value } of found) {
      const reader = `${this.#options.name}:${this.#reads}`;
      this.#recorder.read({ reader, isolation: "committed", partition: nameOf(from), offset, value, transaction });
      const source = `${nameOf(from)}@${offset}`;
      await this.#producer.write(random.pick(this.#options.to), `${source} ${transaction}`, source);
    }
    if (random.chance(0.1)) {
      await this.#producer.end(false);
      return;
    }
    await this.#producer.sendOffsets(this.#member, from, last.offset + 1);
    await this.#producer.end(true);
  }
}
