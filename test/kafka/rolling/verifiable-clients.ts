import { writeFileSync } from "node:fs";
import { javaCommand } from "../../interop/java/java.js";
import { Child } from "../../kit/child.js";
import { Silences } from "./silences.js";

interface Told {
  readonly name: string;
  readonly timestamp: number;
  readonly partition?: number;
  readonly partitions?: readonly {
    readonly partition: number;
    readonly minOffset: number;
    readonly maxOffset: number;
  }[];
}

/** Kafka's own verifiable clients, each in a JVM: they print what they do, with the time by the machine's clock. */
class VerifiableClient {
  readonly child: Child;
  readonly #told = new Map<string, Told[]>();
  #seen = 0;

  constructor(main: string, args: readonly string[]) {
    const [program = "", ...rest] = javaCommand(`org.apache.kafka.tools.${main}`);
    this.child = new Child(program, [...rest, ...args]);
  }

  /** What it has told under this name so far. */
  told(name: string): readonly Told[] {
    // Looked at often, and long in the end: each line is read once.
    const { lines } = this.child;
    for (; this.#seen < lines.length; this.#seen += 1) {
      const line = lines[this.#seen] ?? "";
      if (!line.startsWith("{")) continue;
      const told = JSON.parse(line) as Told;
      this.#told.set(told.name, this.#told.get(told.name) ?? []);
      this.#told.get(told.name)?.push(told);
    }
    return this.#told.get(name) ?? [];
  }
}

/** Java's producer: idempotent, with its own defaults, where the tool's would not retry. */
export class VerifiableProducer {
  readonly #client: VerifiableClient;

  constructor(
    folder: string,
    brokers: readonly string[],
    topic: string,
    { perSecond, keys }: { readonly perSecond: number; readonly keys: number },
  ) {
    const config = `${folder}/verifiable-producer.properties`;
    writeFileSync(config, "retries=2147483647\nenable.idempotence=true\n");
    const load = ["--throughput", `${perSecond}`, "--repeating-keys", `${keys}`, "--command-config", config];
    const args = ["--bootstrap-server", brokers.join(), "--topic", topic, ...load];
    this.#client = new VerifiableClient("VerifiableProducer", args);
  }

  get acknowledged(): number {
    return this.#client.told("producer_send_success").length;
  }

  get failed(): number {
    return this.#client.told("producer_send_error").length;
  }

  /** Between acknowledgements. */
  silences(): Silences {
    const silences = new Silences();
    for (const { partition = 0, timestamp } of this.#client.told("producer_send_success")) {
      silences.moved(partition, timestamp);
    }
    return silences;
  }

  async stop(): Promise<void> {
    await this.#client.child.stop();
  }
}

/** A group of Java's consumers. They commit in the background, as ours do; the tool's own way waits for each commit. */
export class VerifiableGroup {
  readonly #members: readonly VerifiableClient[];
  readonly #next = new Map<number, number>();
  /** How much of what each member told is in `#next`. */
  readonly #seen: number[] = [];

  constructor(brokers: readonly string[], groupId: string, topic: string, size: number) {
    const args = ["--bootstrap-server", brokers.join(), "--group-id", groupId, "--topic", topic, "--enable-autocommit"];
    // By default the tool gives members 30 seconds; consumers, Java's and ours, have 45.
    const session = ["--session-timeout", "45000"];
    this.#members = Array.from(
      { length: size },
      () => new VerifiableClient("VerifiableConsumer", [...args, ...session]),
    );
  }

  /** Whether somebody has read every partition up to these offsets. */
  hasReadTo(ends: readonly number[]): boolean {
    this.#members.forEach((member, index) => {
      const told = member.told("records_consumed");
      for (const { partitions = [] } of told.slice(this.#seen[index] ?? 0)) {
        for (const { partition, maxOffset } of partitions) {
          this.#next.set(partition, Math.max(this.#next.get(partition) ?? 0, maxOffset + 1));
        }
      }
      this.#seen[index] = told.length;
    });
    return ends.every((end, partition) => (this.#next.get(partition) ?? 0) >= end);
  }

  /** Between records that nobody had read before; and how many came again. */
  silences(): { readonly silences: Silences; readonly repeated: number } {
    const silences = new Silences();
    const next = new Map<number, number>();
    let repeated = 0;
    for (const { partition, minOffset, maxOffset, at } of this.#read()) {
      const before = next.get(partition) ?? 0;
      repeated += Math.max(0, Math.min(before, maxOffset + 1) - minOffset);
      if (maxOffset < before) continue;
      next.set(partition, maxOffset + 1);
      silences.moved(partition, at);
    }
    return { silences, repeated };
  }

  async stop(): Promise<void> {
    await Promise.all(this.#members.map(({ child }) => child.stop()));
  }

  /** In the order of time. */
  #read() {
    return this.#members
      .flatMap((member) => member.told("records_consumed"))
      .toSorted((a, b) => a.timestamp - b.timestamp)
      .flatMap(({ partitions = [], timestamp }) => partitions.map((each) => ({ ...each, at: timestamp })));
  }
}
