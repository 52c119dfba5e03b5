// @platformatic/kafka as a foreign client: node client.js <folder that it is installed in> <bootstrap>.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { pack, serve, unpack } from "../foreign-program.js";

const [folder, bootstrap] = process.argv.slice(2);
const entry = createRequire(`${folder}/package.json`).resolve("@platformatic/kafka");
const { Admin, Consumer, Producer } = await import(pathToFileURL(entry).href);
const options = { clientId: "interop", bootstrapBrokers: [bootstrap] };
const topicConfig = 2;
let groups = 0;

const received = ({ partition, offset, timestamp, key, value, headerEntries }) => ({
  partition,
  offset: Number(offset),
  timestamp: Number(timestamp),
  key: pack(key),
  value: pack(value),
  headers: headerEntries.map(([name, header]) => [name.toString(), pack(header)]),
});

const messagesOf = (topic, records) =>
  records.map((record) => ({
    topic,
    key: unpack(record.key) ?? undefined,
    value: unpack(record.value) ?? undefined,
    headers: new Map(record.headers.map(([name, header]) => [Buffer.from(name), unpack(header)])),
    ...(record.timestamp === undefined ? {} : { timestamp: BigInt(record.timestamp) }),
  }));

async function produce({ topic, records, codec = "none", idempotent = false }) {
  const producer = new Producer({ ...options, idempotent, compression: codec, autocreateTopics: true });
  await producer.send({ messages: messagesOf(topic, records), acks: -1 });
  await producer.close();
}

/** Reads `count` records as a member of a group, does something with them, leaves. */
async function read(topic, groupId, count, { mode = "committed", uncommitted = false, beforeLeaving = () => {} } = {}) {
  const consumer = new Consumer({ ...options, groupId, maxWaitTime: 100, isolationLevel: uncommitted ? 0 : 1 });
  const stream = await consumer.consume({ topics: [topic], autocommit: false, mode, fallbackMode: "earliest" });
  const found = [];
  for await (const message of stream) {
    found.push(message);
    if (found.length === count) break;
  }
  await beforeLeaving(consumer, found);
  await consumer.close(true);
  return found.map(received);
}

/** The last record of each partition. */
const lastOnes = (messages) => [...new Map(messages.map((message) => [message.partition, message])).values()];

async function commit(consumer, messages) {
  const offsets = lastOnes(messages).map(({ topic, partition, offset, leaderEpoch }) => ({
    topic,
    partition,
    offset: offset + 1n,
    leaderEpoch,
  }));
  await consumer.commit({ offsets });
}

const producers = new Map();

/** A transaction of the one producer with this transactional id: it gets no second one past a broker. */
function begun(transactionalId) {
  const producer =
    producers.get(transactionalId) ?? new Producer({ ...options, transactionalId, idempotent: true, retries: 5 });
  producers.set(transactionalId, producer);
  return producer.beginTransaction();
}

async function transact({ topic, records, identity, end }) {
  const transaction = await begun(identity);
  await transaction.send({ messages: messagesOf(topic, records) });
  await transaction[end]();
}

async function transfer({ source, target, group, count, identity, end }) {
  const transaction = await begun(identity);
  return await read(source, group, count, {
    beforeLeaving: async (consumer, messages) => {
      await transaction.send({ messages: messagesOf(target, messages.map(received)) });
      await transaction.addConsumer(consumer);
      for (const message of lastOnes(messages)) await transaction.addOffset(message);
      await transaction[end]();
    },
  });
}

const allOf = (error) => [error.message, ...(error.errors ?? []).flatMap(allOf)];

async function withAdmin(use) {
  const admin = new Admin(options);
  try {
    return await use(admin);
  } finally {
    await admin.close();
  }
}

await serve({
  produce,
  // It has no way to read without a group: each time a new one.
  consume: ({ topic, count, uncommitted }) =>
    read(topic, `alone-${process.pid}-${groups++}`, count, { mode: "earliest", uncommitted }),
  consumeAsGroup: ({ topic, group, count }) => read(topic, group, count, { beforeLeaving: commit }),
  offsetAt: ({ topic, partition, timestamp }) =>
    withAdmin(async (admin) => {
      const wanted = [{ name: topic, partitions: [{ partitionIndex: partition, timestamp: BigInt(timestamp) }] }];
      const [listed] = await admin.listOffsets({ topics: wanted });
      return Number(listed.partitions[0].offset);
    }),
  createTopic: ({ topic, partitions, config }) =>
    withAdmin(async (admin) => {
      const configs = Object.entries(config).map(([name, value]) => ({ name, value }));
      try {
        await admin.createTopics({ topics: [topic], partitions, replicas: 1, configs });
      } catch (error) {
        throw new Error(allOf(error).join("; "));
      }
    }),
  listTopics: () =>
    withAdmin(async (admin) => {
      const { topics } = await admin.metadata({ topics: await admin.listTopics() });
      return Object.fromEntries([...topics].map(([name, { partitionsCount }]) => [name, partitionsCount]));
    }),
  describeConfig: ({ topic }) =>
    withAdmin(async (admin) => {
      const resources = [{ resourceType: topicConfig, resourceName: topic }];
      const [{ configs }] = await admin.describeConfigs({ resources });
      return Object.fromEntries(configs.map(({ name, value }) => [name, value]));
    }),
  deleteTopic: ({ topic }) => withAdmin((admin) => admin.deleteTopics({ topics: [topic] })),
  transact,
  transfer,
});
