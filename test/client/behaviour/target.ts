import { Broker } from "@ottla/broker";
import {
  type ConsumedRecord,
  Kafka,
  type KafkaOptions,
  nullable,
  string,
  type Topic,
  type TopicConfig,
  topic,
} from "@ottla/client";
import { nodeWorld } from "@ottla/world";
import { afterAll, beforeAll, describe, inject } from "vitest";
import { FaultyNetwork } from "../../chaos/faulty-network.js";
import { cleanup } from "../../kit/cleanup.js";

/** Where the cluster of `npm run test:kafka` listens. */
export interface ApacheKafka {
  readonly release: string;
  readonly size: number;
  readonly bootstrap: readonly string[];
  readonly mutualTls: readonly string[];
  readonly saslSsl: readonly string[];
  readonly user: { readonly username: string; readonly password: string };
}

declare module "vitest" {
  interface ProvidedContext {
    /** Undefined in `npm test`: then our broker is what the suite runs on. */
    apacheKafka: ApacheKafka | { readonly missing: string } | undefined;
  }
}

const provided = inject("apacheKafka");

/** Apache Kafka, where the suite runs on it. */
export const apacheKafka: ApacheKafka | undefined =
  provided === undefined || "missing" in provided ? undefined : provided;

/** Whether the suite runs on a release of Apache Kafka before this one. Our broker is as the newest. */
export function isKafkaBefore(release: `${number}.${number}`): boolean {
  if (apacheKafka === undefined) return false;
  const [[major, minor], [otherMajor, otherMinor]] = [apacheKafka.release, release].map((text) =>
    text.split(".").map(Number),
  ) as [[number, number], [number, number]];
  return major < otherMajor || (major === otherMajor && minor < otherMinor);
}

/** A suite of cases that hold on our broker and on a cluster of Apache Kafka alike. */
export function describeBehaviour(what: string, cases: (on: Target) => void): void {
  const target = new Target();
  const missing = provided !== undefined && "missing" in provided ? provided.missing : undefined;
  const ours = missing === undefined ? "our broker" : `Apache Kafka, which cannot be started: ${missing}`;
  const name = apacheKafka === undefined ? ours : `Apache Kafka ${apacheKafka.release}`;
  describe.skipIf(missing !== undefined)(`${what}, on ${name}`, () => {
    beforeAll(() => target.open());
    afterAll(() => target.close());
    cases(target);
  });
}

let names = 0;

/** What a behaviour suite runs on: topics and groups with names of their own, and clients that end with the running test. */
export class Target {
  readonly #run = `${process.pid}-${Date.now().toString(36)}`;
  #broker: Broker | undefined;

  async open(): Promise<void> {
    if (apacheKafka !== undefined) return;
    const config = { "group.min.session.timeout.ms": 500, "auto.create.topics.enable": false };
    this.#broker = await Broker.start({ memory: true, config });
  }

  async close(): Promise<void> {
    await this.#broker?.close();
  }

  get bootstrap(): readonly string[] {
    return apacheKafka?.bootstrap ?? [`127.0.0.1:${this.#broker?.port}`];
  }

  /** How many nodes it has, and replicas a topic. */
  get size(): number {
    return apacheKafka?.size ?? 1;
  }

  /** A name that nothing else has, beginning with this. */
  unique(what: string): string {
    names += 1;
    return `${what}-${this.#run}-${names}`;
  }

  kafka(options: Partial<KafkaOptions> = {}): Kafka {
    const kafka = new Kafka({ brokers: this.bootstrap, ...options });
    cleanup(() => kafka.close());
    return kafka;
  }

  /** A client whose connections break or go silent when the test says so. */
  faultyKafka(options: Partial<KafkaOptions> = {}): { readonly kafka: Kafka; readonly network: FaultyNetwork } {
    const network = new FaultyNetwork(nodeWorld.network);
    const quickly = { reconnectBackoffMs: { base: 5, max: 20 } };
    return { kafka: this.kafka({ ...quickly, ...options, world: { ...nodeWorld, network } }), network };
  }

  /** A topic of text that is there. */
  async topic(options: TopicOptions = {}) {
    const contract = topic(this.unique("topic"), {
      key: nullable(string()),
      value: string(),
      tombstones: true,
      ...options,
    });
    await this.create(contract);
    return contract;
  }

  /** Makes the topics of these contracts. */
  async create(...contracts: readonly Topic[]): Promise<void> {
    const kafka = new Kafka({ brokers: this.bootstrap });
    try {
      for (const { error } of await kafka.admin().topics.create(contracts)) if (error !== undefined) throw error;
    } finally {
      await kafka.close();
    }
  }
}

/** All records of a topic that is not written to meanwhile, by partition and offset. */
export async function recordsOf<T extends Topic>(
  kafka: Kafka,
  contract: T,
  options: { readonly isolation?: "read_committed" | "read_uncommitted" } = {},
): Promise<ConsumedRecord<T>[]> {
  const records: ConsumedRecord<T>[] = [];
  const reader = kafka.reader({ topics: [contract], until: "end", ...options });
  for await (const record of reader) records.push(record);
  await reader.close();
  return records;
}

interface TopicOptions {
  readonly partitions?: number;
  readonly config?: TopicConfig;
}
