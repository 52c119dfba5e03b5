import { type AnySerde, encodeRecord, oneOf, prepareTopic, string, topic } from "@ottla/client";
import { describe, expect, it, onTestFinished } from "vitest";
import { SchemaRegistry } from "../client/schema-registry.js";
import { RegistryServer } from "../server/index.js";
import { avro } from "./avro.js";

const authorized = avro({
  type: "record",
  name: "PaymentAuthorized",
  namespace: "shop",
  fields: [{ name: "cents", type: "int" }],
});
const failed = avro({ type: "record", name: "shop.PaymentFailed", fields: [{ name: "reason", type: "string" }] });
const refunded = avro({ type: "record", name: "PaymentRefunded", fields: [] });
const value = oneOf({ Authorized: authorized, Failed: failed });

async function start(): Promise<SchemaRegistry> {
  const server = await RegistryServer.start({ memory: true, port: 0 });
  onTestFinished(() => server.close());
  return new SchemaRegistry(server.url, { autoRegister: true });
}

/** The bytes of one event of a contract, and how a reader sees what another contract wrote. */
async function written(registry: SchemaRegistry, serde: AnySerde, event: object): Promise<Uint8Array> {
  const contract = topic("payments", { key: string(), value: serde });
  await prepareTopic(contract, { registry });
  const record = { key: "p-1", ...event } as unknown as { key: string; value: unknown };
  return encodeRecord(contract, record, registry).value ?? Buffer.alloc(0);
}

async function read(registry: SchemaRegistry, serde: AnySerde, bytes: Uint8Array): Promise<unknown> {
  const context = { topic: "payments", part: "value", headers: [], registry } as const;
  await serde.prepareBatch?.([bytes], context);
  return serde.deserialize(bytes, context);
}

describe("several Avro types on one topic", () => {
  it("are told apart by the name of the writer's record, with a subject for each", async () => {
    const registry = await start();
    const bytes = await written(registry, value, { type: "Failed", value: { reason: "limit" } });
    expect(await registry.subjects()).toEqual(["payments-shop.PaymentAuthorized", "payments-shop.PaymentFailed"]);
    expect(await read(registry, value, bytes)).toEqual({ type: "Failed", value: { reason: "limit" } });
  });

  it("may be of former names, and of versions that have grown", async () => {
    const registry = await start();
    const bytes = await written(registry, value, { type: "Authorized", value: { cents: 5 } });
    const renamed = avro({
      type: "record",
      name: "shop.Approved",
      aliases: ["PaymentAuthorized"],
      fields: [
        { name: "cents", type: "int" },
        { name: "currency", type: "string", default: "EUR" },
      ],
    });
    expect(await read(registry, oneOf({ Approved: renamed, Failed: failed }), bytes)).toEqual({
      type: "Approved",
      value: { cents: 5, currency: "EUR" },
    });
  });

  it("tell an unknown type from bytes that nobody wrote", async () => {
    const registry = await start();
    const bytes = await written(registry, oneOf({ Refunded: refunded }), { type: "Refunded", value: {} });
    await expect(read(registry, value, bytes)).rejects.toThrow(
      /it is PaymentRefunded by the name of its schema, and the contract knows Authorized, Failed/,
    );
    expect(await read(registry, oneOf({ Failed: failed }, { unknown: "raw" }), bytes)).toEqual({
      type: undefined,
      value: { name: "PaymentRefunded", bytes },
    });
    await expect(read(registry, value, Buffer.from("0000000063", "hex"))).rejects.toThrow(/schema id 99 is not in/);
    await expect(read(registry, value, Buffer.from("{}"))).rejects.toThrow(/not a zero, a schema id and Avro/);
  });

  it.each([
    {
      title: "the contract",
      serde: oneOf({ Failed: failed }, { subjects: "recordName" }),
      subject: "shop.PaymentFailed",
    },
    {
      title: "the serde",
      serde: oneOf({ Failed: avro({ type: "record", name: "Failed", fields: [] }, { subject: "topicName" }) }),
      subject: "payments-value",
    },
    { title: "nobody", serde: failed, subject: "payments-value" },
    {
      title: "a function",
      serde: avro("string", { subject: ({ topic, part, recordName }) => `${topic}/${part}/${recordName}` }),
      subject: "payments/value/undefined",
    },
  ])("have the subjects that $title asks for", ({ serde, subject }) => {
    expect(serde.schemas?.({ topic: "payments", part: "value" })).toMatchObject([{ subject, schemaType: "AVRO" }]);
  });

  it("cannot be told apart, nor their subject be named, without a name", () => {
    expect(() => oneOf({ Text: avro("string") })).toThrow(/schema of Text has no name/);
    expect(() => avro("string", { subject: "recordName" }).schemas?.({ topic: "a", part: "value" })).toThrow(
      /topic a, value: .* the schema has no name/,
    );
  });
});
