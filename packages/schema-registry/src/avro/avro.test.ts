import avsc from "avsc";
import { describe, expect, expectTypeOf, it } from "vitest";
import { SchemaRegistryError } from "../client/registry-error.js";
import type { Schema } from "../client/schema-registry.js";
import { type AvroSerde, avro } from "./avro.js";

/** A registry in memory, in the shape a serde needs. */
class FakeRegistry {
  readonly autoRegister: boolean;
  readonly schemas: Schema[] = [];
  asked = 0;

  constructor(autoRegister = true, firstId = 1) {
    this.autoRegister = autoRegister;
    this.schemas.length = firstId - 1;
  }

  async register(_subject: string, schema: Schema): Promise<number> {
    return this.schemas.push(schema);
  }

  async idOf(subject: string): Promise<number> {
    throw new SchemaRegistryError(40401, `subject ${subject}`);
  }

  async schemaById(id: number): Promise<Schema> {
    this.asked += 1;
    const schema = this.schemas[id - 1];
    if (schema === undefined) throw new SchemaRegistryError(40403, `id ${id}`);
    return schema;
  }
}

const order = {
  type: "record",
  name: "Order",
  namespace: "shop",
  fields: [
    { name: "id", type: "string" },
    { name: "cents", type: "long" },
    { name: "coupon", type: ["null", "string"], default: null },
  ],
} as const;

const place = { topic: "orders", part: "value" } as const;

async function roundTrip<In, Out>(
  serde: AvroSerde<In, Out>,
  value: In,
  registry: FakeRegistry = new FakeRegistry(),
): Promise<Out> {
  await serde.prepare?.({ ...place, registry });
  const payload = serde.serialize(value, { ...place, headers: [], registry }) as Buffer;
  await serde.prepareBatch?.([payload], { ...place, registry });
  return serde.deserialize(payload, { ...place, headers: [], registry });
}

describe("avro serde", () => {
  it("writes Confluent's wire format and fills in defaults on the way", async () => {
    const serde = avro(order);
    const registry = new FakeRegistry(true, 258);
    await serde.prepare?.({ ...place, registry });
    const payload = serde.serialize({ id: "o-1", cents: 2n ** 60n }, { ...place, headers: [], registry }) as Buffer;
    expect(payload.subarray(0, 5).toString("hex")).toBe("0000000102");
    await serde.prepareBatch?.([payload], { ...place, registry });
    const read = serde.deserialize(payload, { ...place, headers: [], registry });
    expect(read).toEqual({ id: "o-1", cents: 2n ** 60n, coupon: null });
    expectTypeOf(read.coupon).toEqualTypeOf<string | null>();
  });

  it("encodes as a bare avsc type does", async () => {
    const serde = avro(order, { long: "number" });
    const registry = new FakeRegistry();
    await serde.prepare?.({ ...place, registry });
    const value = { id: "o-1", cents: 1250, coupon: "x".repeat(5000) };
    const payload = serde.serialize(value, { ...place, headers: [], registry }) as Buffer;
    expect(payload.subarray(5)).toEqual(avsc.Type.forSchema(order as unknown as avsc.Schema).toBuffer(value));
  });

  it("reads what an older version wrote", async () => {
    const registry = new FakeRegistry();
    const older = avro({ ...order, fields: [order.fields[0], order.fields[1]] } as const);
    await older.prepare?.({ ...place, registry });
    const payload = older.serialize({ id: "a", cents: 1n }, { ...place, headers: [], registry }) as Buffer;
    const newer = avro(order);
    await newer.prepare?.({ ...place, registry, direction: "read" });
    await newer.prepareBatch?.([payload], { ...place, registry });
    expect(newer.deserialize(payload, { ...place, headers: [], registry })).toEqual({
      id: "a",
      cents: 1n,
      coupon: null,
    });
  });

  it("fetches a writer's schema once, and then needs no promise", async () => {
    const serde = avro(order);
    const registry = new FakeRegistry();
    await roundTrip(serde, { id: "a", cents: 1n }, registry);
    expect(registry.asked).toBe(1);
    const payload = serde.serialize({ id: "b", cents: 2n }, { ...place, headers: [], registry }) as Buffer;
    expect(serde.prepareBatch?.([payload], { ...place, registry })).toBeUndefined();
  });

  it("keeps apart the ids of two registries in one process", async () => {
    const serde = avro(order);
    const first = new FakeRegistry(true, 1);
    const second = new FakeRegistry(true, 9);
    for (const registry of [first, second]) await serde.prepare?.({ ...place, registry });
    const idIn = (registry: FakeRegistry) =>
      (serde.serialize({ id: "a", cents: 1n }, { ...place, headers: [], registry }) as Buffer).readInt32BE(1);
    expect([idIn(first), idIn(second)]).toEqual([1, 9]);
  });

  it("carries dates, decimals and ambiguous unions exactly", async () => {
    const schema = {
      type: "record",
      name: "All",
      fields: [
        { name: "day", type: { type: "int", logicalType: "date" } },
        { name: "at", type: { type: "long", logicalType: "timestamp-millis" } },
        { name: "price", type: { type: "bytes", logicalType: "decimal", precision: 9, scale: 2 } },
        { name: "fixed", type: { type: "fixed", name: "F", size: 4, logicalType: "decimal", precision: 5, scale: 3 } },
        { name: "number", type: ["int", "double"] },
      ],
    } as const;
    const value = {
      day: new Date("2026-11-20T00:00:00Z"),
      at: new Date("2026-11-20T06:51:00.123Z"),
      price: "-1234567.89",
      fixed: "-0.001",
      number: { double: 1.5 },
    };
    expect(await roundTrip(avro(schema), value)).toEqual(value);
  });

  it.each([
    { title: "a missing field", value: { id: "a" }, reason: "cents is missing" },
    { title: "a number where a bigint belongs", value: { id: "a", cents: 1 }, reason: "cents is 1" },
    {
      title: "a bigint beyond int64",
      value: { id: "a", cents: 2n ** 63n },
      reason: "cents is the bigint 9223372036854775808",
    },
    { title: "null", value: null, reason: "value is null" },
  ])("refuses $title with the field and what was found", async ({ value, reason }) => {
    await expect(roundTrip(avro<unknown>(order), value)).rejects.toThrow(reason);
  });

  it("names what is wrong with bytes it cannot read", async () => {
    const registry = new FakeRegistry();
    const serde = avro(order);
    await serde.prepare?.({ ...place, registry });
    const payload = serde.serialize({ id: "a", cents: 1n }, { ...place, headers: [], registry }) as Buffer;
    const read = async (bytes: Buffer) => {
      await serde.prepareBatch?.([bytes], { ...place, registry });
      return serde.deserialize(bytes, { ...place, headers: [], registry });
    };
    await expect(read(Buffer.from("{}"))).rejects.toMatchObject({ code: "INVALID_PAYLOAD" });
    await expect(read(payload.subarray(0, -1))).rejects.toMatchObject({ code: "INVALID_PAYLOAD" });
    const unknown = Buffer.from(payload);
    unknown.writeInt32BE(77, 1);
    await expect(read(unknown)).rejects.toThrow("schema id 77 is not in the registry");
    expect(() => serde.deserialize(Buffer.from([0, 0, 0, 0, 9, 0]), { ...place, headers: [], registry })).toThrow(
      "[SCHEMA_NOT_PREPARED]",
    );
  });

  it("says which schema cannot be resolved", async () => {
    const registry = new FakeRegistry();
    const other = avro({ type: "record", name: "Order", fields: [{ name: "x", type: "int" }] } as const);
    await other.prepare?.({ ...place, registry });
    const payload = other.serialize({ x: 1 }, { ...place, headers: [], registry }) as Buffer;
    const serde = avro(order);
    await serde.prepareBatch?.([payload], { ...place, registry });
    expect(() => serde.deserialize(payload, { ...place, headers: [], registry })).toThrow(
      "[INCOMPATIBLE_WRITER_SCHEMA] what was written with schema id 1",
    );
  });

  it("does not register by itself unless told to", async () => {
    const registry = new FakeRegistry(false);
    await expect(avro(order).prepare?.({ ...place, registry })).rejects.toMatchObject({
      code: "SCHEMA_NOT_REGISTERED",
    });
    expect(() => avro(order).serialize({ id: "a", cents: 1n }, { ...place, headers: [], registry })).toThrow(
      "[SCHEMA_NOT_PREPARED]",
    );
    await expect(avro(order).prepare?.(place)).rejects.toThrow("needs a schema registry");
  });
});
