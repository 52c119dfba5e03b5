import { type AvroSerde, avro } from "@ottla/schema-registry/avro";
import avsc from "avsc";
import type { BenchCase, Figures } from "./case.js";

const schema = {
  type: "record",
  name: "Order",
  namespace: "shop",
  fields: [
    { name: "id", type: "string" },
    { name: "customer", type: "string" },
    { name: "cents", type: "long" },
    { name: "placedAt", type: "long" },
    {
      name: "lines",
      type: {
        type: "array",
        items: {
          type: "record",
          name: "Line",
          fields: [
            { name: "sku", type: "string" },
            { name: "count", type: "int" },
          ],
        },
      },
    },
    { name: "coupon", type: ["null", "string"], default: null },
  ],
} as const;

const lines = Array.from({ length: 5 }, (_, index) => ({ sku: `sku-${index}`, count: index }));
const values = {
  number: { id: "o-12345", customer: "c-77", cents: 1250, placedAt: 1_795_160_000_000, lines, coupon: "half" },
  bigint: { id: "o-12345", customer: "c-77", cents: 1250n, placedAt: 1_795_160_000_000n, lines, coupon: "half" },
} as const;

/** avsc's long as a bigint, as its documentation builds it. */
const bigintLong = avsc.types.LongType.__with({
  fromBuffer: (content: Buffer) => content.readBigInt64LE(),
  toBuffer: (value: bigint) => {
    const content = Buffer.allocUnsafe(8);
    content.writeBigInt64LE(value);
    return content;
  },
  fromJSON: BigInt,
  toJSON: Number,
  isValid: (value: unknown) => typeof value === "bigint",
  compare: (a: bigint, b: bigint) => (a === b ? 0 : a < b ? -1 : 1),
});

const bareTypes = {
  number: avsc.Type.forSchema(schema as unknown as avsc.Schema, { wrapUnions: "auto" }),
  bigint: avsc.Type.forSchema(schema as unknown as avsc.Schema, { wrapUnions: "auto", registry: { long: bigintLong } }),
};

export const avroCases: Readonly<Record<string, BenchCase>> = Object.fromEntries(
  (["number", "bigint"] as const).map((long): [string, BenchCase] => [
    `avro/${long}`,
    {
      what: `an order of 8 fields and 5 lines (${bareTypes[long].toBuffer(values[long]).length} B) with longs as ${long}: our serde, prefix and id included, against a bare avsc type's toBuffer and fromBuffer`,
      runs: 7,
      run: () => compare(long),
    },
  ]),
);

const rounds = 200_000;

async function compare(long: "number" | "bigint"): Promise<Figures> {
  const serde: AvroSerde<unknown, unknown> = avro<unknown>(schema, { long });
  const bare = bareTypes[long];
  const value = values[long];
  const registry = {
    autoRegister: true,
    register: async () => 1,
    idOf: async () => 1,
    schemaById: async () => ({ schema: serde.schema }),
  };
  const place = { topic: "orders", part: "value", registry } as const;
  const context = { ...place, headers: [] };
  await serde.prepare?.(place);
  const payload = Buffer.from(serde.serialize(value, context) ?? []);
  await serde.prepareBatch?.([payload], place);
  const bytes = bare.toBuffer(value);
  // In turns, so that a machine that slows down slows both.
  const times = { serialize: 0, toBuffer: 0, deserialize: 0, fromBuffer: 0 };
  for (let turn = 0; turn < 10; turn += 1) {
    times.serialize += timed(() => serde.serialize(value, context));
    times.toBuffer += timed(() => bare.toBuffer(value));
    times.deserialize += timed(() => serde.deserialize(payload, context));
    times.fromBuffer += timed(() => bare.fromBuffer(bytes));
  }
  return {
    "serialize ns": (times.serialize * 1e6) / rounds,
    "avsc toBuffer ns": (times.toBuffer * 1e6) / rounds,
    "serialize, as a ratio": times.serialize / times.toBuffer,
    "deserialize ns": (times.deserialize * 1e6) / rounds,
    "avsc fromBuffer ns": (times.fromBuffer * 1e6) / rounds,
    "deserialize, as a ratio": times.deserialize / times.fromBuffer,
  };
}

function timed(work: () => unknown): number {
  const before = performance.now();
  for (let round = 0; round < rounds / 10; round += 1) work();
  return performance.now() - before;
}
