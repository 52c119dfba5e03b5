// A service of the client alone, for bundlers: of all this only the broker is left beside the bundle.
import { Broker } from "@ottla/broker";
import { json, Kafka, string, topic } from "@ottla/client";
import { instrument } from "@ottla/client/prometheus";
import { Kafka as OldKafka } from "@ottla/kafkajs";

const orders = topic("orders", { key: string(), value: json() });

async function main() {
  const broker = await Broker.start({ memory: true });
  const brokers = [broker.bootstrap];
  const lines = [];
  class Metric {
    constructor({ name }) {
      lines.push(name);
    }
    inc() {}
    set() {}
    reset() {}
    observe() {}
  }
  instrument({ Counter: Metric, Histogram: Metric, Gauge: Metric, register: undefined });
  const kafka = new Kafka({ brokers });
  await kafka.producer().send(orders, { key: "o-1", value: { cents: 1250 } });
  const admin = new OldKafka({ brokers }).admin();
  await admin.connect();
  const topics = await admin.listTopics();
  await admin.disconnect();
  for await (const { value } of kafka.consumer({ groupId: "billing", topics: [orders] })) {
    console.log(`${topics.join(" ")}: ${value.cents}, ${lines.length > 0 ? "measured" : "not measured"}`);
    break;
  }
  await kafka.close();
  await broker.close();
}

void main();
