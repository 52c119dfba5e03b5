import { SchemaRegistry as KafkajsRegistry, SchemaType } from "@kafkajs/confluent-schema-registry";
import { SchemaRegistry } from "@ottla/schema-registry";
import { describe, expect, it } from "vitest";
import { liveRegistry } from "./live-registry.js";
import { order, orderSchema, ourSide } from "./sample-order.js";

const schema = JSON.stringify(orderSchema);

describe("kafkajs's registry client", () => {
  it("registers, looks up and encodes; records cross both ways with ours, byte for byte", async () => {
    const { url } = await liveRegistry();
    const theirs = new KafkajsRegistry({ host: url });
    const { id } = await theirs.register({ type: SchemaType.AVRO, schema }, { subject: "orders-value" });
    expect(await theirs.getLatestSchemaId("orders-value")).toBe(id);
    expect(await theirs.getRegistryId("orders-value", 1)).toBe(id);
    expect(await theirs.getRegistryIdBySchema("orders-value", { type: SchemaType.AVRO, schema })).toBe(id);
    const ours = await ourSide(url, "orders");
    await ours.prepare();
    const encoded = await theirs.encode(id, order);
    expect(ours.serialize(order)).toEqual(encoded);
    expect(await ours.read(encoded)).toEqual(order);
    expect(await theirs.decode(ours.serialize(order))).toEqual(order);
  });

  it("is told of an incompatible schema, and sets the level it registers under", async () => {
    const { url } = await liveRegistry();
    const theirs = new KafkajsRegistry({ host: url });
    await theirs.register({ type: SchemaType.AVRO, schema }, { subject: "orders-value" });
    const required = { name: "added", type: "string" };
    const grown = JSON.stringify({ ...orderSchema, fields: [...orderSchema.fields, required] });
    await expect(
      theirs.register({ type: SchemaType.AVRO, schema: grown }, { subject: "orders-value" }),
    ).rejects.toMatchObject({ status: 409 });
    expect(await new SchemaRegistry(url).compatibility("orders-value")).toBe("BACKWARD");
  });

  it("reads a schema with references that ours registered", async () => {
    const { url } = await liveRegistry();
    const ours = new SchemaRegistry(url);
    await ours.register("customer", {
      schema: '{"type":"record","name":"Customer","fields":[{"name":"id","type":"int"}]}',
    });
    const id = await ours.register("order", {
      schema: '{"type":"record","name":"Order","fields":[{"name":"by","type":"Customer"}]}',
      references: [{ name: "Customer", subject: "customer", version: 1 }],
    });
    const theirs = new KafkajsRegistry({ host: url });
    const value = { by: { id: 7 } };
    expect(await theirs.decode(await theirs.encode(id, value))).toEqual(value);
  });
});
