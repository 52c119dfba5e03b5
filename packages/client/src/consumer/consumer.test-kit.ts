import { apis, encodeBatch, type KafkaRecord } from "@ottla/protocol";
import { topic } from "../contract/topic.js";
import { Kafka } from "../kafka.js";
import { ScriptedCluster } from "../network/scripted-cluster.test-kit.js";
import { nullable } from "../serde/nullable.js";
import type { Serde } from "../serde/serde.js";
import { string } from "../serde/string.js";
import { ManualWorld } from "../world/manual-world.test-kit.js";
import type { Consumer } from "./consumer.js";
import type { ConsumerEvent, RebalanceChange } from "./consumer-events.js";
import type { ConsumerOptions } from "./consumer-options.js";
import { ScriptedGroup } from "./scripted-group.test-kit.js";

/** Text; what begins with "!" cannot be read. */
const picky: Serde<string> = {
  ...string(),
  deserialize(bytes, context) {
    if (bytes[0] === 0x21) throw new TypeError("it begins with an exclamation mark");
    return string().deserialize(bytes, context);
  },
};
export const orders = topic("orders", { key: nullable(string()), value: picky });
export type Orders = typeof orders;

/** Brokers, a group, and what makes consumers of it; what consumers tell is kept. */
export function setUp({ partitions = 1, nodes = [1] }: { partitions?: number; nodes?: number[] } = {}) {
  const world = new ManualWorld();
  const cluster = new ScriptedCluster(world.network, nodes);
  cluster.topic("orders", partitions);
  cluster.on(apis.CreateTopics, ({ topics }) => ({
    topics: topics.map(({ name, numPartitions }) => {
      if (!cluster.topics.has(name)) cluster.topic(name, Math.max(1, numPartitions));
      return { name, errorCode: 0, numPartitions, replicationFactor: 1 };
    }),
  }));
  const group = new ScriptedGroup(world, cluster);
  const copied = new Map<unknown, number>();
  /** Lets fetches see what was produced. */
  const copyProduced = (): void => {
    for (const [name, { partitions }] of cluster.topics) {
      for (const [index, { batches }] of partitions.entries()) {
        const log = group.log(name, index);
        for (const batch of batches.slice(copied.get(log) ?? 0)) {
          const records = [...batch.records()];
          log.appendBatch(encodeBatch(records, { baseOffset: log.endOffset }), records.length);
        }
        copied.set(log, batches.length);
      }
    }
  };
  cluster.afterwards = ({ api }) => {
    if (api === "Produce") copyProduced();
  };
  /** What was produced to a topic, in order of partitions. */
  const produced = (name: string): readonly KafkaRecord[] =>
    (cluster.topics.get(name)?.partitions ?? []).flatMap(({ batches }) =>
      batches.flatMap((batch) => [...batch.records()]),
    );
  const events: ConsumerEvent[] = [];
  const changes: string[] = [];
  const consumer = (options: Partial<ConsumerOptions<Orders>> = {}, name = "") => {
    const onRebalance = (change: RebalanceChange) => {
      changes.push([name, change.kind, ...change.partitions.map(({ partition }) => partition)].join(" ").trim());
    };
    const kafka = new Kafka({ brokers: cluster.bootstrap, world });
    const onEvent = (event: ConsumerEvent) => void events.push(event);
    return kafka.consumer({ groupId: "g", topics: [orders], onRebalance, onEvent, ...options });
  };
  return { world, cluster, group, events, changes, consumer, produced, log: group.log("orders") };
}

/** A promise, and what fulfils it. */
export function gate(): { readonly open: () => void; readonly opened: Promise<void> } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open: () => open(), opened };
}

/** Headers as text, by name. */
export const headersOf = ({ headers }: Pick<KafkaRecord, "headers">): { readonly [name: string]: string } =>
  Object.fromEntries(headers.map(({ key, value }) => [key, String(value)]));

/** Reads `count` records, and leaves the loop at the request for one more. */
export async function read(consumer: Consumer<Orders>, count: number): Promise<string[]> {
  const iterator = consumer[Symbol.asyncIterator]();
  const values: string[] = [];
  while (values.length < count) {
    const next = await iterator.next();
    if (next.done) return values;
    values.push(next.value.value);
  }
  // Asking for another says that the last is done; nobody is there to wait for it.
  void iterator.next().catch(() => {});
  return values;
}

export const kindsOf = (events: readonly ConsumerEvent[]) => events.map(({ kind }) => kind);
