// @ottla/client under measurement: node ottla.js <setting>.
import { bytes, Kafka, topic as topicOf } from "@ottla/client";
import { serve } from "./serve.js";

await serve(async ({ bootstrap, topic, typed, registry, schema }) => {
  const registered = typed && (await avroOf({ registry, schema }));
  const contract = topicOf(topic, { value: typed ? registered.value : bytes() });
  const kafka = new Kafka({ brokers: [bootstrap], ...(typed && { registry: registered.registry }) });
  return {
    async producer() {
      const producer = kafka.producer();
      await producer.prepare([contract]);
      return {
        send: (value) => producer.send(contract, { value }),
        sendAll: (values) =>
          producer.sendBatch(
            contract,
            values.map((value) => ({ value })),
          ),
      };
    },

    async consume(groupId, isWanted) {
      const consumer = kafka.consumer({ groupId, topics: [contract], from: "earliest" });
      for await (const record of consumer) if (record.value === null || !isWanted(1)) break;
      await consumer.close();
    },
  };
});

/** Loaded only where it is used, since memory is measured. */
async function avroOf({ registry, schema }) {
  const { SchemaRegistry } = await import("@ottla/schema-registry");
  const { avro } = await import("@ottla/schema-registry/avro");
  return { value: avro(schema, { long: "number" }), registry: new SchemaRegistry(registry, { autoRegister: true }) };
}
