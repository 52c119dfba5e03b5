// The same from CommonJS: under node16, TypeScript lets a CommonJS file take an ES module's types, and load it by import().
import type { Consumer, ReceivedRecord, Topic } from "@ottla/client" with { "resolution-mode": "import" };

interface Order {
  readonly id: string;
  readonly cents: number;
}

type Orders = Topic<"orders", unknown, ReceivedRecord<"orders", string, Order>>;

async function firstOf(consumer: Consumer<Orders>): Promise<Order> {
  for await (const { value } of consumer) return value;
  throw new Error("the consumer ended");
}

async function main(): Promise<void> {
  const { Broker } = await import("@ottla/broker");
  const { json, Kafka, string, topic } = await import("@ottla/client");
  const orders = topic("orders", { key: string(), value: json<Order>() });
  const broker = await Broker.start({ memory: true });
  const kafka = new Kafka({ brokers: [broker.bootstrap] });
  try {
    await kafka.producer().send(orders, { key: "o-1", value: { id: "o-1", cents: 1250 } });
    console.log(JSON.stringify(await firstOf(kafka.consumer({ groupId: "billing", topics: [orders] }))));
  } finally {
    await kafka.close();
    await broker.close();
  }
}

void main();
