import { describe, expect, expectTypeOf, it } from "vitest";
import { json } from "../serde/json.js";
import { nullable } from "../serde/nullable.js";
import { int32 } from "../serde/numbers.js";
import type { AnySerde, PrepareContext, Serde } from "../serde/serde.js";
import { string } from "../serde/string.js";
import { UnknownTypeError } from "./contract-errors.js";
import { decodeEvent, type RecordSource } from "./decode-record.js";
import { encodeRecord } from "./encode-record.js";
import { oneOf, skippedEvent, type UnknownEvent } from "./one-of.js";
import { prepareTopic } from "./prepare-topic.js";
import type { RawRecord } from "./raw-record.js";
import type { ConsumedRecord, KeyedEvent, Sendable } from "./record.js";
import { topic } from "./topic.js";

interface Authorized {
  cents: number;
}
interface Failed {
  reason: string;
}

const events = { PaymentAuthorized: json<Authorized>(), PaymentFailed: json<Failed>() };
const payments = topic("payments", { key: string(), value: oneOf(events), tombstones: true });
const skipping = topic("payments", { key: string(), value: oneOf(events, { unknown: "skip" }) });
const raw = topic("payments", { key: string(), value: oneOf(events, { unknown: "raw", header: "ce_type" }) });

function received(record: RawRecord): RecordSource {
  const bufferOf = (content: Uint8Array | null) => (content === null ? null : Buffer.from(content));
  const { topic: name, key, value, headers } = record;
  return {
    topic: name,
    partition: 3,
    offset: 42n,
    rawKey: bufferOf(key),
    rawValue: bufferOf(value),
    rawHeaders: headers,
  };
}

const refund = (header = "type", type: Uint8Array | null = Buffer.from("PaymentRefunded")): RecordSource =>
  received({
    topic: "payments",
    key: Buffer.from("p-1"),
    value: Buffer.from("{}"),
    headers: [{ key: header, value: type }],
  });

/** A serde whose payloads begin with the name of their type, as those of a registry do with an id that stands for one. */
function named(name: string | undefined, ...former: string[]): Serde<string> {
  const names = name === undefined ? [] : [name, ...former];
  return {
    serialize: (value) => Buffer.from(`${name}:${value}`),
    deserialize: (bytes) => Buffer.from(bytes).toString().split(":")[1] ?? "",
    payloadTypes: { names, nameIn: (bytes) => /^([^:]+):/.exec(Buffer.from(bytes).toString())?.[1] },
    schemas: ({ topic, part, subjects }) => [
      { subject: `${topic}-${part}-${subjects}`, schemaType: "AVRO", schema: JSON.stringify(name) },
    ],
  };
}

describe("several types of events on one topic", () => {
  it("say their type in a header, after the contract's own, and are read as a pair", () => {
    const record = encodeRecord(payments, {
      key: "p-1",
      type: "PaymentFailed",
      value: { reason: "limit" },
      rawHeaders: [{ key: "type", value: Buffer.from("PaymentAuthorized") }],
    });
    expect(record.headers.map(({ key, value }) => `${key}=${value}`)).toEqual([
      "type=PaymentAuthorized",
      "type=PaymentFailed",
    ]);
    expect(record.value?.toString()).toBe('{"reason":"limit"}');
    expect(decodeEvent(payments, received(record))).toEqual({ type: "PaymentFailed", value: { reason: "limit" } });
  });

  it("say it in the header that the contract names", () => {
    const { headers } = encodeRecord(raw, { key: "p-1", type: "PaymentAuthorized", value: { cents: 1 } });
    expect(headers).toEqual([{ key: "ce_type", value: Buffer.from("PaymentAuthorized") }]);
  });

  it("may be tombstones, which have no type", () => {
    const record = encodeRecord(payments, { key: "p-1", type: null, value: null });
    expect(record).toMatchObject({ value: null, headers: [] });
    expect(decodeEvent(payments, received(record))).toEqual({ type: null, value: null });
    const never = { key: "p-1", type: "PaymentFailed", value: null } as unknown as Sendable<typeof skipping>;
    expect(() => encodeRecord(skipping, never)).toThrow(/tombstones: true/);
  });

  it.each([
    { title: "another type", type: "PaymentRefunded", text: /type "PaymentRefunded" is none of Payment/ },
    { title: "no type", type: undefined, text: /type undefined is none of/ },
    { title: "what objects inherit", type: "toString", text: /type "toString" is none of/ },
  ])("are not written with $title", ({ type, text }) => {
    const record = { key: "p-1", type, value: {} } as unknown as Sendable<typeof skipping>;
    expect(() => encodeRecord(skipping, record)).toThrow(text);
  });

  it.each([
    {
      title: "an unknown type",
      source: refund(),
      text: /it is PaymentRefunded by its "type" header, and .* knows Pay/,
    },
    { title: "no type", source: refund("kind"), text: /its "type" header does not say which of PaymentAuthorized, / },
    { title: "a null type", source: refund("type", null), text: /does not say which of/ },
  ])("with $title cannot be decoded", ({ source, text }) => {
    expect(() => decodeEvent(payments, source)).toThrow(text);
    expect(() => decodeEvent(payments, source)).toThrow(
      expect.objectContaining({ code: "DESERIALIZATION_FAILED", cause: expect.any(UnknownTypeError) }),
    );
  });

  it("of unknown types are left out, or given raw, where the contract says so", () => {
    expect(decodeEvent(skipping, refund())).toBe(skippedEvent);
    const bytes = Buffer.from("{}");
    expect(decodeEvent(raw, refund("ce_type"))).toEqual({ type: undefined, value: { name: "PaymentRefunded", bytes } });
    expect(decodeEvent(raw, refund())).toEqual({ type: undefined, value: { name: undefined, bytes } });
  });

  it("are told apart by their payloads where all of these say their type, former names included", () => {
    const value = oneOf({ A: named("shop.A", "shop.Old"), B: named("shop.B") });
    const contract = topic("events", { value });
    const record = encodeRecord(contract, { type: "B", value: "b" });
    expect(record).toMatchObject({ value: Buffer.from("shop.B:b"), headers: [] });
    expect(decodeEvent(contract, received(record))).toEqual({ type: "B", value: "b" });
    const reads = (text: string) => () =>
      decodeEvent(contract, received({ ...record, value: Buffer.from(text), headers: [] }));
    expect(reads("shop.Old:a")()).toEqual({ type: "A", value: "a" });
    expect(reads("shop.C:c")).toThrow(/it is shop\.C by the name of its schema, and the contract knows A, B/);
    expect(reads("c")).toThrow(/the name of its schema does not say which of A, B it is/);
  });

  it("are told apart by a header where not all payloads say it, or where the contract wants one", () => {
    const record = { type: "A", value: "a" };
    const headersOf = (value: AnySerde) =>
      encodeRecord(topic("events", { value }), record).headers.map(({ key }) => key);
    expect(headersOf(oneOf({ A: named("shop.A"), B: string() }))).toEqual(["type"]);
    expect(headersOf(oneOf({ A: named("shop.A"), B: named("shop.A") }, { header: "kind" }))).toEqual(["kind"]);
  });

  it("have their schemas in subjects of their own, unless the contract says otherwise", () => {
    const place = { topic: "events", part: "value" } as const;
    const subjectsOf = (value: AnySerde) => value.schemas?.(place).map(({ subject }) => subject);
    expect(subjectsOf(oneOf({ A: named("A"), B: named("B") }))).toEqual(Array(2).fill("events-value-topicRecordName"));
    expect(subjectsOf(oneOf({ A: named("A") }, { subjects: "recordName" }))).toEqual(["events-value-recordName"]);
    expect(subjectsOf(oneOf({ A: string() }))).toEqual([]);
  });

  it("have all their serdes prepared", async () => {
    const seen: unknown[] = [];
    const watched = {
      ...string(),
      prepare: async ({ topic, subjects }: PrepareContext) => {
        seen.push([topic, subjects]);
      },
      prepareBatch: (payloads: readonly Uint8Array[]) => {
        seen.push(payloads.length);
        return payloads.length > 1 ? Promise.resolve() : undefined;
      },
    };
    const value = oneOf({ A: watched, B: watched, C: string() });
    await prepareTopic(topic("events", { value }));
    expect(seen).toEqual(Array(2).fill(["events", "topicRecordName"]));
    const context = { topic: "events", part: "value" } as const;
    expect(value.prepareBatch?.([Buffer.alloc(1)], context)).toBeUndefined();
    await value.prepareBatch?.([Buffer.alloc(1), Buffer.alloc(1)], context);
    expect(seen.slice(2)).toEqual([1, 1, 2, 2]);
  });

  it.each([
    { title: "none", declare: () => oneOf({}), text: /needs a type/ },
    { title: "a nullable one", declare: () => oneOf({ A: nullable(string()) }), text: /A cannot be nullable/ },
    { title: "one name twice", declare: () => oneOf({ A: named("x"), B: named("x") }), text: /A and B are both x/ },
    { title: "no name", declare: () => oneOf({ A: named(undefined) }), text: /schema of A has no name/ },
    {
      title: "a key",
      declare: () => topic("a", { key: oneOf({ A: string() }), value: string() }),
      text: /not for keys/,
    },
  ])("cannot be $title", ({ declare, text }) => {
    expect(declare).toThrow(TypeError);
    expect(declare).toThrow(text);
  });

  it("are a union that narrows by type", () => {
    type Payment = ConsumedRecord<typeof payments>;
    expectTypeOf<Payment["type"]>().toEqualTypeOf<"PaymentAuthorized" | "PaymentFailed" | null>();
    expectTypeOf<ConsumedRecord<typeof skipping>["type"]>().toEqualTypeOf<"PaymentAuthorized" | "PaymentFailed">();
    expectTypeOf<Extract<ConsumedRecord<typeof raw>, { type: undefined }>["value"]>().toEqualTypeOf<UnknownEvent>();
    const numbers = topic("numbers", { value: int32() });
    const told = (record: Payment | ConsumedRecord<typeof numbers>): string | number => {
      if (record.topic === "numbers") return record.value;
      switch (record.type) {
        case "PaymentAuthorized":
          return record.value.cents;
        case "PaymentFailed":
          return record.value.reason;
        case null:
          expectTypeOf(record.value).toEqualTypeOf<null>();
          return record.key;
      }
    };
    expect(told).toBeTypeOf("function");
    expectTypeOf<Sendable<typeof skipping>>().toEqualTypeOf<
      KeyedEvent<"PaymentAuthorized", string, Authorized> | KeyedEvent<"PaymentFailed", string, Failed>
    >();
  });
});
