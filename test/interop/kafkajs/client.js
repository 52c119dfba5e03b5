// kafkajs as a foreign client: node client.js <bootstrap>.
import kafkajs from "kafkajs";
import { pack, serve, unpack } from "../foreign-program.js";

const { CompressionTypes, ConfigResourceTypes, Kafka, logLevel } = kafkajs;
const kafka = new Kafka({ brokers: [process.argv[2]], logLevel: logLevel.WARN, retry: { retries: 5 } });
const codecs = { none: CompressionTypes.None, gzip: CompressionTypes.GZIP };
let groups = 0;

const received = (partition, { offset, timestamp, key, value, headers }) => ({
  partition,
  offset: Number(offset),
  timestamp: Number(timestamp),
  key: pack(key),
  value: pack(value),
  headers: Object.entries(headers ?? {}).flatMap(([name, values]) => [values].flat().map((one) => [name, pack(one)])),
});

function headersOf(record) {
  const headers = {};
  for (const [name, value] of record.headers) headers[name] = [...(headers[name] ?? []), unpack(value)];
  return headers;
}

async function produce({ topic, records, codec = "none", idempotent = false }) {
  const producer = kafka.producer({ idempotent });
  await producer.connect();
  const messages = records.map((record) => ({
    key: unpack(record.key),
    value: unpack(record.value),
    headers: headersOf(record),
    ...(record.timestamp === undefined ? {} : { timestamp: String(record.timestamp) }),
  }));
  await producer.send({ topic, messages, acks: -1, compression: codecs[codec] });
  await producer.disconnect();
}

/** Reads `count` records; commits behind them when asked, else nothing. */
async function read(topic, groupId, count, commits) {
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 100 });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  const found = [];
  await new Promise((resolve, reject) => {
    consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
    consumer
      .run({
        autoCommit: false,
        eachMessage: async ({ partition, message }) => {
          if (found.length === count) return;
          found.push(received(partition, message));
          if (commits) {
            await consumer.commitOffsets([{ topic, partition, offset: String(Number(message.offset) + 1) }]);
          }
          if (found.length === count) resolve();
        },
      })
      .catch(reject);
  });
  await consumer.disconnect();
  return found;
}

async function withAdmin(use) {
  const admin = kafka.admin();
  await admin.connect();
  try {
    return await use(admin);
  } finally {
    await admin.disconnect();
  }
}

await serve({
  produce,
  // It has no way to read without a group: each time a new one.
  consume: ({ topic, count }) => read(topic, `alone-${process.pid}-${groups++}`, count, false),
  consumeAsGroup: ({ topic, group, count }) => read(topic, group, count, true),
  offsetAt: ({ topic, partition, timestamp }) =>
    withAdmin(async (admin) => {
      const offsets = await admin.fetchTopicOffsetsByTimestamp(topic, timestamp);
      return Number(offsets.find((each) => each.partition === partition).offset);
    }),
  createTopic: ({ topic, partitions, config }) =>
    withAdmin(async (admin) => {
      const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }));
      const isNew = await admin.createTopics({
        topics: [{ topic, numPartitions: partitions, replicationFactor: 1, configEntries }],
      });
      if (!isNew) throw new Error("it exists");
    }),
  listTopics: () =>
    withAdmin(async (admin) => {
      const { topics } = await admin.fetchTopicMetadata();
      return Object.fromEntries(topics.map(({ name, partitions }) => [name, partitions.length]));
    }),
  describeConfig: ({ topic }) =>
    withAdmin(async (admin) => {
      const { resources } = await admin.describeConfigs({
        includeSynonyms: true,
        resources: [{ type: ConfigResourceTypes.TOPIC, name: topic }],
      });
      return Object.fromEntries(
        resources[0].configEntries.map(({ configName, configValue }) => [configName, configValue]),
      );
    }),
  deleteTopic: ({ topic }) => withAdmin((admin) => admin.deleteTopics({ topics: [topic] })),
});
