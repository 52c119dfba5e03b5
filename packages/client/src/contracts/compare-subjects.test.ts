import { describe, expect, it } from "vitest";
import { optional } from "../contract/headers.js";
import { oneOf } from "../contract/one-of.js";
import { topic } from "../contract/topic.js";
import { nullable } from "../serde/nullable.js";
import type { Serde, SubjectSchema } from "../serde/serde.js";
import { string } from "../serde/string.js";
import { compareSubjects } from "./compare-subjects.js";
import { bareSchema, type ContractRegistry, contractRegistry } from "./contract-registry.js";

/** Text with a schema of that name. */
const withSchema = (schema: string, more: Partial<SubjectSchema> = {}): Serde<string> => ({
  ...string(),
  schemas: ({ topic: name, part }) => [{ subject: `${name}-${part}`, schemaType: "AVRO", schema, ...more }],
});

const refusal = (code: string) => Object.assign(new Error(`[${code}]`), { code, retriable: false });

/** A registry that holds schemas by subject, and finds the schema `bad` incompatible and `no schema` none. */
function registryOf(subjects: Record<string, readonly string[]>, level = "BACKWARD"): ContractRegistry {
  return {
    lookup: async (subject, { schema }) => {
      if (schema === "no schema") throw refusal("INVALID_SCHEMA");
      if (subjects[subject] === undefined) throw refusal("SUBJECT_NOT_FOUND");
      if (!subjects[subject].includes(schema)) throw refusal("SCHEMA_NOT_FOUND");
    },
    checkCompatibility: async (_subject, { schema }) => ({ isCompatible: schema !== "bad", messages: ["too bad"] }),
    compatibility: async () => level,
    register: async () => {},
    setCompatibility: async () => {},
  };
}

const kindsOf = async (contract: Parameters<typeof compareSubjects>[0], registry: ContractRegistry | undefined) =>
  (await compareSubjects(contract, registry, undefined)).map(({ kind, message }) => `${kind}: ${message}`);

describe("a contract's schemas against a registry", () => {
  it("are asked for in key, value and headers, each once", async () => {
    const contract = topic("orders", {
      key: nullable(withSchema("key")),
      value: oneOf({ A: withSchema("one"), B: withSchema("one"), C: withSchema("two"), D: string() }),
      headers: { trace: optional(withSchema("header")) },
    });
    const registry = registryOf({ "orders-key": ["key"], "orders-value": ["one"] });
    expect(await kindsOf(contract, registry)).toEqual([
      "missingSchema: topic orders: its schema is not registered in subject orders-value",
      "missingSchema: topic orders: its schema is not registered in subject orders-header",
    ]);
  });

  it.each([
    { title: "a schema that is there", schema: "good", found: [] },
    { title: "one that may follow", schema: "newer", found: [/^missingSchema/] },
    { title: "one that may not", schema: "bad", found: [/^incompatibleSchema: .*orders-value\n {4}too bad$/] },
    { title: "one that is none", schema: "no schema", found: [/^refused: topic orders: \[INVALID_SCHEMA\]/] },
  ])("tell $title", async ({ schema, found }) => {
    const contract = topic("orders", { value: withSchema(schema) });
    const kinds = await kindsOf(contract, registryOf({ "orders-value": ["good"] }));
    expect(kinds).toEqual(found.map((text) => expect.stringMatching(text)));
  });

  it("are not compared by a level that is about to change", async () => {
    const contract = topic("orders", { value: withSchema("bad"), compatibility: "NONE" });
    expect(await compareSubjects(contract, registryOf({ "orders-value": ["good"] }), undefined)).toMatchObject([
      {
        kind: "compatibility",
        expected: "NONE",
        actual: "BACKWARD",
        remedy: { kind: "setCompatibility", subject: "orders-value", level: "NONE", was: "BACKWARD" },
      },
      { kind: "missingSchema", remedy: { kind: "registerSchema" } },
    ]);
  });

  it("need a registry where there are any", async () => {
    expect(await kindsOf(topic("orders", { value: withSchema("good") }), undefined)).toEqual([
      expect.stringMatching(/^missingRegistry: topic orders: it has schemas, and no schema registry/),
    ]);
    expect(await kindsOf(topic("orders", { value: string() }), undefined)).toEqual([]);
  });

  it("pass on what a registry says of itself", async () => {
    const registry = { ...registryOf({}), compatibility: () => Promise.reject(refusal("REGISTRY_UNREACHABLE")) };
    const withLevel = topic("orders", { value: withSchema("good"), compatibility: "FULL" });
    await expect(kindsOf(withLevel, registry)).rejects.toThrow("UNREACHABLE");
    // Nobody is asked for a level that the contract does not name.
    expect(await kindsOf(topic("orders", { value: withSchema("good") }), registry)).toHaveLength(1);
  });

  it("are sent as registries of any age take them", () => {
    const [avro] = withSchema("s").schemas?.({ topic: "a", part: "value" }) ?? [];
    const references = [{ name: "b.proto", subject: "b", version: 1 }];
    const [protobuf] =
      withSchema("s", { schemaType: "PROTOBUF", references }).schemas?.({ topic: "a", part: "value" }) ?? [];
    expect(avro && bareSchema(avro)).toEqual({ schema: "s" });
    expect(protobuf && bareSchema(protobuf)).toEqual({ schema: "s", schemaType: "PROTOBUF", references });
  });

  it("ask nothing of what is no registry", () => {
    expect(contractRegistry(registryOf({}))).toBeDefined();
    for (const other of [undefined, null, "http://127.0.0.1:8081", { lookup: () => {} }]) {
      expect(contractRegistry(other)).toBeUndefined();
    }
  });
});
