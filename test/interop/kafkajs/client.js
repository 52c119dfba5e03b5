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

const messagesOf = (records) =>
  records.map((record) => ({
    key: unpack(record.key),
    value: unpack(record.value),
    headers: headersOf(record),
    ...(record.timestamp === undefined ? {} : { timestamp: String(record.timestamp) }),
  }));

async function produce({ topic, records, codec = "none", idempotent = false }) {
  const producer = kafka.producer({ idempotent });
  await producer.connect();
  await producer.send({ topic, messages: messagesOf(records), acks: -1, compression: codecs[codec] });
  await producer.disconnect();
}

/** A transaction, and the producer that it is of. */
async function begun(transactionalId) {
  const producer = kafka.producer({ transactionalId, idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  return { producer, transaction: await producer.transaction() };
}

async function transact({ topic, records, identity, end }) {
  const { producer, transaction } = await begun(identity);
  await transaction.send({ topic, messages: messagesOf(records) });
  await transaction[end]();
  await producer.disconnect();
}

async function transfer({ source, target, group, count, identity, end }) {
  const { producer, transaction } = await begun(identity);
  const found = await read(source, group, count, {
    beforeLeaving: async (records) => {
      await transaction.send({ topic: target, messages: messagesOf(records) });
      const behind = new Map(records.map(({ partition, offset }) => [partition, String(offset + 1)]));
      const partitions = [...behind].map(([partition, offset]) => ({ partition, offset }));
      await transaction.sendOffsets({ consumerGroupId: group, topics: [{ topic: source, partitions }] });
      await transaction[end]();
    },
  });
  await producer.disconnect();
  return found;
}

async function outlive({ topic, lost, records, identity }) {
  const zombie = await begun(identity);
  await zombie.transaction.send({ topic, messages: messagesOf(lost) });
  await transact({ topic, records, identity, end: "commit" });
  try {
    await zombie.transaction.commit();
  } catch (error) {
    return String(error);
  } finally {
    await zombie.producer.disconnect();
  }
}

/** Reads `count` records; commits behind them when asked, else nothing. */
async function read(topic, groupId, count, { commits = false, uncommitted = false, beforeLeaving = () => {} }) {
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 100, readUncommitted: uncommitted });
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
  await beforeLeaving(found);
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
  consume: ({ topic, count, uncommitted }) => read(topic, `alone-${process.pid}-${groups++}`, count, { uncommitted }),
  consumeAsGroup: ({ topic, group, count }) => read(topic, group, count, { commits: true }),
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
  transact,
  transfer,
  outlive,
});
