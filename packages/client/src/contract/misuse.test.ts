import { fileURLToPath } from "node:url";
import ts from "typescript";
import { expect, it } from "vitest";

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
  "options beside a validator": `json(Refund, { parse: (value: unknown) => value });`,
  "wrong field of a message": `send(messages, { value: { id: 1 } });`,
  "misspelt field of a message": `send(messages, { value: { idd: "o-1" } });`,
  "number for a message's int64": `message.value.cents + 1;`,
  "no message at all": `protobuf({ id: "string" });`,
  "writing a record": `if (record.topic === "orders") record.headers.trace = "x";`,
};

it("shows short messages for each misuse of a contract", { timeout: 120_000 }, () => {
  const lines = Object.values(misuses);
  const text = [...declarations.trim().split("\n"), ...lines].join("\n");
  const first = declarations.trim().split("\n").length;
  const messages = new Map(Object.keys(misuses).map((title): [string, string[]] => [title, []]));
  for (const diagnostic of diagnosticsOf(text)) {
    const { line } = ts.getLineAndCharacterOfPosition(diagnostic.file ?? fail(), diagnostic.start ?? 0);
    const title = Object.keys(misuses)[line - first] ?? `line ${line}`;
    messages.set(title, [
      ...(messages.get(title) ?? []),
      ts.flattenDiagnosticMessageText(diagnostic.messageText, "\n"),
    ]);
  }
  expect(Object.fromEntries(messages)).toMatchInlineSnapshot(`
    {
      "deletion taken for an event": [
        "'event.value' is possibly 'null'.",
      ],
      "event as a tombstone": [
        "Type 'null' is not assignable to type '{ cents: number; } | { reason: string; }'.",
      ],
      "event that is not asked its type": [
        "Property 'cents' does not exist on type '{ cents: number; } | { reason: string; }'.
      Property 'cents' does not exist on type '{ reason: string; }'.",
      ],
      "event without a key": [
        "Argument of type '{ type: "Paid"; value: { cents: number; }; }' is not assignable to parameter of type 'KeyedEvent<"Paid", string, { cents: number; }> | KeyedEvent<"Failed", string, { reason: string; }>'.
      Property 'key' is missing in type '{ type: "Paid"; value: { cents: number; }; }' but required in type 'KeyedEvent<"Paid", string, { cents: number; }>'.",
      ],
      "event without its headers": [
        "Argument of type '{ key: string; type: "Paid"; value: { cents: number; }; }' is not assignable to parameter of type '(KeyedEvent<"Paid", string, { cents: number; }> & WithHeaders<{ readonly trace: string; }>) | (KeyedEvent<"Failed", string, { reason: string; }> & WithHeaders<...>)'.
      Type '{ key: string; type: "Paid"; value: { cents: number; }; }' is not assignable to type 'KeyedEvent<"Paid", string, { cents: number; }> & WithHeaders<{ readonly trace: string; }>'.
        Property 'headers' is missing in type '{ key: string; type: "Paid"; value: { cents: number; }; }' but required in type 'WithHeaders<{ readonly trace: string; }>'.",
      ],
      "event without its type": [
        "Argument of type '{ key: string; value: { cents: number; }; }' is not assignable to parameter of type 'KeyedEvent<"Paid", string, { cents: number; }> | KeyedEvent<"Failed", string, { reason: string; }>'.
      Property 'type' is missing in type '{ key: string; value: { cents: number; }; }' but required in type 'KeyedEvent<"Failed", string, { reason: string; }>'.",
      ],
      "field of another event": [
        "Property 'reason' does not exist on type '{ cents: number; }'.",
      ],
      "field of another topic": [
        "Property 'name' does not exist on type 'Order'.",
      ],
      "headers where there are none": [
        "Object literal may only specify known properties, and 'headers' does not exist in type 'MaybeKeyedRecord<Uint8Array<ArrayBufferLike> | null, string>'.",
      ],
      "key on bytes": [
        "Type 'string' is not assignable to type 'Uint8Array<ArrayBufferLike>'.",
      ],
      "missing field": [
        "Property 'cents' is missing in type '{ id: string; }' but required in type 'NewOrder'.",
      ],
      "missing header": [
        "Property 'trace' is missing in type '{}' but required in type '{ readonly trace: string; readonly tenant?: string | undefined; }'.",
      ],
      "misspelt field": [
        "Object literal may only specify known properties, but 'nam' does not exist in type '{ name: string; }'. Did you mean to write 'name'?",
      ],
      "misspelt field of a message": [
        "Object literal may only specify known properties, and 'idd' does not exist in type 'MessageInit<Order>'.",
      ],
      "no headers": [
        "Argument of type '{ key: string; value: NewOrder; }' is not assignable to parameter of type 'KeyedRecord<string, NewOrder> & WithHeaders<{ readonly trace: string; readonly tenant?: string | undefined; }>'.
      Property 'headers' is missing in type '{ key: string; value: NewOrder; }' but required in type 'WithHeaders<{ readonly trace: string; readonly tenant?: string | undefined; }>'.",
      ],
      "no key": [
        "Argument of type '{ value: NewOrder; headers: { trace: string; }; }' is not assignable to parameter of type 'KeyedRecord<string, NewOrder> & WithHeaders<{ readonly trace: string; readonly tenant?: string | undefined; }>'.
      Property 'key' is missing in type '{ value: NewOrder; headers: { trace: string; }; }' but required in type 'KeyedRecord<string, NewOrder>'.",
      ],
      "no message at all": [
        "Object literal may only specify known properties, and 'id' does not exist in type 'DescMessage'.",
      ],
      "nothing wrong": [],
      "number for a message's int64": [
        "Operator '+' cannot be applied to types 'bigint' and '1'.",
      ],
      "offset as a number": [
        "Operator '+' cannot be applied to types 'bigint' and '1'.",
      ],
      "oneOf for no such policy": [
        "Type '"ignore"' is not assignable to type 'UnknownTypes | undefined'.",
      ],
      "options beside a validator": [
        "Expected 0-1 arguments, but got 2.",
      ],
      "subjects that would hold several types": [
        "Type '"topicName"' is not assignable to type '"recordName" | "topicRecordName" | undefined'.",
      ],
      "tombstone where there are none": [
        "Type 'null' is not assignable to type 'NewOrder'.",
      ],
      "type where there are none": [
        "Object literal may only specify known properties, and 'type' does not exist in type 'MaybeKeyedRecord<string | null, { name: string; } | null>'.",
      ],
      "unknown event taken for a known one": [
        "Property 'cents' does not exist on type 'UnknownEvent'.",
      ],
      "unknown field": [
        "Object literal may only specify known properties, but 'cent' does not exist in type 'NewOrder'. Did you mean to write 'cents'?",
      ],
      "unknown header": [
        "Object literal may only specify known properties, but 'tenat' does not exist in type '{ readonly trace: string; readonly tenant?: string | undefined; }'. Did you mean to write 'tenant'?",
      ],
      "unknown topic": [
        "This comparison appears to be unintentional because the types '"orders" | "customers"' and '"invoices"' have no overlap.",
      ],
      "unknown type of event": [
        "Type '"Refunded"' is not assignable to type '"Paid" | "Failed"'.",
      ],
      "unknown type of event asked for": [
        "This comparison appears to be unintentional because the types '"Paid" | "Failed"' and '"Refunded"' have no overlap.",
      ],
      "validator without its serde": [
        "Object literal may only specify known properties, and '"~standard"' does not exist in type 'Serde<unknown, unknown>'.",
      ],
      "value after its transform": [
        "Type 'Date' is not assignable to type 'string'.",
      ],
      "value before its transform": [
        "Property 'toUpperCase' does not exist on type 'Date'.",
      ],
      "value of another event": [
        "Argument of type '{ key: string; type: "Failed"; value: { cents: number; }; }' is not assignable to parameter of type 'KeyedEvent<"Paid", string, { cents: number; }> | KeyedEvent<"Failed", string, { reason: string; }>'.
      Types of property 'value' are incompatible.
        Object literal may only specify known properties, and 'cents' does not exist in type '{ reason: string; }'.",
      ],
      "value that may be deleted": [
        "'record.value' is possibly 'null'.",
      ],
      "value without what its validator asks for": [
        "Property 'at' is missing in type '{ id: string; }' but required in type '{ id: string; at: string; reason?: string; }'.",
      ],
      "writing a record": [
        "Cannot assign to 'trace' because it is a read-only property.",
      ],
      "wrong field of a message": [
        "Type 'number' is not assignable to type 'string'.",
      ],
      "wrong header": [
        "Type 'number' is not assignable to type 'string'.",
      ],
      "wrong key": [
        "Type 'number' is not assignable to type 'string'.",
      ],
      "wrong value": [
        "Type 'number' is not assignable to type 'bigint'.",
      ],
      "wrong value of an event": [
        "Type 'string' is not assignable to type 'number'.",
      ],
    }
  `);
});

function fail(): never {
  throw new Error("a diagnostic without a file");
}

/** What the compiler says of `text`, as if it were a file of this folder. */
function diagnosticsOf(text: string): readonly ts.Diagnostic[] {
  const name = fileURLToPath(new URL("./misuse.ts", import.meta.url));
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2023,
    lib: ["lib.es2023.d.ts", "lib.es2024.string.d.ts", "lib.esnext.disposable.d.ts"],
    module: ts.ModuleKind.NodeNext,
    types: ["node"],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: true,
    noEmit: true,
  };
  const host = ts.createCompilerHost(options);
  const { readFile, fileExists } = host;
  host.readFile = (path) => (path === name ? text : readFile(path));
  host.fileExists = (path) => path === name || fileExists(path);
  const program = ts.createProgram([name], options, host);
  return program.getSemanticDiagnostics(program.getSourceFile(name));
}
