// A program as it is written for kafkajs, which compiles against kafkajs's types and against those of @ottla/kafkajs.
import {
  type Admin,
  CompressionTypes,
  type Consumer,
  type ConsumerConfig,
  type EachBatchPayload,
  type EachMessagePayload,
  type ITopicConfig,
  Kafka,
  type KafkaConfig,
  KafkaJSProtocolError,
  type KafkaMessage,
  type LogEntry,
  logLevel,
  type Message,
  Partitioners,
  type Producer,
  type ProducerRecord,
  type RecordMetadata,
  type SASLOptions,
  type Transaction,
} from "kafkajs";

const sasl: SASLOptions = { mechanism: "scram-sha-256", username: "u", password: "p" };
const config: KafkaConfig = {
  clientId: "old",
  brokers: ["127.0.0.1:9092"],
  ssl: { rejectUnauthorized: true, ca: ["pem"] },
  sasl,
  logLevel: logLevel.WARN,
  logCreator:
    () =>
    ({ namespace, level, log }: LogEntry) => {
      const { message, timestamp, ...others } = log;
      console.log(namespace, level === logLevel.ERROR, message, timestamp, others);
    },
  retry: { retries: 3, restartOnFailure: async (error) => error.name !== "Fatal" },
};
const group: ConsumerConfig = { groupId: "old", sessionTimeout: 30_000, retry: { retries: 1 } };
const topics: ITopicConfig[] = [{ topic: "a", numPartitions: 2, configEntries: [{ name: "x", value: "y" }] }];

export class Service {
  private readonly kafka = new Kafka(config);
  private readonly producer: Producer = this.kafka.producer({
    createPartitioner: Partitioners.DefaultPartitioner,
    transactionalId: "t",
  });
  private readonly consumer: Consumer = this.kafka.consumer(group);
  private readonly admin: Admin = this.kafka.admin();

  async start(): Promise<void> {
    await this.admin.createTopics({ topics, waitForLeaders: true });
    await this.consumer.subscribe({ topics: ["a", /^b/], fromBeginning: true });
    this.consumer.on(this.consumer.events.CRASH, ({ payload }) => console.log(payload.error.message, payload.restart));
    this.consumer.on("consumer.group_join", ({ payload: { memberAssignment } }) => console.log(memberAssignment.a));
    await this.consumer.run({ autoCommit: true, eachMessage: (payload) => this.handle(payload) });
  }

  async send(messages: Message[]): Promise<RecordMetadata[]> {
    const record: ProducerRecord = { topic: "a", messages, acks: -1, compression: CompressionTypes.GZIP };
    try {
      const transaction: Transaction = await this.producer.transaction();
      await transaction.send(record);
      await transaction.commit();
    } catch (error) {
      if (error instanceof KafkaJSProtocolError && error.type === "INVALID_TXN_STATE") console.log(error.code);
    }
    return this.producer.send(record);
  }

  async batch({ batch, resolveOffset, heartbeat }: EachBatchPayload): Promise<void> {
    for (const message of batch.messages) {
      this.text(message);
      resolveOffset(message.offset);
      await heartbeat();
    }
  }

  private async handle({ topic, partition, message, heartbeat, pause }: EachMessagePayload): Promise<void> {
    if (this.text(message) === undefined) setTimeout(pause(), 1_000);
    await heartbeat();
    this.consumer.seek({ topic, partition, offset: (BigInt(message.offset) + 1n).toString() });
  }

  private text(message: KafkaMessage): string | undefined {
    return message.headers?.["content-type"]?.toString() ?? message.value?.toString();
  }
}
