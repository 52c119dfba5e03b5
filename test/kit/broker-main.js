// A broker in a process of its own: `node broker-main.js '{"dataDir":"/tmp/x","port":0}'` prints `ready <port>` when it serves.
import { Broker } from "@ottla/broker";

const broker = await Broker.start(JSON.parse(process.argv[2] ?? "{}"));
process.once("SIGTERM", async () => {
  await broker.close();
});
process.stdout.write(`ready ${broker.port}\n`);
