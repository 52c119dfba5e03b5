// @platformatic/kafka under measurement: node platformatic.js <setting>.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { serve } from "./serve.js";

await serve(async ({ folder, bootstrap, topic }) => {
  const entry = createRequire(`${folder}/package.json`).resolve("@platformatic/kafka");
  const { Consumer, Producer } = await import(pathToFileURL(entry).href);
  const options = { clientId: "bench", bootstrapBrokers: [bootstrap] };
  const acks = -1;
  return {
    async producer() {
      const producer = new Producer(options);
      return {
        send: (value) => producer.send({ messages: [{ topic, value }], acks }),
        sendAll: (values) => producer.send({ messages: values.map((value) => ({ topic, value })), acks }),
      };
    },

    async consume(groupId, isWanted) {
      const consumer = new Consumer({ ...options, groupId });
      const stream = await consumer.consume({
        topics: [topic],
        mode: "earliest",
        maxWaitTime: 500,
        maxBytesPerPartition: 1024 * 1024,
      });
      // The fastest of its ways; `for await` over the stream costs it more.
      await new Promise((resolve, reject) => {
        stream.on("error", reject);
        stream.on("data", () => {
          if (isWanted(1)) return;
          stream.removeAllListeners("data");
          stream.pause();
          resolve();
        });
      });
      await consumer.close(true);
    },
  };
});
