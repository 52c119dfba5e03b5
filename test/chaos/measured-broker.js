// As `../kit/broker-main.js`, in a Node with --expose-gc: for each line of input it collects garbage and prints what memory is left.
import { Broker } from "@ottla/broker";

const broker = await Broker.start(JSON.parse(process.argv[2] ?? "{}"));
process.once("SIGTERM", async () => {
  await broker.close();
  process.stdin.destroy();
});
process.stdin.on("data", () => {
  globalThis.gc?.();
  process.stdout.write(`memory ${JSON.stringify(process.memoryUsage())}\n`);
});
process.stdout.write(`ready ${broker.port}\n`);
