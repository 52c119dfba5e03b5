import { Broker, type BrokerOptions, giveHeapRoom } from "@ottla/broker";

// A broker in a process of its own, so that client and broker each have a core. Options come as JSON.
const options = JSON.parse(process.argv[2] ?? "{}") as BrokerOptions;
giveHeapRoom();
const broker = await Broker.start(options);
process.send?.({ bootstrap: broker.bootstrap });
process.on("message", () => process.send?.({ rss: process.memoryUsage().rss }));
process.once("disconnect", () => {
  void broker.close();
});
