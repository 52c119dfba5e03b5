import { expect, it } from "vitest";
import { compilerMessages } from "../../compiler.test-kit.js";

const declarations = `
import { type Consumer, json, type Kafka, type Producer, string, topic, Transaction } from "@ottla/client";

const orders = topic("orders", { key: string(), value: json<{ id: string; cents: bigint }>() });
declare const kafka: Kafka;
declare const consumer: Consumer<typeof orders>;
declare const producer: Producer;
const value = { id: "o-1", cents: 1n };
`;

const misuses = {
  "nothing wrong": `const sum: number = await producer.transaction(async (tx) => { void tx.send(orders, { key: "k", value }); void tx.commitOffsets(consumer.groupMetadata(), [{ topic: "orders", partition: 0, offset: 1n }]); return 1; });`,
  "a wrong value": `await producer.transaction((tx) => tx.send(orders, { key: "k", value: { id: "o", cents: 1 } }));`,
  "no key": `await producer.transaction((tx) => tx.send(orders, { value }));`,
  "a tombstone where there are none": `await producer.transaction((tx) => tx.send(orders, { key: "k", value: null }));`,
  "a wrong value among several records": `await producer.transaction((tx) => tx.sendBatch(orders, [{ key: "k", value: { id: "o", cents: "1" } }]));`,
  "no work": `await producer.transaction();`,
  "a transaction as in kafkajs": `const tx = await producer.transaction(); await tx.commit();`,
  "a commit by hand": `await producer.transaction((tx) => tx.commit());`,
  "an abort by hand": `await producer.transaction((tx) => tx.abort());`,
  "a record without its transaction": `await producer.transaction((tx) => tx({ key: "k", value }));`,
  "a transaction in a transaction": `await producer.transaction((tx) => tx.transaction(() => {}));`,
  "offsets of a consumer instead of its group": `await producer.transaction((tx) => tx.commitOffsets(consumer, [{ topic: "orders", partition: 0, offset: 1n }]));`,
  "an offset as a number": `await producer.transaction((tx) => tx.commitOffsets("g", [{ topic: "orders", partition: 0, offset: 1 }]));`,
  "an offset as text": `await producer.transaction((tx) => tx.commitOffsets("g", [{ topic: "orders", partition: 0, offset: "1" }]));`,
  "a single offset": `await producer.transaction((tx) => tx.commitOffsets("g", { topic: "orders", partition: 0, offset: 1n }));`,
  "offsets without a group": `await producer.transaction((tx) => tx.commitOffsets([{ topic: "orders", partition: 0, offset: 1n }]));`,
  "an offset without its partition": `await producer.transaction((tx) => tx.commitOffsets("g", [{ topic: "orders", offset: 1n }]));`,
  "offsets sent as in kafkajs": `await producer.transaction((tx) => tx.sendOffsets({ consumerGroupId: "g", topics: [] }));`,
  "offsets outside of a transaction": `await producer.commitOffsets("g", []);`,
  "a transaction made by hand": `new Transaction(producer);`,
  "a misspelt id": `kafka.producer({ transactionalID: "t" });`,
  "an id that is none": `kafka.producer({ transactionalId: 1 });`,
};

it("says briefly what is wrong with each misuse of a transaction", { timeout: 120_000 }, () => {
  expect(compilerMessages(import.meta.url, declarations, misuses)).toMatchInlineSnapshot(`
    {
      "a commit by hand": [
        "«commit» Property 'commit' does not exist on type 'Transaction'.",
      ],
      "a misspelt id": [
        "«transactionalID» Object literal may only specify known properties, but 'transactionalID' does not exist in type 'ProducerOptions'. Did you mean to write 'transactionalId'?",
      ],
      "a record without its transaction": [
        "«tx» This expression is not callable.
      Type 'Transaction' has no call signatures.",
      ],
      "a single offset": [
        "«topic» Object literal may only specify known properties, and 'topic' does not exist in type 'readonly OffsetToCommit[]'.",
      ],
      "a tombstone where there are none": [
        "«value» Type 'null' is not assignable to type '{ id: string; cents: bigint; }'.",
      ],
      "a transaction as in kafkajs": [
        "«transaction» Expected 1 arguments, but got 0.",
        "«tx» 'tx' is of type 'unknown'.",
      ],
      "a transaction in a transaction": [
        "«transaction» Property 'transaction' does not exist on type 'Transaction'.",
      ],
      "a transaction made by hand": [
        "«Transaction» 'Transaction' cannot be used as a value because it was exported using 'export type'.",
        "«producer» Argument of type 'Producer' is not assignable to parameter of type 'TransactionPort'.
      Type 'Producer' is missing the following properties from type 'TransactionPort': clock, commitOffsets",
      ],
      "a wrong value": [
        "«cents» Type 'number' is not assignable to type 'bigint'.",
      ],
      "a wrong value among several records": [
        "«cents» Type 'string' is not assignable to type 'bigint'.",
      ],
      "an abort by hand": [
        "«abort» Property 'abort' does not exist on type 'Transaction'.",
      ],
      "an id that is none": [
        "«transactionalId» Type 'number' is not assignable to type 'string'.",
      ],
      "an offset as a number": [
        "«offset» Type 'number' is not assignable to type 'bigint'.",
      ],
      "an offset as text": [
        "«offset» Type 'string' is not assignable to type 'bigint'.",
      ],
      "an offset without its partition": [
        "«{ topic: "orders", offset: 1n }» Property 'partition' is missing in type '{ topic: string; offset: bigint; }' but required in type 'OffsetToCommit'.",
      ],
      "declarations, line 1": [
        "«Transaction» 'Transaction' resolves to a type-only declaration and must be imported using a type-only import when 'verbatimModuleSyntax' is enabled.",
      ],
      "no key": [
        "«{ value }» Argument of type '{ value: { id: string; cents: bigint; }; }' is not assignable to parameter of type 'KeyedRecord<string, { id: string; cents: bigint; }>'.
      Property 'key' is missing in type '{ value: { id: string; cents: bigint; }; }' but required in type 'KeyedRecord<string, { id: string; cents: bigint; }>'.",
      ],
      "no work": [
        "«transaction» Expected 1 arguments, but got 0.",
      ],
      "nothing wrong": [],
      "offsets of a consumer instead of its group": [
        "«consumer» Argument of type 'Consumer<Topic<"orders", KeyedRecord<string, { id: string; cents: bigint; }>, ReceivedRecord<"orders", string, { id: string; cents: bigint; }, {}>>>' is not assignable to parameter of type 'string | GroupMetadata'.",
      ],
      "offsets outside of a transaction": [
        "«commitOffsets» Property 'commitOffsets' does not exist on type 'Producer'.",
      ],
      "offsets sent as in kafkajs": [
        "«sendOffsets» Property 'sendOffsets' does not exist on type 'Transaction'.",
      ],
      "offsets without a group": [
        "«commitOffsets» Expected 2 arguments, but got 1.",
      ],
    }
  `);
});
