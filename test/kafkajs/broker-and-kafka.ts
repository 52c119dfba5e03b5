import { Broker } from "@ottla/broker";
import { Kafka, type KafkaConfig, logLevel } from "@ottla/kafkajs";
import { cleanup } from "../kit/cleanup.js";

/** A broker for one test, and what a program written for kafkajs has to reach it. */
export async function brokerAndKafka(config: Partial<KafkaConfig> = {}) {
  const broker = await Broker.start({ memory: true, config: { "group.initial.rebalance.delay.ms": 0 } });
  cleanup(() => broker.close());
  const kafka = new Kafka({ clientId: "my-app", brokers: [broker.bootstrap], logLevel: logLevel.NOTHING, ...config });
  const admin = kafka.admin();
  const producer = kafka.producer();
  const consumer = kafka.consumer({ groupId: "test-group", maxWaitTimeInMs: 100 });
  for (const each of [admin, producer, consumer]) cleanup(() => each.disconnect());
  await Promise.all([admin.connect(), producer.connect(), consumer.connect()]);
  return { broker, kafka, admin, producer, consumer };
}
