import { SchemaRegistry } from "@ottla/schema-registry";
import { avro } from "@ottla/schema-registry/avro";

/** A schema that meets every kind of Avro type, and a value of it whose bytes are decided. */
export const orderSchema = {
  type: "record",
  name: "Order",
  namespace: "shop",
  fields: [
    { name: "id", type: "string" },
    { name: "cents", type: "long" },
    { name: "weight", type: "double" },
    { name: "state", type: { type: "enum", name: "State", symbols: ["OPEN", "PAID"] } },
    { name: "tags", type: { type: "array", items: "string" } },
    { name: "counts", type: { type: "map", values: "int" } },
    { name: "digest", type: { type: "fixed", name: "Digest", size: 4 } },
    { name: "coupon", type: ["null", "string"], default: null },
  ],
} as const;

export const order = {
  id: "o-1 ü",
  cents: 2 ** 40 + 1,
  weight: 1.5,
  state: "PAID",
  tags: ["a", ""],
  counts: { x: -1 },
  digest: Buffer.from([1, 2, 3, 255]),
  coupon: "half",
} as const;

/** Our serde, with numbers as everybody else has them, writing to and reading from `topic`. */
export async function ourSide(url: string, topic: string) {
  const serde = avro(orderSchema, { long: "number" });
  const place = { topic, part: "value", registry: new SchemaRegistry(url), headers: [] } as const;
  return {
    schema: serde.schema,
    prepare: () => serde.prepare?.(place),
    serialize: (value: typeof order) => Buffer.from(serde.serialize(value, { ...place, headers: [] }) ?? []),
    read: async (bytes: Buffer) => {
      await serde.prepareBatch?.([bytes], place);
      return serde.deserialize(bytes, place);
    },
  };
}
