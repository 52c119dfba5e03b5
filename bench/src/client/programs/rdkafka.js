// node-rdkafka under measurement, as it is meant to be driven: node rdkafka.js <setting>.
import { createRequire } from "node:module";
import { serve } from "./serve.js";

// Of librdkafka's queue of 100,000.
const mostUnreported = 50_000;

await serve(async ({ folder, bootstrap, topic }) => {
  const { Producer, KafkaConsumer } = createRequire(`${folder}/package.json`)("node-rdkafka");
  const options = { "metadata.broker.list": bootstrap, "client.id": "bench" };
  const connected = (client) =>
    new Promise((resolve, reject) => client.connect({}, (error) => (error ? reject(error) : resolve())));
  return {
    async producer() {
      const producer = new Producer({ ...options, dr_cb: true, "linger.ms": 5, acks: -1 });
      await connected(producer);
      producer.setPollInterval(1);
      // A report names the promise or counter that waits for it.
      producer.on("delivery-report", (error, report) => report.opaque(error));
      const send = (value) =>
        new Promise((resolve, reject) => {
          producer.produce(topic, null, value, null, null, (error) => (error ? reject(error) : resolve()));
        });
      return {
        send,
        sendAll: (values) => Promise.all(values.map(send)),

        async pipeline(value, meter) {
          let unreported = 0;
          let resume;
          const reported = (error) => {
            if (error) throw error;
            unreported -= 1;
            meter.count(1);
            if (unreported === mostUnreported / 2 || unreported === 0) resume?.();
          };
          while (!meter.isOver) {
            for (let turn = 0; turn < 1000 && unreported < mostUnreported; turn += 1) {
              unreported += 1;
              producer.produce(topic, null, value, null, null, reported);
            }
            if (unreported < mostUnreported) await new Promise((resolve) => setImmediate(resolve));
            else await new Promise((resolve) => (resume = resolve));
          }
          while (unreported > 0) await new Promise((resolve) => (resume = resolve));
        },
      };
    },

    async consume(groupId, isWanted) {
      const topicOptions = { "auto.offset.reset": "earliest" };
      const consumer = new KafkaConsumer({ ...options, "group.id": groupId, "check.crcs": false }, topicOptions);
      await connected(consumer);
      consumer.subscribe([topic]);
      const take = () =>
        new Promise((resolve, reject) =>
          consumer.consume(1000, (error, messages) => (error ? reject(error) : resolve(messages))),
        );
      for (;;) {
        const messages = await take();
        if (messages.length > 0 && !isWanted(messages.length)) break;
      }
      await new Promise((resolve) => consumer.disconnect(resolve));
    },
  };
});
