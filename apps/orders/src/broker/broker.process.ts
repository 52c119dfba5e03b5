import { Broker } from "@ottla/broker";
import { stopSignal } from "../run/child-options.js";
import { tell } from "../run/messages.js";

interface BrokerProcessOptions {
  readonly dataDir: string;
  readonly port: number;
}

const signal = stopSignal();
const { dataDir, port } = JSON.parse(process.argv[2] ?? "{}") as BrokerProcessOptions;
// A member that was killed is missed after two seconds, so that the demo need not wait for Kafka's usual minute.
const broker = await Broker.start({
  dataDir,
  port,
  config: { "group.initial.rebalance.delay.ms": "0", "group.min.session.timeout.ms": "1000" },
});
tell({ kind: "ready", bootstrap: broker.bootstrap });
signal.addEventListener("abort", () => {
  broker.close().then(
    () => process.disconnect?.(),
    (error) => {
      console.error(error);
      process.exitCode = 1;
      process.disconnect?.();
    },
  );
});
