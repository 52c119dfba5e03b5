import { apis, encodeBatch, type RecordInput, zeroUuid } from "@ottla/protocol";
import { onTestFinished } from "vitest";
import { Broker } from "./broker.js";
import type { BrokerOptions } from "./broker-options.js";
import { RawClient } from "./server/raw-client.test-kit.js";

type Options = Omit<BrokerOptions, "memory" | "dataDir" | "durability">;

/** A broker in memory and a client of it; both end with the test. */
export async function memoryBroker(options: Options = {}): Promise<{ broker: Broker; client: RawClient }> {
  const broker = await Broker.start({ memory: true, ...options });
  onTestFinished(() => broker.close());
  return { broker, client: await clientOf(broker) };
}

export async function clientOf(broker: Pick<Broker, "port">): Promise<RawClient> {
  const client = await RawClient.connect(broker);
  onTestFinished(() => client[Symbol.dispose]());
  return client;
}

export interface TestTopic {
  readonly name: string;
  readonly id: string;
}

export async function createTopic(
  client: RawClient,
  name: string,
  { partitions = 1, configs = {} }: { readonly partitions?: number; readonly configs?: Record<string, string> } = {},
): Promise<TestTopic> {
  const { topics } = await client.request(apis.CreateTopics, 7, {
    timeoutMs: 5000,
    topics: [
      {
        name,
        numPartitions: partitions,
        replicationFactor: 1,
        assignments: [],
        configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
      },
    ],
  });
  const [topic] = topics;
  if (topic?.errorCode !== 0) throw new Error(`${name}: ${topic?.errorCode} ${topic?.errorMessage}`);
  return { name, id: topic.topicId };
}

/** A batch with a record for each text. */
export const batchOf = (texts: readonly string[], record: Partial<RecordInput> = {}): Buffer =>
  encodeBatch(texts.map((text) => ({ key: null, value: Buffer.from(text), timestamp: 1_700_000_000_000, ...record })));

/** Produces one batch and answers its partition's response. */
export async function produce(
  client: RawClient,
  { name, id }: TestTopic,
  records: Uint8Array | null,
  options: { partition?: number; version?: number; acks?: number; transactionalId?: string; clientId?: string } = {},
) {
  const { partition = 0, version = 9, acks = -1, transactionalId = null, clientId = "test" } = options;
  const response = await client.request(
    apis.Produce,
    version,
    {
      transactionalId,
      acks,
      timeoutMs: 5000,
      topicData: [{ name, topicId: id, partitionData: [{ index: partition, records }] }],
    },
    clientId,
  );
  const answer = response.responses[0]?.partitionResponses[0];
  if (answer === undefined) throw new Error("no answer for the partition");
  return answer;
}

/** A fetch of one partition; defaults wait for nothing. */
export const fetchBody = (
  { name, id }: TestTopic,
  partition: Partial<{
    partition: number;
    fetchOffset: number;
    partitionMaxBytes: number;
    currentLeaderEpoch: number;
    lastFetchedEpoch: number;
  }> = {},
  bounds: Partial<{
    maxWaitMs: number;
    minBytes: number;
    maxBytes: number;
    isolationLevel: number;
    sessionId: number;
    sessionEpoch: number;
  }> = {},
) => ({
  maxWaitMs: 0,
  minBytes: 1,
  maxBytes: 1_000_000,
  ...bounds,
  topics: [
    {
      topic: name,
      topicId: id,
      partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1_000_000, ...partition }],
    },
  ],
  forgottenTopicsData: [],
});

/** Resolves when the broker has begun `count` requests of an API; `client` is used to let time pass. */
export async function untilBegun(broker: Broker, client: RawClient, api: string, count = 1): Promise<void> {
  while ((broker.metrics.requests.get(api) ?? 0) < count) await client.request(apis.ApiVersions, 0, {});
}

/** The topic as Metadata describes it. */
export async function describeTopic(client: RawClient, name: string) {
  const { topics } = await client.request(apis.Metadata, 12, {
    topics: [{ topicId: zeroUuid, name }],
    allowAutoTopicCreation: false,
  });
  return topics[0];
}
