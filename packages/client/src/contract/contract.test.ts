import { describe, expect, expectTypeOf, it } from "vitest";
import { json } from "../serde/json.js";
import { nullable } from "../serde/nullable.js";
import { int32 } from "../serde/numbers.js";
import { string } from "../serde/string.js";
import { decodeHeaders, decodeKey, decodeValue, type RecordSource } from "./decode-record.js";
import { encodeRecord } from "./encode-record.js";
import { optional, repeated } from "./headers.js";
import { prepareTopic } from "./prepare-topic.js";
import type { RawRecord } from "./raw-record.js";
import type { ConsumedRecord, KeyedRecord, MaybeKeyedRecord, Sendable } from "./record.js";
import { topic } from "./topic.js";

interface NewOrder {
  id: string;
  coupon?: string | null;
}
interface Order {
  id: string;
  coupon: string | null;
}

const orderSerde = json<Order, NewOrder>({ parse: (value) => ({ coupon: null, ...(value as NewOrder) }) });
const orders = topic("orders", {
  key: string(),
  value: orderSerde,
  headers: { trace: string(), attempt: optional(int32()) },
  partitions: 6,
  config: { "retention.ms": 1_000 },
  owner: "shop",
  compatibility: "BACKWARD_TRANSITIVE",
});
const customers = topic("customers", { key: nullable(string()), value: json<{ name: string }>(), tombstones: true });
const blobs = topic("blobs", { value: string() });

function received(raw: RawRecord): RecordSource {
  const bufferOf = (content: Uint8Array | null) => (content === null ? null : Buffer.from(content));
  return {
    topic: raw.topic,
    partition: 3,
    offset: 42n,
    rawKey: bufferOf(raw.key),
    rawValue: bufferOf(raw.value),
    rawHeaders: raw.headers,
  };
}

describe("a topic as a contract", () => {
  it("keeps what it was told", () => {
    expect(orders).toMatchObject({
      name: "orders",
      partitions: 6,
      config: { "retention.ms": 1_000 },
      owner: "shop",
      compatibility: "BACKWARD_TRANSITIVE",
      tombstones: false,
    });
    expect(customers.tombstones).toBe(true);
  });

  it.each(["", ".", "..", "a/b", "ä", "x".repeat(250)])("refuses the name %j", (name) => {
    expect(() => topic(name, { value: string() })).toThrow(RangeError);
  });

  it.each([0, -1, 1.5, Number.NaN])("refuses %d partitions", (partitions) => {
    expect(() => topic("a", { value: string(), partitions })).toThrow(/topic a: .* partitions/);
  });

  it("has defaults optional going in and present coming out", () => {
    expectTypeOf<Sendable<typeof orders>["value"]>().toEqualTypeOf<NewOrder>();
    expectTypeOf<ConsumedRecord<typeof orders>["value"]>().toEqualTypeOf<Order>();
    const raw = encodeRecord(orders, { key: "o-1", value: { id: "o-1" }, headers: { trace: "t" } });
    expect(decodeValue(orders, received(raw))).toEqual({ id: "o-1", coupon: null });
  });

  it("asks for a key unless a key may be null, and for headers only where there are some", () => {
    expectTypeOf<Sendable<typeof orders>>().toExtend<KeyedRecord<string, NewOrder>>();
    expectTypeOf<Sendable<typeof customers>>().toEqualTypeOf<
      MaybeKeyedRecord<string | null, { name: string } | null>
    >();
    expectTypeOf<Sendable<typeof blobs>>().toEqualTypeOf<MaybeKeyedRecord<Uint8Array | null, string>>();
    expectTypeOf<ConsumedRecord<typeof blobs>["key"]>().toEqualTypeOf<Buffer | null>();
  });

  it("has typed headers, of which an optional one may be missing", () => {
    type Headers = ConsumedRecord<typeof orders>["headers"];
    expectTypeOf<Headers>().toEqualTypeOf<{ readonly trace: string; readonly attempt?: number }>();
  });

  it("is a union that narrows by topic", () => {
    const nameOf = (record: ConsumedRecord<typeof orders | typeof customers>): string | null => {
      if (record.topic === "orders") return record.value.id;
      expectTypeOf(record.topic).toEqualTypeOf<"customers">();
      return record.value?.name ?? record.key;
    };
    expect(nameOf).toBeTypeOf("function");
  });

  it("readies every serde once per call, with the registry it was given", async () => {
    const calls: unknown[] = [];
    const watched = (label: string) => ({
      ...string(),
      prepare: async (context: object) => {
        calls.push([label, context]);
      },
    });
    const watchedTopic = topic("watched", {
      key: nullable(watched("key")),
      value: watched("value"),
      headers: { trace: optional(watched("trace")) },
    });
    await prepareTopic(watchedTopic, { registry: "the registry" });
    expect(calls).toEqual([
      ["key", { topic: "watched", part: "key", registry: "the registry" }],
      ["value", { topic: "watched", part: "value", registry: "the registry" }],
      ["trace", { topic: "watched", part: "header", registry: "the registry" }],
    ]);
  });
});

describe("a record by its contract", () => {
  it("is written with the contract's headers first, then raw ones, then those a serde adds", () => {
    const tagged = topic("tagged", {
      key: string(),
      value: {
        serialize: (value: string, context) => {
          context.headers.push({ key: "schema", value: Buffer.of(1) });
          return Buffer.from(value);
        },
        deserialize: (content) => Buffer.from(content).toString(),
      },
      headers: { trace: string() },
    });
    const raw = encodeRecord(tagged, {
      key: "k",
      value: "v",
      headers: { trace: "t" },
      rawHeaders: [{ key: "x", value: null }],
      partition: 2,
      timestamp: 5,
    });
    expect(raw).toEqual({
      topic: "tagged",
      key: Buffer.from("k"),
      value: Buffer.from("v"),
      headers: [
        { key: "trace", value: Buffer.from("t") },
        { key: "x", value: null },
        { key: "schema", value: Buffer.of(1) },
      ],
      partition: 2,
      timestamp: 5,
    });
  });

  it("is read back with headers by name, the last of a repeated one", () => {
    const raw = encodeRecord(orders, {
      key: "o-1",
      value: { id: "o-1", coupon: "c" },
      headers: { trace: "first", attempt: 7 },
      rawHeaders: [{ key: "trace", value: Buffer.from("second") }],
    });
    const source = received(raw);
    expect(decodeKey(orders, source)).toBe("o-1");
    expect(decodeHeaders(orders, source)).toEqual({ trace: "second", attempt: 7 });
  });

  it("may have a header several times, as a list in order, or not at all", () => {
    const tagged = topic("tagged", {
      value: string(),
      headers: { tag: repeated(string()), note: repeated(nullable(int32())) },
    });
    expectTypeOf<ConsumedRecord<typeof tagged>["headers"]>().toEqualTypeOf<{
      readonly tag: readonly string[];
      readonly note: readonly (number | null)[];
    }>();
    const some = received(encodeRecord(tagged, { value: "", headers: { tag: ["b", "a", "b"], note: [null, 1] } }));
    expect(some.rawHeaders.map(({ key }) => key)).toEqual(["tag", "tag", "tag", "note", "note"]);
    expect(decodeHeaders(tagged, some)).toEqual({ tag: ["b", "a", "b"], note: [null, 1] });
    expect(decodeHeaders(tagged, received(encodeRecord(tagged, { value: "" })))).toEqual({ tag: [], note: [] });
    const wrong = { value: "", headers: { tag: "b" } } as unknown as Sendable<typeof tagged>;
    expect(() => encodeRecord(tagged, wrong)).toThrow(/"tag" may be repeated, and is not given as a list/);
    const isNull = { ...some, rawHeaders: [{ key: "tag", value: null }] };
    expect(() => decodeHeaders(tagged, isNull)).toThrow(/"tag" is null/);
  });

  it("may be a tombstone, and may have no key, where the contract says so", () => {
    const source = received(encodeRecord(customers, { value: null }));
    expect(source).toMatchObject({ rawKey: null, rawValue: null });
    expect(decodeKey(customers, source)).toBeNull();
    expect(decodeValue(customers, source)).toBeNull();
  });

  const loose = (record: object) => record as Sendable<typeof orders>;
  it.each([
    { title: "a null key", record: { key: null, value: { id: "" }, headers: { trace: "" } }, text: /key: it is null/ },
    {
      title: "a tombstone",
      record: { key: "", value: null, headers: { trace: "" } },
      text: /value: .*tombstones: true/,
    },
    { title: "a missing header", record: { key: "", value: { id: "" } }, text: /header: "trace" is missing/ },
    { title: "a wrong key", record: { key: 1, value: {}, headers: { trace: "" } }, text: /key: expected a string/ },
  ])("is not written with $title", ({ record, text }) => {
    expect(() => encodeRecord(orders, loose(record))).toThrow(text);
    expect(() => encodeRecord(orders, loose(record))).toThrow(
      expect.objectContaining({ code: "SERIALIZATION_FAILED" }),
    );
  });

  const source = received({ topic: "orders", key: Buffer.from("k"), value: Buffer.from("{}"), headers: [] });
  it.each([
    { title: "a null key", act: () => decodeKey(orders, { ...source, rawKey: null }), text: /the key: it is null/ },
    { title: "a null value", act: () => decodeValue(orders, { ...source, rawValue: null }), text: /tombstones/ },
    {
      title: "bytes of another format",
      act: () => decodeValue(orders, { ...source, rawValue: Buffer.from("{") }),
      text: /the value: .*JSON/,
    },
    { title: "a missing header", act: () => decodeHeaders(orders, source), text: /"trace" is missing/ },
  ])("with $title fails with topic, partition and offset", ({ act, text }) => {
    expect(act).toThrow(text);
    expect(act).toThrow(/^topic orders, partition 3, offset 42: /);
    expect(act).toThrow(expect.objectContaining({ topic: "orders", partition: 3, offset: 42n }));
  });
});
