import type { FieldScene } from "./field-cases.js";
import { batchOf, fetchBody, makeTopic, produceBody, write } from "./scene.js";

/** The APIs of records: produce, fetch, offsets. */
export const recordFields: readonly FieldScene[] = [
  {
    api: "Produce",
    // A request without acknowledgement has no answer to compare, and null records have none from Kafka.
    leftAlone: /^acks=0$|records=null$/,
    body: async (talk) => produceBody(await makeTopic(talk), batchOf(["one", "two"])),
  },
  {
    api: "Fetch",
    // These would open a session, and sessions have cases of their own.
    leftAlone: /^session/,
    async body(talk) {
      const topic = await makeTopic(talk);
      await write(talk, topic, batchOf(["one", "two"]));
      return fetchBody(topic);
    },
  },
  {
    api: "ListOffsets",
    async body(talk) {
      const topic = await makeTopic(talk);
      await write(talk, topic, batchOf(["one", "two"]));
      const partitions = [{ partitionIndex: 0, currentLeaderEpoch: -1, timestamp: -1 }];
      return { replicaId: -1, isolationLevel: 0, topics: [{ name: topic.name, partitions }], timeoutMs: 1_000 };
    },
  },
  {
    api: "OffsetForLeaderEpoch",
    async body(talk) {
      const topic = await makeTopic(talk);
      await write(talk, topic, batchOf(["one", "two"]));
      const partitions = [{ partition: 0, currentLeaderEpoch: -1, leaderEpoch: 0 }];
      return { replicaId: -2, topics: [{ topic: topic.name, partitions }] };
    },
  },
  {
    api: "DeleteRecords",
    async body(talk) {
      const topic = await makeTopic(talk);
      await write(talk, topic, batchOf(["one", "two", "three"]));
      return { topics: [{ name: topic.name, partitions: [{ partitionIndex: 0, offset: 1 }] }], timeoutMs: 5_000 };
    },
  },
  {
    api: "InitProducerId",
    body: () => ({ transactionalId: null, transactionTimeoutMs: 60_000, producerId: -1, producerEpoch: -1 }),
  },
  {
    api: "DescribeProducers",
    async body(talk) {
      const topic = await makeTopic(talk);
      return { topics: [{ name: topic.name, partitionIndexes: [0] }] };
    },
  },
];
