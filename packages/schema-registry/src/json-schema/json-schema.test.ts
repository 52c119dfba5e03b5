import { type AnySerde, encodeRecord, prepareTopic, string, topic } from "@ottla/client";
import { describe, expect, it, onTestFinished } from "vitest";
import { SchemaRegistry } from "../client/schema-registry.js";
import { RegistryServer } from "../server/index.js";
import { jsonSchema } from "./json-schema.js";

interface Order {
  readonly id: string;
  readonly cents: number;
}

const order = {
  type: "object",
  title: "Order",
  properties: { id: { type: "string" }, cents: { type: "integer", minimum: 0 } },
  required: ["id", "cents"],
  additionalProperties: false,
};

async function start(autoRegister = true): Promise<SchemaRegistry> {
  const server = await RegistryServer.start({ memory: true, port: 0 });
  onTestFinished(() => server.close());
  return new SchemaRegistry(server.url, { autoRegister });
}

async function written(registry: SchemaRegistry, serde: AnySerde, value: unknown): Promise<Uint8Array> {
  const contract = topic("orders", { key: string(), value: serde });
  await prepareTopic(contract, { registry });
  return encodeRecord(contract, { key: "o-1", value }, registry).value ?? Buffer.alloc(0);
}

const place = { topic: "orders", part: "value", headers: [] } as const;

describe("values in JSON that fits a schema", () => {
  it("are Confluent's wire format: a zero, the schema's id, JSON", async () => {
    const registry = await start();
    const bytes = await written(registry, jsonSchema<Order>(order), { id: "ö", cents: 5 });
    expect(Buffer.from(bytes).toString("latin1")).toBe(`\0\0\0\0\x01{"id":"Ã¶","cents":5}`);
    expect(await registry.schemaById(1)).toMatchObject({ schemaType: "JSON", schema: JSON.stringify(order) });
    expect(jsonSchema<Order>(order).deserialize(bytes, place)).toEqual({ id: "ö", cents: 5 });
  });

  it("are checked when they are written, and the place is named", async () => {
    const registry = await start();
    const wrong = written(registry, jsonSchema<Order>(order), { id: "a", cents: -1 });
    await expect(wrong).rejects.toThrow(/orders, value: \/cents must be >= 0/);
  });

  it.each([
    {
      title: "a value that does not fit",
      bytes: '\0\0\0\0\x01{"id":"a"}',
      text: /\/ must have required property 'cents'/,
    },
    { title: "what is no JSON", bytes: "\0\0\0\0\x01{", text: /JSON/ },
    { title: "what has no schema id", bytes: "{}", text: /not a zero, a schema id and JSON/ },
  ])("are checked when they are read: $title", ({ bytes, text }) => {
    const read = () => jsonSchema<Order>(order).deserialize(Buffer.from(bytes, "latin1"), place);
    expect(read).toThrow(expect.objectContaining({ code: "INVALID_PAYLOAD", message: expect.stringMatching(text) }));
  });

  it("may use schemas that the registry has under other subjects", async () => {
    const registry = await start();
    const id = { $id: "ids.json", definitions: { id: { type: "string", pattern: "^o-" } } };
    await registry.register("ids", { schemaType: "JSON", schema: JSON.stringify(id) });
    const serde = jsonSchema<{ id: string }>(
      { properties: { id: { $ref: "ids.json#/definitions/id" } } },
      { references: [{ name: "ids.json", subject: "ids", version: 1, schema: id }] },
    );
    const bytes = await written(registry, serde, { id: "o-1" });
    expect(serde.deserialize(bytes, place)).toEqual({ id: "o-1" });
    expect(await registry.version("orders-value", 1)).toMatchObject({
      references: [{ name: "ids.json", subject: "ids", version: 1 }],
    });
    await expect(written(registry, serde, { id: "1" })).rejects.toThrow(/\/id must match pattern/);
  });

  it.each([
    "http://json-schema.org/draft-06/schema#",
    "https://json-schema.org/draft/2019-09/schema",
    "https://json-schema.org/draft/2020-12/schema",
  ])("are checked by a schema of %s", ($schema) => {
    const serde = jsonSchema<Order>({ $schema, ...order });
    expect(serde.deserialize(Buffer.from('\0\0\0\0\x01{"id":"a","cents":1}'), place)).toEqual({ id: "a", cents: 1 });
  });

  it("need a schema that is registered, and known before the first value", async () => {
    const registry = await start(false);
    const serde = jsonSchema<Order>(order);
    await expect(written(registry, serde, { id: "a", cents: 1 })).rejects.toThrow(
      /does not have this version of subject/,
    );
    expect(() => serde.serialize({ id: "a", cents: 1 }, { ...place, headers: [], registry })).toThrow(/not known yet/);
    expect(() => serde.serialize({ id: "a", cents: 1 }, { ...place, headers: [] })).toThrow(/needs a schema registry/);
  });

  it("cannot be had with what is no schema", () => {
    expect(() => jsonSchema({ type: "strng" })).toThrow(/\/type: there is no type "strng"/);
    expect(() => jsonSchema({ $schema: "http://json-schema.org/draft-04/schema#" })).toThrow(/draft 4/);
  });

  it("belong to the subject that is asked for, by the schema's title", () => {
    const serde = jsonSchema<Order>(order, { subject: "topicRecordName" });
    expect(serde.schemas?.(place)).toMatchObject([{ subject: "orders-Order", schemaType: "JSON" }]);
  });
});
