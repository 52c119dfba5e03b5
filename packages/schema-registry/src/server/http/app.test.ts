import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { registryCall } from "./registry-call.test-kit.js";

const registry = registryCall;

const record = (...fields: readonly object[]) => ({
  schema: JSON.stringify({ type: "record", name: "Order", fields }),
});
const id = { name: "id", type: "string" };
const coupon = { name: "coupon", type: "string" };
const couponWithDefault = { ...coupon, default: "" };

describe("registering", () => {
  it("gives the same content one id in every subject, and a version of its own", async () => {
    const call = registry();
    expect((await call("POST", "/subjects/a/versions", record(id))).body).toMatchObject({
      version: 1,
      id: 1,
    });
    expect((await call("POST", "/subjects/b/versions", record(id))).body).toMatchObject({
      version: 1,
      id: 1,
    });
    expect((await call("POST", "/subjects/a/versions", record(id, couponWithDefault))).body).toMatchObject({
      version: 2,
      id: 2,
    });
    expect((await call("POST", "/subjects/a/versions", record(id))).body).toMatchObject({ version: 1, id: 1 });
  });

  it("sees through white space and attribute order", async () => {
    const call = registry();
    await call("POST", "/subjects/a/versions", { schema: '{"type":"record","name":"R","fields":[]}' });
    expect(
      (await call("POST", "/subjects/a", { schema: '{ "fields" : [], "name":"R", "type":"record" }' })).body,
    ).toEqual({
      subject: "a",
      version: 1,
      id: 1,
      guid: "74eac7ad-f8e9-b2da-013c-1887a2f89163",
      schemaType: "AVRO",
      schema: '{"type":"record","name":"R","fields":[]}',
      ts: expect.any(Number),
      deleted: false,
    });
  });

  it("refuses what is incompatible, with Confluent's number, type and path", async () => {
    const call = registry();
    await call("POST", "/subjects/a/versions", record(id));
    const { status, body } = await call("POST", "/subjects/a/versions", record(id, coupon));
    expect(status).toBe(409);
    expect(body.error_code).toBe(40901);
    expect(body.message).toContain("READER_FIELD_MISSING_DEFAULT_VALUE");
    expect(body.message).toContain("/fields/1");
    expect(body.message).toContain("{oldSchemaVersion: 1}");
  });

  it("keeps versions and ids apart under concurrency", async () => {
    const call = registry();
    await call("PUT", "/config", { compatibility: "NONE" });
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        call("POST", "/subjects/a/versions", record({ name: `f${index % 50}`, type: "int" })),
      ),
    );
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(50);
    expect(new Set(answers.map(({ body }) => body.version)).size).toBe(50);
  });

  it("resolves references, and protects what is referred to", async () => {
    const call = registry();
    await call("POST", "/subjects/customer/versions", { schema: '{"type":"record","name":"Customer","fields":[]}' });
    const order = {
      schema: '{"type":"record","name":"Order","fields":[{"name":"by","type":"Customer"}]}',
      references: [{ name: "Customer", subject: "customer", version: 1 }],
    };
    expect((await call("POST", "/subjects/order/versions", order)).body).toMatchObject({
      id: 2,
      references: order.references,
    });
    expect((await call("GET", "/subjects/customer/versions/1/referencedby")).body).toEqual([2]);
    expect((await call("DELETE", "/subjects/customer/versions/1")).body.error_code).toBe(42206);
    expect((await call("POST", "/subjects/order/versions", { ...order, references: [] })).body.error_code).toBe(42201);
  });
});

describe("errors", () => {
  it.each([
    { call: ["GET", "/subjects/none/versions"], status: 404, code: 40401 },
    { call: ["GET", "/subjects/a/versions/9"], status: 404, code: 40402 },
    { call: ["GET", "/subjects/a/versions/0"], status: 422, code: 42202 },
    { call: ["GET", "/schemas/ids/99"], status: 404, code: 40403 },
    { call: ["POST", "/subjects/none", record(id)], status: 404, code: 40401 },
    { call: ["POST", "/subjects/a", record(coupon)], status: 404, code: 40403 },
    { call: ["POST", "/subjects/a/versions", { schema: "{}" }], status: 422, code: 42201 },
    { call: ["POST", "/subjects/none/versions", { schema: "" }], status: 422, code: 42201 },
    { call: ["POST", "/subjects/a/versions", { schema: "{}", schemaType: "XML" }], status: 422, code: 42201 },
    { call: ["POST", "/subjects/a/versions", "{"], status: 422, code: 422 },
    { call: ["POST", "/subjects/a%00/versions", record(id)], status: 422, code: 42208 },
    { call: ["PUT", "/config", { compatibility: "SIDEWAYS" }], status: 422, code: 42203 },
    { call: ["PUT", "/mode", { mode: "SIDEWAYS" }], status: 422, code: 42204 },
    { call: ["GET", "/config/a"], status: 404, code: 40408 },
    { call: ["GET", "/mode/a"], status: 404, code: 40409 },
    { call: ["GET", "/nowhere"], status: 404, code: 404 },
    { call: ["POST", "/subjects/a/versions", `{"schema":"${"x".repeat(200_000)}"}`], status: 413, code: 413 },
  ])("$call.0 $call.1 is $code", async ({ call: [method, path, body], status, code }) => {
    const call = registry();
    await call("POST", "/subjects/a/versions", record(id));
    const answer = await call(method as string, path as string, body);
    expect(answer).toMatchObject({
      status,
      type: "application/vnd.schemaregistry.v1+json",
      body: { error_code: code },
    });
  });
});

describe("deleting", () => {
  it("hides softly, keeps ids readable, and takes a permanent delete only after that", async () => {
    const call = registry();
    await call("POST", "/subjects/a/versions", record(id));
    expect((await call("DELETE", "/subjects/a?permanent=true")).body.error_code).toBe(40405);
    expect((await call("DELETE", "/subjects/a")).body).toEqual([1]);
    expect((await call("DELETE", "/subjects/a")).body.error_code).toBe(40404);
    expect((await call("GET", "/subjects")).body).toEqual([]);
    expect((await call("GET", "/subjects?deleted=true")).body).toEqual(["a"]);
    expect((await call("GET", "/schemas/ids/1")).status).toBe(200);
    expect((await call("POST", "/subjects/a/versions", record(id))).body).toMatchObject({ version: 2, id: 1 });
    expect((await call("GET", "/subjects/a/versions?deleted=true")).body).toEqual([2]);
    await call("DELETE", "/subjects/a");
    expect((await call("DELETE", "/subjects/a?permanent=true")).body).toEqual([2]);
    expect((await call("GET", "/schemas/ids/1")).body.error_code).toBe(40403);
    expect((await call("POST", "/subjects/a/versions", record(coupon))).body).toMatchObject({ version: 1, id: 2 });
  });

  it("deletes one version, softly and then for good", async () => {
    const call = registry();
    await call("POST", "/subjects/a/versions", record(id));
    await call("POST", "/subjects/a/versions", record(id, couponWithDefault));
    expect((await call("DELETE", "/subjects/a/versions/1?permanent=true")).body.error_code).toBe(40407);
    expect((await call("DELETE", "/subjects/a/versions/1")).body).toBe(1);
    expect((await call("DELETE", "/subjects/a/versions/1")).body.error_code).toBe(40406);
    expect((await call("GET", "/subjects/a/versions")).body).toEqual([2]);
    expect((await call("DELETE", "/subjects/a/versions/1?permanent=true")).body).toBe(1);
    expect((await call("GET", "/subjects/a/versions/latest")).body.version).toBe(2);
  });
});

describe("levels and modes", () => {
  it("answers with the member names clients look for", async () => {
    const call = registry();
    expect((await call("GET", "/config")).body).toEqual({ compatibilityLevel: "BACKWARD" });
    expect((await call("PUT", "/config/a", { compatibility: "FULL" })).body).toEqual({ compatibility: "FULL" });
    expect((await call("GET", "/config/a")).body).toEqual({ compatibilityLevel: "FULL" });
    expect((await call("GET", "/config/b?defaultToGlobal=true")).body).toEqual({ compatibilityLevel: "BACKWARD" });
    expect((await call("DELETE", "/config/a")).body).toEqual({ compatibilityLevel: "FULL" });
    expect((await call("GET", "/config/a")).status).toBe(404);
  });

  it("takes no writes while read-only, but may be woken", async () => {
    const call = registry();
    await call("PUT", "/mode", { mode: "READONLY" });
    expect((await call("POST", "/subjects/a/versions", record(id))).body.error_code).toBe(42205);
    expect((await call("PUT", "/mode/a", { mode: "READWRITE" })).body).toEqual({ mode: "READWRITE" });
    expect((await call("POST", "/subjects/a/versions", record(id))).status).toBe(200);
  });
});

interface Entry {
  readonly schema: string;
  readonly references?: readonly { readonly name: string; readonly schema: string }[];
}

interface Case {
  readonly id: string;
  readonly mode: string;
  readonly policy?: string;
  readonly old: readonly Entry[];
  readonly new: Entry;
  readonly expectedCompatible: boolean;
  readonly normative: boolean;
}

describe.each(["AVRO", "JSON", "PROTOBUF"])(
  "Confluent's verdicts over HTTP on %s (shared cases; skipped where that folder is absent)",
  (schemaType) => {
    const name = `../../../../../../shared/schema-compat/${schemaType.toLowerCase()}.json`;
    const file = fileURLToPath(new URL(name, import.meta.url));
    const cases: readonly Case[] = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : [];

    it.skipIf(cases.length === 0).each(cases.filter(({ normative }) => normative))("$id", async (one) => {
      const call = registry();
      await call("PUT", "/config", { compatibility: "NONE", validateNewSchemas: false });
      let count = 0;
      const submitted = async ({ schema, references = [] }: Entry) => {
        const named: object[] = [];
        for (const reference of references) {
          count += 1;
          const subject = `r${count}`;
          const answer = await call("POST", `/subjects/${subject}/versions`, {
            schema: reference.schema,
            schemaType,
            references: named,
          });
          expect(answer.status).toBe(200);
          named.push({ name: reference.name, subject, version: 1 });
        }
        return { schema, schemaType, references: named };
      };
      for (const entry of one.old) {
        expect((await call("POST", "/subjects/s/versions", await submitted(entry))).status).toBe(200);
      }
      const request = await submitted(one.new);
      await call("PUT", "/config/s", { compatibility: one.mode, compatibilityPolicy: one.policy ?? "STRICT" });
      const verdict = await call("POST", "/compatibility/subjects/s/versions?verbose=true", request);
      expect(verdict.body.is_compatible).toBe(one.expectedCompatible);
      expect(verdict.body.messages.length > 0).toBe(!one.expectedCompatible);
    });
  },
);
