import { expect, it } from "vitest";
import { compilerMessages } from "../compiler.test-kit.js";

const declarations = `
import { int32, json, type Kafka, nullable, oneOf, optional, type Producer, type RecordMetadata, type SendOutcome, string, topic } from "@ottla/client";

interface Order { id: string; cents: bigint; coupon?: string | null }
const orders = topic("orders", { key: string(), value: json<Order>() });
const traced = topic("traced", { key: string(), value: json<Order>(), headers: { trace: string(), attempt: optional(int32()) } });
const customers = topic("customers", { key: nullable(string()), value: json<{ name: string }>(), tombstones: true });
const payments = topic("payments", { key: string(), value: oneOf({ Paid: json<{ cents: number }>(), Failed: json<{ reason: string }>() }) });
declare const kafka: Kafka;
declare const producer: Producer;
declare const outcomes: readonly SendOutcome[];
declare const metadata: RecordMetadata;
const value: Order = { id: "o-1", cents: 1n };
const writer = producer.writable(orders).getWriter();
`;

const misuses = {
  "nothing wrong": `await producer.send(orders, { key: "k", value, partition: 1, timestamp: 0 }); await producer.sendBatch(customers, [{ value: null }, { key: "c", value: { name: "n" } }]); await writer.write({ key: "k", value }); await producer.send(payments, { key: "p", type: "Paid", value: { cents: 1 } }); kafka.producer({ acks: "all", compression: "zstd", retryBackoffMs: { base: 1, max: 2 } });`,
  "a wrong value": `await producer.send(orders, { key: "k", value: { id: "o", cents: 1 } });`,
  "a value without a field": `await producer.send(orders, { key: "k", value: { id: "o" } });`,
  "a value with a misspelt field": `await producer.send(orders, { key: "k", value: { ...value, cupon: "c" } });`,
  "a value as a variable of another type": `const name = { name: "n" }; await producer.send(orders, { key: "k", value: name });`,
  "a wrong key": `await producer.send(orders, { key: 1, value });`,
  "no key": `await producer.send(orders, { value });`,
  "no key in a variable": `const record = { value }; await producer.send(orders, record);`,
  "a key that may be null": `await producer.send(orders, { key: null, value });`,
  "no value": `await producer.send(orders, { key: "k" });`,
  "no value where there are tombstones": `await producer.send(customers, { key: "c" });`,
  "a tombstone where there are none": `await producer.send(orders, { key: "k", value: null });`,
  "an event of a type that is not there": `await producer.send(payments, { key: "p", type: "Refunded", value: { reason: "r" } });`,
  "an event with the value of another": `await producer.send(payments, { key: "p", type: "Paid", value: { reason: "r" } });`,
  "an event without its type": `await producer.send(payments, { key: "p", value: { cents: 1 } });`,
  "an event without its key": `await producer.send(payments, { type: "Paid", value: { cents: 1 } });`,
  "a wrong header": `await producer.send(traced, { key: "k", value, headers: { trace: "t", attempt: "1" } });`,
  "a header that is missing": `await producer.send(traced, { key: "k", value, headers: { attempt: 1 } });`,
  "headers that are missing": `await producer.send(traced, { key: "k", value });`,
  "headers where the contract has none": `await producer.send(orders, { key: "k", value, headers: { trace: "t" } });`,
  "no key where there are headers": `await producer.send(traced, { value, headers: { trace: "t" } });`,
  "a topic's name for its contract": `await producer.send("orders", { key: "k", value });`,
  "a record as in kafkajs": `await producer.send({ topic: "orders", messages: [{ key: "k", value: "v" }] });`,
  "several records where one is sent": `await producer.send(orders, [{ key: "k", value }]);`,
  "one record where several are sent": `await producer.sendBatch(orders, { key: "k", value });`,
  "a wrong value among several records": `await producer.sendBatch(orders, [{ key: "k", value }, { key: "k", value: { id: "o", cents: "1" } }]);`,
  "no key among several records": `await producer.sendBatch(orders, [{ key: "k", value }, { value }]);`,
  "a tombstone among several records": `await producer.sendBatch(orders, [{ key: "k", value: null }]);`,
  "a wrong value in a stream": `await writer.write({ key: "k", value: { id: "o", cents: 1 } });`,
  "no key in a stream": `await writer.write({ value });`,
  "a stream of other records": `await new ReadableStream<{ value: string }>().pipeTo(producer.writable(orders));`,
  "a Date for a record's time": `await producer.send(orders, { key: "k", value, timestamp: new Date() });`,
  "a partition as text": `await producer.send(orders, { key: "k", value, partition: "1" });`,
  "metadata of an outcome that may have failed": `for (const outcome of outcomes) outcome.metadata.offset;`,
  "an offset counted with a number": `metadata.offset + 1;`,
  "raw headers by name": `await producer.sendRaw({ topic: "t", key: null, value: null, headers: { a: "b" } });`,
  "a raw value as text": `await producer.sendRaw({ topic: "t", key: null, value: "v", headers: [] });`,
  "acks as Java writes them": `kafka.producer({ acks: -1 });`,
  "a codec that does not exist": `kafka.producer({ compression: "brotli" });`,
  "a time without its unit": `kafka.producer({ linger: 5 });`,
  "a time as text": `kafka.producer({ lingerMs: "5" });`,
  "half of a backoff": `kafka.producer({ retryBackoffMs: 100 });`,
  "a signal that is a controller": `await producer.send(orders, { key: "k", value }, { signal: new AbortController() });`,
  "a partitioner that names no number": `kafka.producer({ partitioner: () => "0" });`,
};

it("says briefly what is wrong with each misuse of a producer", { timeout: 120_000 }, () => {
  expect(compilerMessages(import.meta.url, declarations, misuses)).toMatchInlineSnapshot(`
    {
      "a Date for a record's time": [
        "«timestamp» Type 'Date' is not assignable to type 'number'.",
      ],
      "a codec that does not exist": [
        "«compression» Type '"brotli"' is not assignable to type '"gzip" | "lz4" | "none" | "snappy" | "zstd" | undefined'.",
      ],
      "a header that is missing": [
        "«headers» Property 'trace' is missing in type '{ attempt: number; }' but required in type '{ readonly trace: string; readonly attempt?: number | undefined; }'.",
      ],
      "a key that may be null": [
        "«key» Type 'null' is not assignable to type 'string'.",
      ],
      "a partition as text": [
        "«partition» Type 'string' is not assignable to type 'number'.",
      ],
      "a partitioner that names no number": [
        "«partitioner» Type '() => string' is not assignable to type 'Partitioner'.
      Type 'string' is not assignable to type 'number'.",
      ],
      "a raw value as text": [
        "«value» Type 'string' is not assignable to type 'Uint8Array<ArrayBufferLike>'.",
      ],
      "a record as in kafkajs": [
        "«send» Expected 2-3 arguments, but got 1.",
      ],
      "a signal that is a controller": [
        "«signal» Type 'AbortController' is missing the following properties from type 'AbortSignal': aborted, onabort, reason, throwIfAborted, and 3 more.",
      ],
      "a stream of other records": [
        "«producer.writable(orders)» Argument of type 'WritableStream<KeyedRecord<string, Order>>' is not assignable to parameter of type 'WritableStream<{ value: string; }>'.
      The types returned by 'getWriter()' are incompatible between these types.
        Type 'WritableStreamDefaultWriter<KeyedRecord<string, Order>>' is not assignable to type 'WritableStreamDefaultWriter<{ value: string; }>'.
          Type 'KeyedRecord<string, Order>' is not assignable to type '{ value: string; }'.
            Types of property 'value' are incompatible.
              Type 'Order' is not assignable to type 'string'.",
      ],
      "a time as text": [
        "«lingerMs» Type 'string' is not assignable to type 'number'.",
      ],
      "a time without its unit": [
        "«linger» Object literal may only specify known properties, but 'linger' does not exist in type 'ProducerOptions'. Did you mean to write 'lingerMs'?",
      ],
      "a tombstone among several records": [
        "«value» Type 'null' is not assignable to type 'Order'.",
      ],
      "a tombstone where there are none": [
        "«value» Type 'null' is not assignable to type 'Order'.",
      ],
      "a topic's name for its contract": [
        "«"orders"» Argument of type 'string' is not assignable to parameter of type 'Topic<string, unknown, unknown>'.",
      ],
      "a value as a variable of another type": [
        "«value» Type '{ name: string; }' is missing the following properties from type 'Order': id, cents",
      ],
      "a value with a misspelt field": [
        "«cupon» Object literal may only specify known properties, but 'cupon' does not exist in type 'Order'. Did you mean to write 'coupon'?",
      ],
      "a value without a field": [
        "«value» Property 'cents' is missing in type '{ id: string; }' but required in type 'Order'.",
      ],
      "a wrong header": [
        "«attempt» Type 'string' is not assignable to type 'number'.",
      ],
      "a wrong key": [
        "«key» Type 'number' is not assignable to type 'string'.",
      ],
      "a wrong value": [
        "«cents» Type 'number' is not assignable to type 'bigint'.",
      ],
      "a wrong value among several records": [
        "«cents» Type 'string' is not assignable to type 'bigint'.",
      ],
      "a wrong value in a stream": [
        "«cents» Type 'number' is not assignable to type 'bigint'.",
      ],
      "acks as Java writes them": [
        "«acks» Type '-1' is not assignable to type '"all" | 0 | 1 | undefined'.",
      ],
      "an event of a type that is not there": [
        "«type» Type '"Refunded"' is not assignable to type '"Failed" | "Paid"'.",
      ],
      "an event with the value of another": [
        "«reason» Argument of type '{ key: string; type: "Paid"; value: { reason: string; }; }' is not assignable to parameter of type 'KeyedEvent<"Paid", string, { cents: number; }> | KeyedEvent<"Failed", string, { reason: string; }>'.
      Types of property 'value' are incompatible.
        Object literal may only specify known properties, and 'reason' does not exist in type '{ cents: number; }'.",
      ],
      "an event without its key": [
        "«{ type: "Paid", value: { cents: 1 } }» Argument of type '{ type: "Paid"; value: { cents: number; }; }' is not assignable to parameter of type 'KeyedEvent<"Paid", string, { cents: number; }> | KeyedEvent<"Failed", string, { reason: string; }>'.
      Property 'key' is missing in type '{ type: "Paid"; value: { cents: number; }; }' but required in type 'KeyedEvent<"Paid", string, { cents: number; }>'.",
      ],
      "an event without its type": [
        "«{ key: "p", value: { cents: 1 } }» Argument of type '{ key: string; value: { cents: number; }; }' is not assignable to parameter of type 'KeyedEvent<"Paid", string, { cents: number; }> | KeyedEvent<"Failed", string, { reason: string; }>'.
      Property 'type' is missing in type '{ key: string; value: { cents: number; }; }' but required in type 'KeyedEvent<"Failed", string, { reason: string; }>'.",
      ],
      "an offset counted with a number": [
        "«metadata.offset + 1» Operator '+' cannot be applied to types 'bigint' and '1'.",
      ],
      "half of a backoff": [
        "«retryBackoffMs» Type 'number' is not assignable to type '{ readonly base: number; readonly max: number; }'.",
      ],
      "headers that are missing": [
        "«{ key: "k", value }» Argument of type '{ key: string; value: Order; }' is not assignable to parameter of type 'KeyedRecord<string, Order> & WithHeaders<{ readonly trace: string; readonly attempt?: number | undefined; }>'.
      Property 'headers' is missing in type '{ key: string; value: Order; }' but required in type 'WithHeaders<{ readonly trace: string; readonly attempt?: number | undefined; }>'.",
      ],
      "headers where the contract has none": [
        "«headers» Object literal may only specify known properties, and 'headers' does not exist in type 'KeyedRecord<string, Order>'.",
      ],
      "metadata of an outcome that may have failed": [
        "«metadata» Property 'metadata' does not exist on type 'SendOutcome'.
      Property 'metadata' does not exist on type '{ readonly status: "failed"; readonly error: Error; }'.",
      ],
      "no key": [
        "«{ value }» Argument of type '{ value: Order; }' is not assignable to parameter of type 'KeyedRecord<string, Order>'.
      Property 'key' is missing in type '{ value: Order; }' but required in type 'KeyedRecord<string, Order>'.",
      ],
      "no key among several records": [
        "«{ value }» Property 'key' is missing in type '{ value: Order; }' but required in type 'KeyedRecord<string, Order>'.",
      ],
      "no key in a stream": [
        "«{ value }» Argument of type '{ value: Order; }' is not assignable to parameter of type 'KeyedRecord<string, Order>'.
      Property 'key' is missing in type '{ value: Order; }' but required in type 'KeyedRecord<string, Order>'.",
      ],
      "no key in a variable": [
        "«record» Argument of type '{ value: Order; }' is not assignable to parameter of type 'KeyedRecord<string, Order>'.
      Property 'key' is missing in type '{ value: Order; }' but required in type 'KeyedRecord<string, Order>'.",
      ],
      "no key where there are headers": [
        "«{ value, headers: { trace: "t" } }» Argument of type '{ value: Order; headers: { trace: string; }; }' is not assignable to parameter of type 'KeyedRecord<string, Order> & WithHeaders<{ readonly trace: string; readonly attempt?: number | undefined; }>'.
      Property 'key' is missing in type '{ value: Order; headers: { trace: string; }; }' but required in type 'KeyedRecord<string, Order>'.",
      ],
      "no value": [
        "«{ key: "k" }» Argument of type '{ key: string; }' is not assignable to parameter of type 'KeyedRecord<string, Order>'.
      Property 'value' is missing in type '{ key: string; }' but required in type 'KeyedRecord<string, Order>'.",
      ],
      "no value where there are tombstones": [
        "«{ key: "c" }» Argument of type '{ key: string; }' is not assignable to parameter of type 'MaybeKeyedRecord<string | null, { name: string; } | null>'.
      Property 'value' is missing in type '{ key: string; }' but required in type 'MaybeKeyedRecord<string | null, { name: string; } | null>'.",
      ],
      "nothing wrong": [],
      "one record where several are sent": [
        "«key» Object literal may only specify known properties, but 'key' does not exist in type 'readonly KeyedRecord<string, Order>[]'. Did you mean to write 'keys'?",
      ],
      "raw headers by name": [
        "«a» Object literal may only specify known properties, and 'a' does not exist in type 'readonly RecordHeader[]'.",
      ],
      "several records where one is sent": [
        "«[{ key: "k", value }]» Argument of type '{ key: string; value: Order; }[]' is not assignable to parameter of type 'KeyedRecord<string, Order>'.
      Type '{ key: string; value: Order; }[]' is missing the following properties from type 'KeyedRecord<string, Order>': key, value",
      ],
    }
  `);
});
