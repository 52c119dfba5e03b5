import { expect, it } from "vitest";
import { compilerMessages } from "../../packages/client/src/compiler.test-kit.js";

const declarations = `
import { EventPattern } from "@nestjs/microservices";
import { type ConsumedRecord, json, type Kafka as Ours, string, topic } from "@ottla/client";
import { Kafka, logLevel } from "@ottla/kafkajs";
import { ContractStrategy, contractPattern } from "@ottla/kafkajs/nest";

const orders = topic("orders", { key: string(), value: json<{ cents: number }>() });
const refunds = topic("refunds", { key: string(), value: json<{ order: string }>() });
declare const ours: Ours;
const kafka = new Kafka({ brokers: ["127.0.0.1:9092"] });
const producer = kafka.producer();
const consumer = kafka.consumer({ groupId: "g" });
const On = contractPattern(EventPattern);
declare const ofOrders: TypedPropertyDescriptor<(record: ConsumedRecord<typeof orders>) => Promise<void>>;
const consumes = { groupId: "g", topics: [orders] } as const;
`;

const misuses = {
  "nothing wrong": `On(orders)({}, "bill", ofOrders); new ContractStrategy({ kafka: ours, consumer: consumes, run: { orderBy: "key" } }); await producer.send({ topic: "t", messages: [{ value: "v" }] }); await consumer.run({ eachMessage: async ({ message }) => void message.offset }); new Kafka({ brokers: [], logLevel: logLevel.ERROR });`,
  "a method that takes another topic's records": `On(refunds)({}, "bill", ofOrders);`,
  "a topic by its name": `On("orders");`,
  "a pattern that is none": `contractPattern("orders");`,
  "a strategy on the adapter's Kafka": `new ContractStrategy({ kafka, consumer: consumes });`,
  "a strategy without a group": `new ContractStrategy({ kafka: ours, consumer: { topics: [orders] } });`,
  "a strategy that gives up the order it asks for": `new ContractStrategy({ kafka: ours, consumer: consumes, run: { orderBy: "key", retryTopics: ["10s"] } });`,
  "a kafkajs message with an object for its value": `await producer.send({ topic: "t", messages: [{ value: { cents: 1 } }] });`,
  "kafkajs messages without a topic": `await producer.send({ messages: [{ value: "v" }] });`,
  "a contract for a kafkajs topic": `await producer.send({ topic: orders, messages: [] });`,
  "a record as the typed client takes it": `await producer.send(orders, { key: "k", value: { cents: 1 } });`,
  "a kafkajs offset as a bigint": `consumer.seek({ topic: "t", partition: 0, offset: 5n });`,
  "kafkajs acks by name": `await producer.send({ topic: "t", acks: "all", messages: [] });`,
  "a kafkajs handler by topic": `await consumer.run({ orders: async () => {} });`,
  "kafkajs messages counted with numbers": `await consumer.run({ eachMessage: async ({ message }) => void (message.offset * 2) });`,
  "a kafkajs mechanism that does not exist": `new Kafka({ brokers: [], sasl: { mechanism: "scram-sha-1", username: "u", password: "p" } });`,
};

it("says briefly what is wrong with each misuse of the adapter and of Nest's strategy", { timeout: 120_000 }, () => {
  expect(compilerMessages(import.meta.url, declarations, misuses)).toMatchInlineSnapshot(`
    {
      "a contract for a kafkajs topic": [
        "«topic» Type 'Topic<"orders", KeyedRecord<string, { cents: number; }>, ReceivedRecord<"orders", string, { cents: number; }, {}>>' is not assignable to type 'string'.",
      ],
      "a kafkajs handler by topic": [
        "«orders» Object literal may only specify known properties, and 'orders' does not exist in type 'ConsumerRunConfig'.",
      ],
      "a kafkajs mechanism that does not exist": [
        "«username» Object literal may only specify known properties, and 'username' does not exist in type 'Mechanism'.",
      ],
      "a kafkajs message with an object for its value": [
        "«cents» Object literal may only specify known properties, and 'cents' does not exist in type 'Buffer<ArrayBufferLike>'.",
      ],
      "a kafkajs offset as a bigint": [
        "«offset» Type 'bigint' is not assignable to type 'string'.",
      ],
      "a method that takes another topic's records": [
        "«ofOrders» Argument of type 'TypedPropertyDescriptor<(record: ReceivedRecord<"orders", string, { cents: number; }, {}>) => Promise<void>>' is not assignable to parameter of type 'TypedPropertyDescriptor<(record: ReceivedRecord<"refunds", string, { order: string; }, {}>) => unknown>' with 'exactOptionalPropertyTypes: true'. Consider adding 'undefined' to the types of the target's properties.
      Types of property 'value' are incompatible.
        Type '(record: ReceivedRecord<"orders", string, { cents: number; }, {}>) => Promise<void>' is not assignable to type '(record: ReceivedRecord<"refunds", string, { order: string; }, {}>) => unknown'.
          Types of parameters 'record' and 'record' are incompatible.
            Type 'ReceivedRecord<"refunds", string, { order: string; }, {}>' is not assignable to type 'ReceivedRecord<"orders", string, { cents: number; }, {}>'.
              Type '"refunds"' is not assignable to type '"orders"'.",
      ],
      "a pattern that is none": [
        "«"orders"» Argument of type 'string' is not assignable to parameter of type 'EventPattern'.",
      ],
      "a record as the typed client takes it": [
        "«{ key: "k", value: { cents: 1 } }» Expected 1 arguments, but got 2.",
      ],
      "a strategy on the adapter's Kafka": [
        "«kafka» Type 'Kafka' is missing the following properties from type 'Kafka': contracts, #options, #world, #open, and 7 more.",
      ],
      "a strategy that gives up the order it asks for": [
        "«retryTopics» Property '[misuse]' is missing in type 'string[]' but required in type 'Misuse<"retryTopics give up the order by key: use \`retry\`, which waits in place, or another orderBy">'.",
      ],
      "a strategy without a group": [
        "«consumer» Type '{ topics: Topic<"orders", KeyedRecord<string, { cents: number; }>, ReceivedRecord<"orders", string, { cents: number; }, {}>>[]; }' is not assignable to type 'ConsumerOptions<Topic<"orders", KeyedRecord<string, { cents: number; }>, ReceivedRecord<"orders", string, { cents: number; }, {}>>>'.
      Property 'groupId' is missing in type '{ topics: Topic<"orders", KeyedRecord<string, { cents: number; }>, ReceivedRecord<"orders", string, { cents: number; }, {}>>[]; }' but required in type 'GroupConsumerOptions<Topic<"orders", KeyedRecord<string, { cents: number; }>, ReceivedRecord<"orders", string, { cents: number; }, {}>>>'.",
      ],
      "a topic by its name": [
        "«"orders"» Argument of type 'string' is not assignable to parameter of type 'Topic<string, unknown, unknown>'.",
      ],
      "kafkajs acks by name": [
        "«acks» Type 'string' is not assignable to type 'number'.",
      ],
      "kafkajs messages counted with numbers": [
        "«message.offset» The left-hand side of an arithmetic operation must be of type 'any', 'number', 'bigint' or an enum type.",
      ],
      "kafkajs messages without a topic": [
        "«{ messages: [{ value: "v" }] }» Argument of type '{ messages: { value: string; }[]; }' is not assignable to parameter of type 'ProducerRecord'.
      Property 'topic' is missing in type '{ messages: { value: string; }[]; }' but required in type 'ProducerRecord'.",
      ],
      "nothing wrong": [],
    }
  `);
});
