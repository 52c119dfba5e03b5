import { describe, expect, it } from "vitest";
import type { Schema, SchemaRegistry } from "../client/schema-registry.js";
import { avroJson } from "./avro-json.js";
import { AvroJsonReader } from "./avro-json-reader.js";

/** A registry in memory, in the shape a serde and a reader need. */
function fakeRegistry(schemas: Schema[] = []) {
  return {
    autoRegister: true,
    schemas,
    register: async (_subject: string, schema: Schema) => schemas.push(schema),
    idOf: async () => 0,
    schemaById: async (id: number) => schemas[id - 1] ?? { schema: '"null"' },
    version: async () => ({ schema: '{"type":"record","name":"Customer","fields":[{"name":"id","type":"int"}]}' }),
  };
}

const schema = {
  type: "record",
  name: "All",
  fields: [
    { name: "long", type: "long" },
    { name: "bytes", type: "bytes" },
    { name: "at", type: { type: "long", logicalType: "timestamp-millis" } },
    { name: "day", type: { type: "int", logicalType: "date" } },
    { name: "price", type: { type: "bytes", logicalType: "decimal", precision: 9, scale: 2 } },
    { name: "maybe", type: ["null", "long"], default: null },
    { name: "number", type: ["int", "double"], default: 0 },
    { name: "list", type: { type: "array", items: { type: "map", values: "long" } }, default: [] },
  ],
};

const value = {
  long: "9223372036854775807",
  bytes: { base64: "AP8=" },
  at: "2026-11-20T06:51:00.123Z",
  day: "2026-11-20T00:00:00.000Z",
  price: "12.50",
  maybe: 7,
  number: { double: 1.5 },
  list: [{ a: 1, b: -2 }],
};

const place = { topic: "t", part: "value" } as const;

async function written(one: unknown, registry = fakeRegistry()): Promise<Buffer> {
  const serde = avroJson(schema);
  await serde.prepare?.({ ...place, registry });
  return serde.serialize(one, { ...place, headers: [], registry }) as Buffer;
}

describe("avroJson", () => {
  it("writes and reads what JSON can say", async () => {
    const registry = fakeRegistry();
    const payload = await written(JSON.parse(JSON.stringify(value)), registry);
    expect(await new AvroJsonReader(registry as unknown as SchemaRegistry).read(payload)).toEqual({
      schemaId: 1,
      value,
    });
    const serde = avroJson(schema);
    await serde.prepareBatch?.([payload], { ...place, registry });
    expect(serde.deserialize(payload, { ...place, headers: [], registry })).toEqual(value);
  });

  it("takes shorter forms, and fills in defaults", async () => {
    const registry = fakeRegistry();
    const { long: _long, maybe: _maybe, number: _number, list: _list, ...rest } = value;
    const payload = await written({ ...rest, long: 5, at: 0, price: 12.5, day: "2026-11-20" }, registry);
    const read = await new AvroJsonReader(registry as unknown as SchemaRegistry).read(payload);
    expect(read?.value).toEqual({
      ...rest,
      long: 5,
      at: "1970-01-01T00:00:00.000Z",
      maybe: null,
      number: { int: 0 },
      list: [],
    });
  });

  it.each([
    { title: "a field that is not there", change: { lnog: 1 }, reason: 'All has no field "lnog"' },
    { title: "a long that is not whole", change: { long: 1.5 }, reason: "long is 1.5" },
    { title: "text where bytes belong", change: { bytes: "x" }, reason: 'bytes is "x"' },
    { title: "a branch that is not there", change: { number: { text: 1 } }, reason: "number is Object" },
  ])("refuses $title", async ({ change, reason }) => {
    await expect(written({ ...value, ...change })).rejects.toThrow(reason);
  });
});

describe("AvroJsonReader", () => {
  it("knows types of other subjects", async () => {
    const order: Schema = {
      schema: '{"type":"record","name":"Order","fields":[{"name":"by","type":"Customer"}]}',
      references: [{ name: "Customer", subject: "customer", version: 1 }],
    };
    const reader = new AvroJsonReader(fakeRegistry([order]) as unknown as SchemaRegistry);
    expect(await reader.read(Buffer.from([0, 0, 0, 0, 1, 14]))).toEqual({ schemaId: 1, value: { by: { id: 7 } } });
  });

  it("leaves alone what is not a registry's, and names what it cannot read", async () => {
    const registry = fakeRegistry([{ schema: "{}", schemaType: "JSON" }, { schema: '"int"' }]);
    const reader = new AvroJsonReader(registry as unknown as SchemaRegistry);
    expect(await reader.read(Buffer.from("{}"))).toBeUndefined();
    await expect(reader.read(Buffer.from([0, 0, 0, 0, 1, 1]))).rejects.toThrow("schema id 1 is JSON, not Avro");
    await expect(reader.read(Buffer.from([0, 0, 0, 0, 2]))).rejects.toThrow("[INVALID_PAYLOAD] schema id 2: truncated");
  });
});
