import { type Api, apis, encodeBatch, encodeRequest, type Field, type Fields, zeroUuid } from "@ottla/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createTopic, memoryBroker } from "../broker.test-kit.js";
import { silent } from "../logger.js";
import { RawClient } from "../server/raw-client.test-kit.js";

const batches = [
  encodeBatch([{ key: null, value: Buffer.from("x"), timestamp: 1 }]),
  encodeBatch([{ key: Buffer.from("k"), value: null, timestamp: 1 }], { compression: "gzip" }),
  Buffer.alloc(0),
  Buffer.alloc(61),
  Buffer.alloc(100, 1),
];
const texts = [
  "orders",
  "",
  "__consumer_offsets",
  "x y",
  "g",
  "consumer",
  "retention.ms",
  "log.retention.ms",
  "1",
  "a".repeat(300),
  "é",
];
const edges = (limit: number) => fc.constantFrom(0, 1, -1, 2, 3, -2, 100, limit, -limit - 1);
const widest = Number.MAX_SAFE_INTEGER - 1;

/** Whether a range in Kafka's notation holds a version. */
function holds(range: string | undefined, version: number): boolean {
  if (range === undefined) return true;
  if (range === "none") return false;
  const [first = "0", last] = range.replace("+", "-99").split("-");
  return version >= Number(first) && version <= Number(last ?? first);
}

/** Values of the right shape and of any meaning. */
function arbitraryOf(type: Field["type"], topicId: string, version: number): fc.Arbitrary<unknown> {
  switch (type.kind) {
    case "int8":
      return fc.integer({ min: -1, max: 4 });
    case "int16":
      return edges(32_767);
    case "uint16":
    case "uint32":
      return fc.integer({ min: 0, max: 65_535 });
    case "int32":
      return edges(2_147_483_647);
    case "int64":
      return edges(widest);
    case "float64":
      return fc.constant(0.5);
    case "bool":
      return fc.boolean();
    case "string":
      return fc.constantFrom(...texts);
    case "uuid":
      return fc.constantFrom(zeroUuid, topicId, "AAAAAAAAAAAAAAAAAAAABQ");
    case "bytes":
      return fc.uint8Array({ maxLength: 20 });
    case "records":
      return fc.constantFrom(...batches).map((batch) => Buffer.from(batch));
    case "array":
      return fc.array(arbitraryOf(type.of, topicId, version), { maxLength: 3 });
    case "struct":
      return structOf(type.fields, topicId, version);
  }
}

function structOf(fields: Fields, topicId: string, version: number): fc.Arbitrary<Record<string, unknown>> {
  const values: Record<string, fc.Arbitrary<unknown>> = {};
  for (const [name, { type, options }] of Object.entries(fields)) {
    if (!holds(options.versions ?? options.tagged, version)) continue;
    const isNullable = options.nullable !== undefined && holds(options.nullable, version);
    // Nothing waits for longer than a test does.
    const value = name.endsWith("Ms") ? fc.constantFrom(0, 1, 5, -1, 6000) : arbitraryOf(type, topicId, version);
    values[name] = isNullable ? fc.option(value, { freq: 8 }) : value;
  }
  return fc.record(values);
}

describe("requests of the right shape and of any meaning", () => {
  it("are answered or close their connection, and never find a handler without an answer", async () => {
    const failures: unknown[] = [];
    const logger = { ...silent, error: (message: string, fields?: unknown) => failures.push([message, fields]) };
    const { broker, client: bystander } = await memoryBroker({ logger });
    const { id } = await createTopic(bystander, "orders");
    const request = fc
      .constantFrom<Api>(...Object.values(apis))
      .chain((api) =>
        fc
          .integer({ min: api.minVersion, max: api.maxVersion })
          .chain((version) => structOf(api.request.fields, id, version).map((body) => ({ api, version, body }))),
      );
    await fc.assert(
      fc.asyncProperty(fc.array(request, { minLength: 1, maxLength: 12 }), async (requests) => {
        using client = await RawClient.connect(broker);
        // Left unanswered are those behind one that waits, and those of a connection that was closed.
        for (const { api, version, body } of requests) {
          const encode = (correlationId: number) =>
            Buffer.concat(encodeRequest(api, version, { correlationId, clientId: "odd" }, body));
          client.exchange(encode).catch(() => {});
        }
        for (let turn = 0; turn < 3; turn += 1) {
          expect((await bystander.request(apis.ApiVersions, 0, {})).errorCode).toBe(0);
        }
        expect(failures).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
});
