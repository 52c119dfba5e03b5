// kafkajs, with its registry client where records are typed, under measurement: node kafkajs.js <setting>.
import { createRequire } from "node:module";
import { serve } from "./serve.js";

const bare = { encode: (value) => value, decode: (value) => value };

await serve(async ({ folder, bootstrap, topic, typed, registry, schema }) => {
  const required = createRequire(`${folder}/package.json`);
  const { Kafka, logLevel, Partitioners } = required("kafkajs");
  const kafka = new Kafka({ clientId: "bench", brokers: [bootstrap], logLevel: logLevel.ERROR });
  const codec = typed
    ? await avroCodec(required("@kafkajs/confluent-schema-registry"), { registry, topic, schema })
    : bare;
  return {
    async producer() {
      const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
      await producer.connect();
      const sendAll = async (values) => {
        const messages = [];
        for (const value of values) messages.push({ value: await codec.encode(value) });
        return producer.send({ topic, messages, acks: -1 });
      };
      return {
        send: typed
          ? (value) => sendAll([value])
          : (value) => producer.send({ topic, messages: [{ value }], acks: -1 }),
        sendAll: typed
          ? sendAll
          : (values) => producer.send({ topic, messages: values.map((value) => ({ value })), acks: -1 }),
      };
    },

    async consume(groupId, isWanted, each) {
      const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 500 });
      await consumer.connect();
      await consumer.subscribe({ topics: [topic], fromBeginning: true });
      await new Promise((resolve, reject) => {
        const eachBatch = async ({ batch, resolveOffset, isRunning }) => {
          for (const { value, offset } of batch.messages) {
            if (!isRunning()) return;
            if (typed) await codec.decode(value);
            resolveOffset(offset);
            if (!isWanted(1)) return resolve();
          }
        };
        const eachMessage = async ({ message }) => {
          if (typed) await codec.decode(message.value);
          if (!isWanted(1)) resolve();
        };
        consumer.on("consumer.crash", ({ payload }) => reject(payload.error));
        consumer.run(each === "message" ? { eachMessage } : { eachBatch }).catch(reject);
      });
      await consumer.disconnect();
    },
  };
});

async function avroCodec({ SchemaRegistry, SchemaType }, { registry, topic, schema }) {
  const client = new SchemaRegistry({ host: registry });
  const { id } = await client.register(
    { type: SchemaType.AVRO, schema: JSON.stringify(schema) },
    { subject: `${topic}-value` },
  );
  return { encode: (value) => client.encode(id, value), decode: (value) => client.decode(value) };
}
