// The client in a worker thread, of a broker in the main one.
import { Worker } from "node:worker_threads";
import { Broker } from "@ottla/broker";

const broker = await Broker.start({ memory: true });
const worker = new Worker(new URL("./service.mjs", import.meta.url), { workerData: broker.bootstrap });
const read = new Promise((resolve, reject) => {
  worker.once("message", resolve);
  worker.once("error", reject);
});
console.log(await read);
// Nothing of the client keeps the thread.
const code = await new Promise((resolve) => worker.once("exit", resolve));
console.log(`ended with ${code}`);
await broker.close();
