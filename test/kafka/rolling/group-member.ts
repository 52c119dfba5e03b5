import { type Consumer, type ConsumerEvent, Kafka } from "@ottla/client";
import { numbered } from "./numbered-topic.js";
import type { ReadingJournal } from "./reading-journal.js";

export type GroupProtocol = "classic" | "consumer";

/** A member of a group, with a client of its own, as a process would have: writes down what it reads. */
export class GroupMember {
  /** What it told while it went on, by kind. */
  readonly events = new Map<string, number>();
  readonly #kafka: Kafka;
  readonly #consumer: Consumer<typeof numbered>;
  readonly #running: Promise<void>;

  constructor(
    name: string,
    brokers: readonly string[],
    { groupId, groupProtocol }: { readonly groupId: string; readonly groupProtocol: GroupProtocol },
    journal: ReadingJournal,
  ) {
    this.#kafka = new Kafka({ brokers, clientId: name });
    this.#consumer = this.#kafka.consumer({
      groupId,
      groupProtocol,
      topics: [numbered],
      onEvent: (event) => this.#note(event),
      onRebalance: ({ kind, partitions }) => {
        this.#count(`partitions ${kind}`, partitions.length);
        for (const { partition } of partitions) {
          if (kind === "assigned") journal.assigned(name, partition);
          else journal.gaveUp(name, partition);
        }
      },
    });
    this.#running = this.#consumer
      .run(({ partition, offset, value }) => journal.read(name, partition, { offset: Number(offset), id: value }))
      .catch((error: unknown) => void journal.violations.push(`${name} ended: ${String(error)}`));
  }

  async close(): Promise<void> {
    await this.#consumer.close();
    await this.#running;
    await this.#kafka.close();
  }

  #note(event: ConsumerEvent): void {
    if (event.kind !== "retrying") this.#count(event.kind, 1);
    else this.#count(`${event.doing.replaceAll(/ \d+|-\d+\b/g, "")}, again: ${codeOf(event.error)}`, 1);
  }

  #count(what: string, by: number): void {
    if (by > 0) this.events.set(what, (this.events.get(what) ?? 0) + by);
  }
}

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error ? String(error.code) : String(error);
