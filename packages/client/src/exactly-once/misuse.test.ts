import { expect, it } from "vitest";
import { compilerMessages } from "../compiler.test-kit.js";

const declarations = `
import { json, type Kafka, string, topic } from "@ottla/client";

const orders = topic("orders", { key: string(), value: json<{ id: string }>() });
const refunds = topic("refunds", { key: string(), value: json<{ order: string }>() });
const invoices = topic("invoices", { key: string(), value: json<{ cents: number }>() });
const audits = topic("audits", { value: string() });
declare const kafka: Kafka;
const options = { groupId: "g", topics: [orders, refunds], into: [invoices] } as const;
const value = { cents: 1 };
`;

const misuses = {
  "nothing wrong": `await kafka.exactlyOnce(options, async (batch, tx) => { for (const record of batch) if (record.topic === "orders") tx.send(invoices, { key: record.value.id, value }); }); await kafka.exactlyOnce({ ...options, into: [invoices, audits] }, (_, tx) => void tx.send(audits, { value: "a" }));`,
  "a topic that is not in `into`": `await kafka.exactlyOnce(options, (_, tx) => void tx.send(audits, { value: "a" }));`,
  "a topic that is read and not in `into`": `await kafka.exactlyOnce(options, (_, tx) => void tx.send(orders, { key: "k", value: { id: "o" } }));`,
  "several records to a topic that is not in `into`": `await kafka.exactlyOnce(options, (_, tx) => void tx.sendBatch(audits, [{ value: "a" }]));`,
  "a topic that is not among several in `into`": `await kafka.exactlyOnce({ ...options, into: [invoices, audits] }, (_, tx) => void tx.send(refunds, { key: "k", value: { order: "o" } }));`,
  "a wrong value": `await kafka.exactlyOnce(options, (_, tx) => void tx.send(invoices, { key: "k", value: { cents: "1" } }));`,
  "no key": `await kafka.exactlyOnce(options, (_, tx) => void tx.send(invoices, { value }));`,
  "a topic by its name": `await kafka.exactlyOnce(options, (_, tx) => void tx.send("invoices", { key: "k", value }));`,
  "raw records": `await kafka.exactlyOnce(options, (_, tx) => void tx.sendRaw({ topic: "invoices", key: null, value: null, headers: [] }));`,
  "offsets by hand": `await kafka.exactlyOnce(options, (_, tx) => void tx.commitOffsets("g", []));`,
  "a field of another topic": `await kafka.exactlyOnce(options, (batch) => { for (const record of batch) if (record.topic === "orders") record.value.order; });`,
  "a field before the topic is asked for": `await kafka.exactlyOnce(options, (batch) => { for (const { value } of batch) value.order; });`,
  "a batch taken for a record": `await kafka.exactlyOnce(options, (record) => void record.value);`,
  "records that are done by hand": `await kafka.exactlyOnce(options, (batch) => batch[0]?.done());`,
  "no `into`": `await kafka.exactlyOnce({ groupId: "g", topics: [orders] }, () => {});`,
  "`into` as a single topic": `await kafka.exactlyOnce({ ...options, into: invoices }, () => {});`,
  "`into` by name": `await kafka.exactlyOnce({ ...options, into: ["invoices"] }, () => {});`,
  "no group": `await kafka.exactlyOnce({ topics: [orders], into: [invoices] }, () => {});`,
  "a group's name under another name": `await kafka.exactlyOnce({ groupID: "g", topics: [orders], into: [invoices] }, () => {});`,
  "`into` under another name": `await kafka.exactlyOnce({ groupId: "g", topics: [orders], to: [invoices] }, () => {});`,
  "no work": `await kafka.exactlyOnce(options);`,
  "commits of its own": `await kafka.exactlyOnce({ groupId: "g", topics: [orders], into: [invoices], autoCommit: true }, () => {});`,
  "records settled by hand": `await kafka.exactlyOnce({ groupId: "g", topics: [orders], into: [invoices], settle: "manual" }, () => {});`,
  "reading what is not committed": `await kafka.exactlyOnce({ groupId: "g", topics: [orders], into: [invoices], isolation: "read_uncommitted" }, () => {});`,
  "partitions of its own": `await kafka.exactlyOnce({ groupId: "g", topics: [orders], into: [invoices], assign: [] }, () => {});`,
  "fewer acknowledgements": `await kafka.exactlyOnce({ ...options, producer: { acks: 1 } }, () => {});`,
  "a producer that is there": `await kafka.exactlyOnce({ ...options, producer: kafka.producer() }, () => {});`,
  "the producer's id at the wrong place": `await kafka.exactlyOnce({ ...options, producer: { transactionalId: "t" } }, () => {});`,
  "retry topics": `await kafka.exactlyOnce({ groupId: "g", topics: [orders], into: [invoices], retryTopics: ["10s"] }, () => {});`,
};

it("says briefly what is wrong with each misuse of exactlyOnce", { timeout: 120_000 }, () => {
  expect(compilerMessages(import.meta.url, declarations, misuses)).toMatchInlineSnapshot(`
    {
      "\`into\` as a single topic": [
        "«into» Type 'Topic<"invoices", KeyedRecord<string, { cents: number; }>, ReceivedRecord<"invoices", string, { cents: number; }, {}>>' is missing the following properties from type 'readonly Topic<string, unknown, unknown>[]': length, concat, join, slice, and 26 more.",
      ],
      "\`into\` by name": [
        "«"invoices"» Type 'string' is not assignable to type 'Topic<string, unknown, unknown>'.",
      ],
      "\`into\` under another name": [
        "«to» Object literal may only specify known properties, and 'to' does not exist in type 'ExactlyOnceOptions<Topic<string, unknown, unknown>, Topic<string, unknown, unknown>>'.",
      ],
      "a batch taken for a record": [
        "«value» Property 'value' does not exist on type 'readonly (ReceivedRecord<"orders", string, { id: string; }, {}> | ReceivedRecord<"refunds", string, { order: string; }, {}>)[]'. Did you mean 'values'?",
      ],
      "a field before the topic is asked for": [
        "«order» Property 'order' does not exist on type '{ id: string; } | { order: string; }'.
      Property 'order' does not exist on type '{ id: string; }'.",
      ],
      "a field of another topic": [
        "«order» Property 'order' does not exist on type '{ id: string; }'.",
      ],
      "a group's name under another name": [
        "«groupID» Object literal may only specify known properties, but 'groupID' does not exist in type 'ExactlyOnceOptions<Topic<string, unknown, unknown>, Topic<string, unknown, unknown>>'. Did you mean to write 'groupId'?",
      ],
      "a producer that is there": [
        "«producer» Type 'Producer' has no properties in common with type 'Omit<ProducerOptions, "acks" | "failsInOrder" | "idempotent" | "signal" | "transactionalId">'.",
      ],
      "a topic by its name": [
        "«"invoices"» Argument of type 'string' is not assignable to parameter of type 'Topic<"invoices", KeyedRecord<string, { cents: number; }>, ReceivedRecord<"invoices", string, { cents: number; }, {}>>'.",
      ],
      "a topic that is not among several in \`into\`": [
        "«refunds» Argument of type 'Topic<"refunds", KeyedRecord<string, { order: string; }>, ReceivedRecord<"refunds", string, { order: string; }, {}>>' is not assignable to parameter of type 'Topic<"invoices", KeyedRecord<string, { cents: number; }>, ReceivedRecord<"invoices", string, { cents: number; }, {}>> | Topic<"audits", MaybeKeyedRecord<...>, ReceivedRecord<...>>'.
      Type 'Topic<"refunds", KeyedRecord<string, { order: string; }>, ReceivedRecord<"refunds", string, { order: string; }, {}>>' is not assignable to type 'Topic<"invoices", KeyedRecord<string, { cents: number; }>, ReceivedRecord<"invoices", string, { cents: number; }, {}>>'.
        Type '"refunds"' is not assignable to type '"invoices"'.",
      ],
      "a topic that is not in \`into\`": [
        "«audits» Argument of type 'Topic<"audits", MaybeKeyedRecord<Uint8Array<ArrayBufferLike> | null, string>, ReceivedRecord<"audits", Buffer<ArrayBufferLike> | null, string, {}>>' is not assignable to parameter of type 'Topic<"invoices", KeyedRecord<string, { cents: number; }>, ReceivedRecord<"invoices", string, { cents: number; }, {}>>'.
      Type '"audits"' is not assignable to type '"invoices"'.",
      ],
      "a topic that is read and not in \`into\`": [
        "«orders» Argument of type 'Topic<"orders", KeyedRecord<string, { id: string; }>, ReceivedRecord<"orders", string, { id: string; }, {}>>' is not assignable to parameter of type 'Topic<"invoices", KeyedRecord<string, { cents: number; }>, ReceivedRecord<"invoices", string, { cents: number; }, {}>>'.
      Type '"orders"' is not assignable to type '"invoices"'.",
      ],
      "a wrong value": [
        "«cents» Type 'string' is not assignable to type 'number'.",
      ],
      "commits of its own": [
        "«autoCommit» Object literal may only specify known properties, and 'autoCommit' does not exist in type 'ExactlyOnceOptions<Topic<"orders", KeyedRecord<string, { id: string; }>, ReceivedRecord<"orders", string, { id: string; }, {}>>, Topic<"invoices", KeyedRecord<string, { ...; }>, ReceivedRecord<...>>>'.",
      ],
      "fewer acknowledgements": [
        "«acks» Object literal may only specify known properties, and 'acks' does not exist in type 'Omit<ProducerOptions, "acks" | "failsInOrder" | "idempotent" | "signal" | "transactionalId">'.",
      ],
      "no \`into\`": [
        "«{ groupId: "g", topics: [orders] }» Argument of type '{ groupId: string; topics: Topic<"orders", KeyedRecord<string, { id: string; }>, ReceivedRecord<"orders", string, { id: string; }, {}>>[]; }' is not assignable to parameter of type 'ExactlyOnceOptions<Topic<"orders", KeyedRecord<string, { id: string; }>, ReceivedRecord<"orders", string, { id: string; }, {}>>, Topic<string, unknown, unknown>>'.
      Property 'into' is missing in type '{ groupId: string; topics: Topic<"orders", KeyedRecord<string, { id: string; }>, ReceivedRecord<"orders", string, { id: string; }, {}>>[]; }' but required in type 'ExactlyOnceOptions<Topic<"orders", KeyedRecord<string, { id: string; }>, ReceivedRecord<"orders", string, { id: string; }, {}>>, Topic<string, unknown, unknown>>'.",
      ],
      "no group": [
        "«{ topics: [orders], into: [invoices] }» Argument of type '{ topics: Topic<"orders", KeyedRecord<string, { id: string; }>, ReceivedRecord<"orders", string, { id: string; }, {}>>[]; into: Topic<"invoices", KeyedRecord<...>, ReceivedRecord<...>>[]; }' is not assignable to parameter of type 'ExactlyOnceOptions<Topic<"orders", KeyedRecord<string, { id: string; }>, ReceivedRecord<"orders", string, { id: string; }, {}>>, Topic<"invoices", KeyedRecord<string, { ...; }>, ReceivedRecord<...>>>'.
      Property 'groupId' is missing in type '{ topics: Topic<"orders", KeyedRecord<string, { id: string; }>, ReceivedRecord<"orders", string, { id: string; }, {}>>[]; into: Topic<"invoices", KeyedRecord<...>, ReceivedRecord<...>>[]; }' but required in type 'ExactlyOnceOptions<Topic<"orders", KeyedRecord<string, { id: string; }>, ReceivedRecord<"orders", string, { id: string; }, {}>>, Topic<"invoices", KeyedRecord<string, { ...; }>, ReceivedRecord<...>>>'.",
      ],
      "no key": [
        "«{ value }» Argument of type '{ value: { cents: number; }; }' is not assignable to parameter of type 'KeyedRecord<string, { cents: number; }>'.
      Property 'key' is missing in type '{ value: { cents: number; }; }' but required in type 'KeyedRecord<string, { cents: number; }>'.",
      ],
      "no work": [
        "«exactlyOnce» Expected 2 arguments, but got 1.",
      ],
      "nothing wrong": [],
      "offsets by hand": [
        "«commitOffsets» Property 'commitOffsets' does not exist on type 'OutgoingTransaction<Topic<"invoices", KeyedRecord<string, { cents: number; }>, ReceivedRecord<"invoices", string, { cents: number; }, {}>>>'.",
      ],
      "partitions of its own": [
        "«assign» Object literal may only specify known properties, and 'assign' does not exist in type 'ExactlyOnceOptions<Topic<"orders", KeyedRecord<string, { id: string; }>, ReceivedRecord<"orders", string, { id: string; }, {}>>, Topic<"invoices", KeyedRecord<string, { ...; }>, ReceivedRecord<...>>>'.",
      ],
      "raw records": [
        "«sendRaw» Property 'sendRaw' does not exist on type 'OutgoingTransaction<Topic<"invoices", KeyedRecord<string, { cents: number; }>, ReceivedRecord<"invoices", string, { cents: number; }, {}>>>'.",
      ],
      "reading what is not committed": [
        "«isolation» Object literal may only specify known properties, and 'isolation' does not exist in type 'ExactlyOnceOptions<Topic<"orders", KeyedRecord<string, { id: string; }>, ReceivedRecord<"orders", string, { id: string; }, {}>>, Topic<"invoices", KeyedRecord<string, { ...; }>, ReceivedRecord<...>>>'.",
      ],
      "records settled by hand": [
        "«settle» Object literal may only specify known properties, and 'settle' does not exist in type 'ExactlyOnceOptions<Topic<"orders", KeyedRecord<string, { id: string; }>, ReceivedRecord<"orders", string, { id: string; }, {}>>, Topic<"invoices", KeyedRecord<string, { ...; }>, ReceivedRecord<...>>>'.",
      ],
      "records that are done by hand": [
        "«done» Property 'done' does not exist on type 'ReceivedRecord<"orders", string, { id: string; }, {}> | ReceivedRecord<"refunds", string, { order: string; }, {}>'.
      Property 'done' does not exist on type 'ReceivedRecord<"orders", string, { id: string; }, {}>'.",
      ],
      "retry topics": [
        "«retryTopics» Object literal may only specify known properties, and 'retryTopics' does not exist in type 'ExactlyOnceOptions<Topic<"orders", KeyedRecord<string, { id: string; }>, ReceivedRecord<"orders", string, { id: string; }, {}>>, Topic<"invoices", KeyedRecord<string, { ...; }>, ReceivedRecord<...>>>'.",
      ],
      "several records to a topic that is not in \`into\`": [
        "«audits» Argument of type 'Topic<"audits", MaybeKeyedRecord<Uint8Array<ArrayBufferLike> | null, string>, ReceivedRecord<"audits", Buffer<ArrayBufferLike> | null, string, {}>>' is not assignable to parameter of type 'Topic<"invoices", KeyedRecord<string, { cents: number; }>, ReceivedRecord<"invoices", string, { cents: number; }, {}>>'.
      Type '"audits"' is not assignable to type '"invoices"'.",
      ],
      "the producer's id at the wrong place": [
        "«transactionalId» Object literal may only specify known properties, and 'transactionalId' does not exist in type 'Omit<ProducerOptions, "acks" | "failsInOrder" | "idempotent" | "signal" | "transactionalId">'.",
      ],
    }
  `);
});
