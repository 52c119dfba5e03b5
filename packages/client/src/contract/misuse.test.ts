import { expect, it } from "vitest";
import { compilerMessages } from "../compiler.test-kit.js";

const declarations = `
import { json } from "../serde/json.js";
import { nullable } from "../serde/nullable.js";
import type { StandardSchema } from "../serde/standard-schema.js";
import { string } from "../serde/string.js";
import { OrderSchema } from "../protobuf-es/fixtures/order_pb.js";
import { protobuf } from "../protobuf-es/protobuf.js";
import { optional } from "./headers.js";
import { oneOf } from "./one-of.js";
import type { ConsumedRecord, Sendable } from "./record.js";
import { type Topic, topic } from "./topic.js";

interface NewOrder { id: string; cents: bigint; coupon?: string | null }
interface Order { id: string; cents: bigint; coupon: string | null }
const orders = topic("orders", { key: string(), value: json<Order, NewOrder>(), headers: { trace: string(), tenant: optional(string()) } });
const customers = topic("customers", { key: nullable(string()), value: json<{ name: string }>(), tombstones: true });
const blobs = topic("blobs", { value: string() });
const payments = topic("payments", { key: string(), value: oneOf({ Paid: json<{ cents: number }>(), Failed: json<{ reason: string }>() }) });
const traced = topic("traced", { key: string(), value: oneOf({ Paid: json<{ cents: number }>(), Failed: json<{ reason: string }>() }), headers: { trace: string() } });
declare const payment: ConsumedRecord<typeof payments>;
const open = topic("open", { value: oneOf({ Paid: json<{ cents: number }>() }, { unknown: "raw" }), tombstones: true });
declare const event: ConsumedRecord<typeof open>;
declare const Refund: StandardSchema<{ id: string; at: string; reason?: string }, { id: string; at: Date; reason: string }>;
const refunds = topic("refunds", { value: json(Refund) });
declare const refund: ConsumedRecord<typeof refunds>;
const messages = topic("messages", { value: protobuf(OrderSchema) });
declare const message: ConsumedRecord<typeof messages>;
declare function send<T extends Topic>(topic: T, record: Sendable<T>): void;
declare const record: ConsumedRecord<typeof orders | typeof customers>;
const value: NewOrder = { id: "o-1", cents: 1n };
const headers = { trace: "t" };
`;

const misuses = {
  "nothing wrong": `send(orders, { key: "o-1", value, headers }); send(customers, { value: null }); send(blobs, { value: "x" }); send(payments, { key: "p", type: "Paid", value: { cents: 1 } }); send(open, { type: null, value: null }); send(refunds, { value: { id: "r", at: "now" } }); send(messages, { value: { id: "o-1", cents: 1n } });`,
  "wrong key": `send(orders, { key: 1, value, headers });`,
  "no key": `send(orders, { value, headers });`,
  "key on bytes": `send(blobs, { key: "k", value: "v" });`,
  "wrong value": `send(orders, { key: "o-1", value: { id: "o-1", cents: 1 }, headers });`,
  "missing field": `send(orders, { key: "o-1", value: { id: "o-1" }, headers });`,
  "unknown field": `send(orders, { key: "o-1", value: { ...value, cent: 1n }, headers });`,
  "misspelt field": `send(customers, { value: { nam: "n" } });`,
  "tombstone where there are none": `send(orders, { key: "o-1", value: null, headers });`,
  "no headers": `send(orders, { key: "o-1", value });`,
  "missing header": `send(orders, { key: "o-1", value, headers: {} });`,
  "wrong header": `send(orders, { key: "o-1", value, headers: { trace: 1 } });`,
  "unknown header": `send(orders, { key: "o-1", value, headers: { trace: "t", tenat: "a" } });`,
  "headers where there are none": `send(blobs, { value: "v", headers });`,
  "unknown topic": `if (record.topic === "invoices") record;`,
  "field of another topic": `if (record.topic === "orders") record.value.name;`,
  "value that may be deleted": `if (record.topic === "customers") record.value.name;`,
  "offset as a number": `record.offset + 1;`,
  "event without its type": `send(payments, { key: "p", value: { cents: 1 } });`,
  "unknown type of event": `send(payments, { key: "p", type: "Refunded", value: { cents: 1 } });`,
  "value of another event": `send(payments, { key: "p", type: "Failed", value: { cents: 1 } });`,
  "wrong value of an event": `send(payments, { key: "p", type: "Paid", value: { cents: "1" } });`,
  "event without a key": `send(payments, { type: "Paid", value: { cents: 1 } });`,
  "event without its headers": `send(traced, { key: "p", type: "Paid", value: { cents: 1 } });`,
  "type where there are none": `send(customers, { type: "Paid", value: { name: "n" } });`,
  "event as a tombstone": `send(payments, { key: "p", type: "Paid", value: null });`,
  "event that is not asked its type": `payment.value.cents;`,
  "field of another event": `if (payment.type === "Paid") payment.value.reason;`,
  "unknown type of event asked for": `if (payment.type === "Refunded") payment;`,
  "validator without its serde": `topic("a", { value: { "~standard": { version: 1, vendor: "v", validate: () => ({ value: 1 }) } } });`,
  "unknown event taken for a known one": `if (event.type === undefined) event.value.cents;`,
  "deletion taken for an event": `if (event.type !== undefined) event.value.cents;`,
  "oneOf for no such policy": `oneOf({ Paid: string() }, { unknown: "ignore" });`,
  "subjects that would hold several types": `oneOf({ Paid: string() }, { subjects: "topicName" });`,
  "value after its transform": `send(refunds, { value: { id: "r", at: new Date() } });`,
  "value before its transform": `refund.value.at.toUpperCase();`,
  "value without what its validator asks for": `send(refunds, { value: { id: "r" } });`,
  "no value": `topic("a", { key: string() });`,
  "a misspelt part": `topic("a", { key: string(), vlaue: string() });`,
  "a config under another name": `topic("a", { value: string(), configs: {} });`,
  "a serde that is not called": `topic("a", { value: string });`,
  "a header that is no serde": `topic("a", { value: string(), headers: { trace: "string" } });`,
  "a serde without one direction": `topic("a", { value: { serialize: (value: string) => Buffer.from(value) } });`,
  "an event that is no serde": `oneOf({ Paid: { cents: "int" } });`,
  "a JSON Schema for a validator": `json({ type: "object" });`,
  "a function for a validator": `json((value: unknown) => value);`,
  "a validator for something else than the type": `json<{ id: string }>({ parse: () => 1 });`,
  "a serde's value of another type": `const serde = string(); serde.serialize(1, { topic: "t", part: "value", headers: [] });`,
  "options beside a validator": `json(Refund, { parse: (value: unknown) => value });`,
  "wrong field of a message": `send(messages, { value: { id: 1 } });`,
  "misspelt field of a message": `send(messages, { value: { idd: "o-1" } });`,
  "number for a message's int64": `message.value.cents + 1;`,
  "no message at all": `protobuf({ id: "string" });`,
  "writing a record": `if (record.topic === "orders") record.headers.trace = "x";`,
};

it("says briefly what is wrong with each misuse of a contract", { timeout: 120_000 }, () => {
  expect(compilerMessages(import.meta.url, declarations, misuses)).toMatchInlineSnapshot(`
    {
      "a JSON Schema for a validator": [
        "«type» No overload matches this call.
      Overload 1 of 2, '(schema: StandardSchema<unknown, unknown>): Serde<unknown, unknown>', gave the following error.
        Object literal may only specify known properties, and 'type' does not exist in type 'StandardSchema<unknown, unknown>'.
      Overload 2 of 2, '(options?: { readonly parse?: (value: unknown) => unknown; } | undefined): Serde<unknown, unknown>', gave the following error.
        Object literal may only specify known properties, and 'type' does not exist in type '{ readonly parse?: (value: unknown) => unknown; }'.",
      ],
      "a config under another name": [
        "«configs» Object literal may only specify known properties, but 'configs' does not exist in type 'TopicDefinition<Serde<Uint8Array<ArrayBufferLike> | null, Buffer<ArrayBufferLike> | null>, Serde<string, string>, NoHeaders, false> & Pick<...>'. Did you mean to write 'config'?",
      ],
      "a function for a validator": [
        "«(value: unknown) => value» No overload matches this call.
      Overload 1 of 2, '(schema: StandardSchema<unknown, unknown>): Serde<unknown, unknown>', gave the following error.
        Argument of type '(value: unknown) => unknown' is not assignable to parameter of type 'StandardSchema<unknown, unknown>'.
      Overload 2 of 2, '(options?: { readonly parse?: (value: unknown) => unknown; } | undefined): Serde<unknown, unknown>', gave the following error.
        Type '(value: unknown) => unknown' has no properties in common with type '{ readonly parse?: (value: unknown) => unknown; }'.",
      ],
      "a header that is no serde": [
        "«trace» Type 'string' is not assignable to type 'AnyHeaderSerde'.",
      ],
      "a misspelt part": [
        "«vlaue» Object literal may only specify known properties, but 'vlaue' does not exist in type 'TopicDefinition<Serde<string, string>, AnySerde, NoHeaders, false> & Pick<TopicDefinition<Serde<string, string>, AnySerde, NoHeaders, false>, "key">'. Did you mean to write 'value'?",
      ],
      "a serde that is not called": [
        "«string» Type '() => Serde<string, string>' is not assignable to type 'AnySerde'.",
      ],
      "a serde without one direction": [
        "«value» Property 'deserialize' is missing in type '{ serialize: (value: string) => Buffer<ArrayBuffer>; }' but required in type 'Serde<unknown, unknown>'.",
      ],
      "a serde's value of another type": [
        "«1» Argument of type 'number' is not assignable to parameter of type 'string'.",
      ],
      "a validator for something else than the type": [
        "«parse» Type '() => number' is not assignable to type '(value: unknown) => { id: string; }'.
      Type 'number' is not assignable to type '{ id: string; }'.",
      ],
      "an event that is no serde": [
        "«cents» Object literal may only specify known properties, and 'cents' does not exist in type 'Serde<unknown, unknown>'.",
      ],
      "deletion taken for an event": [
        "«event.value» 'event.value' is possibly 'null'.",
      ],
      "event as a tombstone": [
        "«value» Type 'null' is not assignable to type '{ cents: number; } | { reason: string; }'.",
      ],
      "event that is not asked its type": [
        "«cents» Property 'cents' does not exist on type '{ cents: number; } | { reason: string; }'.
      Property 'cents' does not exist on type '{ reason: string; }'.",
      ],
      "event without a key": [
        "«{ type: "Paid", value: { cents: 1 } }» Argument of type '{ type: "Paid"; value: { cents: number; }; }' is not assignable to parameter of type 'KeyedEvent<"Paid", string, { cents: number; }> | KeyedEvent<"Failed", string, { reason: string; }>'.
      Property 'key' is missing in type '{ type: "Paid"; value: { cents: number; }; }' but required in type 'KeyedEvent<"Paid", string, { cents: number; }>'.",
      ],
      "event without its headers": [
        "«{ key: "p", type: "Paid", value: { cents: 1 } }» Argument of type '{ key: string; type: "Paid"; value: { cents: number; }; }' is not assignable to parameter of type '(KeyedEvent<"Paid", string, { cents: number; }> & WithHeaders<{ readonly trace: string; }>) | (KeyedEvent<"Failed", string, { reason: string; }> & WithHeaders<...>)'.
      Type '{ key: string; type: "Paid"; value: { cents: number; }; }' is not assignable to type 'KeyedEvent<"Paid", string, { cents: number; }> & WithHeaders<{ readonly trace: string; }>'.
        Property 'headers' is missing in type '{ key: string; type: "Paid"; value: { cents: number; }; }' but required in type 'WithHeaders<{ readonly trace: string; }>'.",
      ],
      "event without its type": [
        "«{ key: "p", value: { cents: 1 } }» Argument of type '{ key: string; value: { cents: number; }; }' is not assignable to parameter of type 'KeyedEvent<"Paid", string, { cents: number; }> | KeyedEvent<"Failed", string, { reason: string; }>'.
      Property 'type' is missing in type '{ key: string; value: { cents: number; }; }' but required in type 'KeyedEvent<"Failed", string, { reason: string; }>'.",
      ],
      "field of another event": [
        "«reason» Property 'reason' does not exist on type '{ cents: number; }'.",
      ],
      "field of another topic": [
        "«name» Property 'name' does not exist on type 'Order'.",
      ],
      "headers where there are none": [
        "«headers» Object literal may only specify known properties, and 'headers' does not exist in type 'MaybeKeyedRecord<Uint8Array<ArrayBufferLike> | null, string>'.",
      ],
      "key on bytes": [
        "«key» Type 'string' is not assignable to type 'Uint8Array<ArrayBufferLike>'.",
      ],
      "missing field": [
        "«value» Property 'cents' is missing in type '{ id: string; }' but required in type 'NewOrder'.",
      ],
      "missing header": [
        "«headers» Property 'trace' is missing in type '{}' but required in type '{ readonly trace: string; readonly tenant?: string | undefined; }'.",
      ],
      "misspelt field": [
        "«nam» Object literal may only specify known properties, but 'nam' does not exist in type '{ name: string; }'. Did you mean to write 'name'?",
      ],
      "misspelt field of a message": [
        "«idd» Object literal may only specify known properties, and 'idd' does not exist in type 'MessageInit<Order>'.",
      ],
      "no headers": [
        "«{ key: "o-1", value }» Argument of type '{ key: string; value: NewOrder; }' is not assignable to parameter of type 'KeyedRecord<string, NewOrder> & WithHeaders<{ readonly trace: string; readonly tenant?: string | undefined; }>'.
      Property 'headers' is missing in type '{ key: string; value: NewOrder; }' but required in type 'WithHeaders<{ readonly trace: string; readonly tenant?: string | undefined; }>'.",
      ],
      "no key": [
        "«{ value, headers }» Argument of type '{ value: NewOrder; headers: { trace: string; }; }' is not assignable to parameter of type 'KeyedRecord<string, NewOrder> & WithHeaders<{ readonly trace: string; readonly tenant?: string | undefined; }>'.
      Property 'key' is missing in type '{ value: NewOrder; headers: { trace: string; }; }' but required in type 'KeyedRecord<string, NewOrder>'.",
      ],
      "no message at all": [
        "«id» Object literal may only specify known properties, and 'id' does not exist in type 'DescMessage'.",
      ],
      "no value": [
        "«{ key: string() }» Argument of type '{ key: Serde<string, string>; }' is not assignable to parameter of type 'TopicDefinition<Serde<string, string>, AnySerde, NoHeaders, false> & Pick<TopicDefinition<Serde<string, string>, AnySerde, NoHeaders, false>, "key">'.
      Property 'value' is missing in type '{ key: Serde<string, string>; }' but required in type 'TopicDefinition<Serde<string, string>, AnySerde, NoHeaders, false>'.",
      ],
      "nothing wrong": [],
      "number for a message's int64": [
        "«message.value.cents + 1» Operator '+' cannot be applied to types 'bigint' and '1'.",
      ],
      "offset as a number": [
        "«record.offset + 1» Operator '+' cannot be applied to types 'bigint' and '1'.",
      ],
      "oneOf for no such policy": [
        "«unknown» Type '"ignore"' is not assignable to type 'UnknownTypes | undefined'.",
      ],
      "options beside a validator": [
        "«{ parse: (value: unknown) => value }» Expected 0-1 arguments, but got 2.",
      ],
      "subjects that would hold several types": [
        "«subjects» Type '"topicName"' is not assignable to type '"recordName" | "topicRecordName" | undefined'.",
      ],
      "tombstone where there are none": [
        "«value» Type 'null' is not assignable to type 'NewOrder'.",
      ],
      "type where there are none": [
        "«type» Object literal may only specify known properties, and 'type' does not exist in type 'MaybeKeyedRecord<string | null, { name: string; } | null>'.",
      ],
      "unknown event taken for a known one": [
        "«cents» Property 'cents' does not exist on type 'UnknownEvent'.",
      ],
      "unknown field": [
        "«cent» Object literal may only specify known properties, but 'cent' does not exist in type 'NewOrder'. Did you mean to write 'cents'?",
      ],
      "unknown header": [
        "«tenat» Object literal may only specify known properties, but 'tenat' does not exist in type '{ readonly trace: string; readonly tenant?: string | undefined; }'. Did you mean to write 'tenant'?",
      ],
      "unknown topic": [
        "«record.topic === "invoices"» This comparison appears to be unintentional because the types '"customers" | "orders"' and '"invoices"' have no overlap.",
      ],
      "unknown type of event": [
        "«type» Type '"Refunded"' is not assignable to type '"Failed" | "Paid"'.",
      ],
      "unknown type of event asked for": [
        "«payment.type === "Refunded"» This comparison appears to be unintentional because the types '"Failed" | "Paid"' and '"Refunded"' have no overlap.",
      ],
      "validator without its serde": [
        "«"~standard"» Object literal may only specify known properties, and '"~standard"' does not exist in type 'Serde<unknown, unknown>'.",
      ],
      "value after its transform": [
        "«at» Type 'Date' is not assignable to type 'string'.",
      ],
      "value before its transform": [
        "«toUpperCase» Property 'toUpperCase' does not exist on type 'Date'.",
      ],
      "value of another event": [
        "«cents» Argument of type '{ key: string; type: "Failed"; value: { cents: number; }; }' is not assignable to parameter of type 'KeyedEvent<"Paid", string, { cents: number; }> | KeyedEvent<"Failed", string, { reason: string; }>'.
      Types of property 'value' are incompatible.
        Object literal may only specify known properties, and 'cents' does not exist in type '{ reason: string; }'.",
      ],
      "value that may be deleted": [
        "«record.value» 'record.value' is possibly 'null'.",
      ],
      "value without what its validator asks for": [
        "«value» Property 'at' is missing in type '{ id: string; }' but required in type '{ id: string; at: string; reason?: string; }'.",
      ],
      "writing a record": [
        "«trace» Cannot assign to 'trace' because it is a read-only property.",
      ],
      "wrong field of a message": [
        "«id» Type 'number' is not assignable to type 'string'.",
      ],
      "wrong header": [
        "«trace» Type 'number' is not assignable to type 'string'.",
      ],
      "wrong key": [
        "«key» Type 'number' is not assignable to type 'string'.",
      ],
      "wrong value": [
        "«cents» Type 'number' is not assignable to type 'bigint'.",
      ],
      "wrong value of an event": [
        "«cents» Type 'string' is not assignable to type 'number'.",
      ],
    }
  `);
});
