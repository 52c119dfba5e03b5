import { type AnySerde, encodeRecord, nullable, oneOf, prepareTopic, string, topic } from "@ottla/client";
import { describe, expect, it, onTestFinished } from "vitest";
import { SchemaRegistry } from "../client/schema-registry.js";
import { encodeDescriptor } from "../formats/protobuf/encode-descriptor.js";
import { parseProtobuf } from "../formats/protobuf/parse-protobuf.js";
import { RegistryServer } from "../server/index.js";
import { protobuf } from "./protobuf.js";

interface Order {
  readonly id: string;
  readonly cents: bigint;
  readonly items?: readonly { readonly sku: string }[];
}

const text = `syntax = "proto3";
package shop;
message Order {
  string id = 1;
  int64 cents = 2;
  repeated Item items = 3;
  message Item { string sku = 1; message Part { int32 n = 1; } }
}
message Refund { string id = 1; }
`;

async function start(autoRegister = true): Promise<SchemaRegistry> {
  const server = await RegistryServer.start({ memory: true, port: 0 });
  onTestFinished(() => server.close());
  return new SchemaRegistry(server.url, { autoRegister });
}

/** The bytes of one value of a contract. */
async function written(registry: SchemaRegistry, serde: AnySerde, value: unknown, event = {}): Promise<string> {
  const contract = topic("orders", { key: string(), value: serde });
  await prepareTopic(contract, { registry });
  const { value: bytes } = encodeRecord(contract, { key: "o-1", value, ...event } as never, registry);
  return Buffer.from(bytes ?? []).toString("hex");
}

async function read(registry: SchemaRegistry, serde: AnySerde, hex: string): Promise<unknown> {
  const context = { topic: "orders", part: "value", headers: [], registry } as const;
  const bytes = Buffer.from(hex, "hex");
  await serde.prepareBatch?.([bytes], context);
  return serde.deserialize(bytes, context);
}

describe("Protobuf messages by a schema's text", () => {
  it("are Confluent's wire format: a zero, the id, the message's indexes, the message", async () => {
    const registry = await start();
    const serde = protobuf<Order>(text);
    const hex = await written(registry, serde, { id: "ö", cents: 300n, items: [{ sku: "a" }] });
    // [0] is one zero; then field 1 with two bytes, field 2 with 300, field 3 with three bytes.
    expect(hex).toBe("00" + "00000001" + "00" + "0a02c3b6" + "10ac02" + "1a030a0161");
    expect(await registry.schemaById(1)).toMatchObject({ schemaType: "PROTOBUF" });
    expect(await registry.subjects()).toEqual(["orders-value"]);
    expect(await read(registry, serde, hex)).toEqual({ id: "ö", cents: 300n, items: [{ sku: "a" }] });
  });

  it.each([
    { message: "shop.Refund", value: { id: "a" }, hex: "0202" + "0a0161" },
    { message: "Refund", value: { id: "a" }, hex: "0202" + "0a0161" },
    { message: "shop.Order.Item", value: { sku: "a" }, hex: "040000" + "0a0161" },
    { message: "Order.Item.Part", value: { n: 1 }, hex: "06000000" + "0801" },
  ])("name the message $message by its places, zigzag", async ({ message, value, hex }) => {
    const registry = await start();
    const serde = protobuf(text, { message });
    expect(await written(registry, serde, value)).toBe(`0000000001${hex}`);
    expect(await read(registry, serde, `0000000001${hex}`)).toEqual(value);
  });

  it("are the bytes that confluent-kafka's ProtobufSerializer for Python writes", async () => {
    const registry = await start();
    const serde = protobuf(
      `syntax = "proto3"; package shop;
      message Refund { string id = 1; }
      message Order {
        string id = 1; int64 cents = 2; repeated sint64 xs = 3; map<string, int32> m = 4; Kind kind = 5; optional int32 z = 6;
        oneof o { string card = 7; bytes cash = 8; } double d = 9; Item item = 10; repeated Item items = 11;
        message Item { fixed64 f = 1; message Part { bool b = 1; } repeated Part parts = 2; }
      }
      enum Kind { A = 0; B = 1; }`,
      { message: "shop.Order" },
    );
    const value = {
      id: "ö",
      cents: -5n,
      xs: [1n, -2n, 300n],
      m: { a: 1 },
      kind: "B",
      z: 0,
      cash: Buffer.alloc(0),
      d: -0,
      item: { f: 5n, parts: [{ b: true }, {}] },
      items: [{}],
    };
    // Written by confluent-kafka 2.16.1 with protobuf 7.36.2, its schema's id put to 1.
    expect(await written(registry, serde, value)).toBe(
      "000000000102020a02c3b610fbffffffffffffffff011a040203d80422050a01611001280130004200490000000000000080520f0905000000000000001202080112005a00",
    );
  });

  it("are read where old writers wrote the indexes unsigned", async () => {
    const registry = await start();
    const serde = protobuf(text, { message: "Refund" });
    await written(registry, serde, { id: "a" });
    expect(await read(registry, serde, "0000000001" + "0101" + "0a0161")).toEqual({ id: "a" });
  });

  it("are read from other versions: unknown fields are left out, missing ones are zero", async () => {
    const registry = await start();
    const former = protobuf(
      `syntax = "proto3"; package shop; enum E { A = 0; }
      message Before { string x = 1; }
      message Order { string id = 1; string note = 9; }`,
      { message: "Order", subject: () => "former" },
    );
    const hex = await written(registry, former, { id: "a", note: "n" });
    expect(hex).toMatch(/^00000000010202/);
    expect(await read(registry, protobuf<Order>(text), hex)).toEqual({ id: "a", cents: 0n, items: [] });
  });

  it("are read by a writer that registered a descriptor", async () => {
    const registry = await start();
    const schema = encodeDescriptor(parseProtobuf(text)).toString("base64");
    const id = await registry.register("orders-value", { schemaType: "PROTOBUF", schema });
    expect(await read(registry, protobuf(text, { message: "Refund" }), `000000000${id}02020a0161`)).toEqual({
      id: "a",
    });
    const byDescriptor = protobuf(schema, { message: "Refund" });
    expect(await read(registry, byDescriptor, `000000000${id}02020a0161`)).toEqual({ id: "a" });
  });

  it("register what they import first, in its order", async () => {
    const registry = await start();
    const money =
      'syntax = "proto3"; package shop; import "shop/currency.proto"; message Money { int64 cents = 1; Currency in = 2; }';
    const imports = {
      "shop/money.proto": { subject: "money", schema: money },
      "shop/currency.proto": {
        subject: "currency",
        schema: 'syntax = "proto3"; package shop; enum Currency { EUR = 0; SEK = 1; }',
      },
    };
    const schema = `syntax = "proto3"; package shop; import "shop/money.proto"; import "google/protobuf/timestamp.proto";
      message Price { Money money = 1; google.protobuf.Timestamp at = 2; }`;
    const serde = protobuf(schema, { imports });
    const hex = await written(registry, serde, { money: { cents: 5n, in: "SEK" }, at: new Date(1500) });
    expect(await read(registry, serde, hex)).toEqual({
      money: { cents: 5n, in: "SEK" },
      at: { seconds: 1n, nanos: 500_000_000 },
    });
    expect(await registry.version("orders-value", 1)).toMatchObject({
      references: [{ name: "shop/money.proto", subject: "money", version: 1 }],
    });
    expect(await registry.version("money", 1)).toMatchObject({
      references: [{ name: "shop/currency.proto", subject: "currency", version: 1 }],
    });
    expect(serde.schemas?.({ topic: "orders", part: "value" }).map(({ subject }) => subject)).toEqual([
      "currency",
      "money",
      "orders-value",
    ]);
  });

  it("keep null as null where the contract takes it", async () => {
    const registry = await start();
    const contract = topic("orders", { key: string(), value: nullable(protobuf<Order>(text)) });
    await prepareTopic(contract, { registry });
    expect(encodeRecord(contract, { key: "a", value: null }, registry).value).toBeNull();
  });

  it("are told apart on one topic by their full names", async () => {
    const registry = await start();
    const either = oneOf({
      Order: protobuf<Order>(text),
      Refund: protobuf<{ id: string }>(text, { message: "Refund" }),
    });
    const hex = await written(registry, either, { id: "a" }, { type: "Refund" });
    expect(await registry.subjects()).toEqual(["orders-shop.Order", "orders-shop.Refund"]);
    expect(await read(registry, either, hex)).toEqual({ type: "Refund", value: { id: "a" } });
  });

  it.each([
    { subject: "topicName", expected: "orders-value" },
    { subject: "recordName", expected: "shop.Order" },
    { subject: "topicRecordName", expected: "orders-shop.Order" },
  ] as const)("belong to the subject by $subject", ({ subject, expected }) => {
    const serde = protobuf<Order>(text, { subject });
    expect(serde.schemas?.({ topic: "orders", part: "value" })).toMatchObject([{ subject: expected }]);
  });

  it("need a schema that is registered, and known before the first value", async () => {
    const registry = await start(false);
    const serde = protobuf<Order>(text);
    const value = { id: "a", cents: 1n };
    await expect(written(registry, serde, value)).rejects.toThrow(/does not have this version of subject/);
    const importing = protobuf('syntax = "proto3"; import "a.proto"; message B { A a = 1; }', {
      imports: { "a.proto": { subject: "a", schema: 'syntax = "proto3"; message A {}' } },
    });
    await expect(written(registry, importing, {})).rejects.toThrow(/the imported "a.proto" under subject "a"/);
    const place = { topic: "orders", part: "value", headers: [] } as const;
    expect(() => serde.serialize(value, { ...place, headers: [], registry })).toThrow(/not known yet/);
    expect(() => serde.serialize(value, { ...place, headers: [] })).toThrow(/needs a schema registry/);
    expect(() => serde.deserialize(Buffer.from("000000000700", "hex"), { ...place, registry })).toThrow(
      /id 7 has not been/,
    );
  });

  it("name the field and the value that cannot be written", async () => {
    const registry = await start();
    const serde = protobuf(text);
    await expect(written(registry, serde, { id: "a", items: [{}, { sku: 5 }] })).rejects.toThrow(
      /topic orders, value, shop.Order: items\[1\].sku is 5, not a string/,
    );
    // The writer is whole again.
    expect(await written(registry, serde, { id: "a" })).toBe("0000000001000a0161");
  });

  it.each([
    { title: "another message", hex: "000000000102020a0161", found: /it is a shop.Refund, not a shop.Order/ },
    { title: "a message that is none", hex: "0000000001020e", found: /no message at the indexes/ },
    { title: "no indexes", hex: "0000000001", found: /no message at the indexes/ },
    { title: "no id", hex: "7b7d", found: /0x7b7d are not a zero, a schema id and Protobuf/ },
    { title: "an id that nobody knows", hex: "000000006300", found: /schema id 99 is not in the registry/ },
    { title: "a text cut short", hex: "0000000001000a0561", found: /shop.Order: id / },
    { title: "a text that is no UTF-8", hex: "0000000001000a01ff", found: /shop.Order: id / },
    {
      title: "an item that says it is longer",
      hex: "0000000001001a7f0a",
      found: /items\[0\] 127 bytes are announced, and 1 are/,
    },
  ])("cannot be read from $title", async ({ hex, found }) => {
    const registry = await start();
    const serde = protobuf<Order>(text);
    await written(registry, serde, { id: "a", cents: 0n });
    await expect(read(registry, serde, hex)).rejects.toThrow(expect.objectContaining({ name: "SchemaSerdeError" }));
    await expect(read(registry, serde, hex)).rejects.toThrow(found);
  });

  it("cannot be had with what is no schema, or without the message", () => {
    expect(() => protobuf("message {")).toThrow(TypeError);
    expect(() => protobuf(text, { message: "Other" })).toThrow(/no message Other; it has shop.Order, shop.Refund/);
    expect(() => protobuf('syntax = "proto3";')).toThrow(/has no message/);
  });
});
