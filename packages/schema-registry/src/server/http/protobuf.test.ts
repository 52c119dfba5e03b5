import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { type Call, registryCall } from "./registry-call.test-kit.js";

const protobuf = (body: string, references: readonly object[] = []) => ({
  schemaType: "PROTOBUF",
  schema: `syntax = "proto3";\n${body}`,
  references,
});
const customer = protobuf("package shop; message Customer { string id = 1; }");
const reference = { name: "customer.proto", subject: "customer", version: 1 };
const order = protobuf('package shop; import "customer.proto"; message Order { Customer by = 1; }', [reference]);

async function withCustomer(): Promise<Call> {
  const call = registryCall();
  expect((await call("POST", "/subjects/customer/versions", customer)).status).toBe(200);
  return call;
}

describe("Protobuf in the registry", () => {
  it("is stored without comments, and found again however it is laid out", async () => {
    const call = await withCustomer();
    const { id } = (await call("POST", "/subjects/s/versions", order)).body;
    const commented = { ...order, schema: order.schema.replaceAll(";", "; // so\n") };
    expect((await call("POST", "/subjects/s", commented)).body).toMatchObject({
      id,
      version: 1,
      schemaType: "PROTOBUF",
    });
    expect((await call("GET", "/subjects/s/versions/1/schema")).body).toBe(
      'syntax = "proto3";\npackage shop;\n\nimport "customer.proto";\n\nmessage Order {\n  Customer by = 1;\n}\n',
    );
  });

  it("is normalized on request, and served and taken as a descriptor", async () => {
    const call = await withCustomer();
    const { id } = (await call("POST", "/subjects/s/versions?normalize=true", order)).body;
    const { schema } = (await call("GET", `/schemas/ids/${id}`)).body;
    expect(schema).toContain(".shop.Customer by = 1;");
    const serialized = (await call("GET", `/schemas/ids/${id}?format=serialized`)).body;
    expect(
      (await call("POST", "/subjects/s?normalize=true", { ...order, schema: serialized.schema })).body,
    ).toMatchObject({
      id,
    });
  });

  it("is refused where an import is missing or the text is wrong, with the place", async () => {
    const call = registryCall();
    expect((await call("POST", "/subjects/s/versions", { ...order, references: [] })).body).toMatchObject({
      error_code: 42201,
      message: expect.stringContaining('line 2, column 15: there is no reference named "customer.proto"'),
    });
    expect(
      (await call("POST", "/subjects/s/versions", protobuf("message A { int32 a = 1; int32 b = 1; }"))).body,
    ).toMatchObject({
      error_code: 42201,
      message: expect.stringContaining('number 1 of "b" is that of "a"'),
    });
  });

  it("is refused where it cannot be read, with Confluent's type and path", async () => {
    const call = registryCall();
    await call("POST", "/subjects/s/versions", protobuf("message A { int32 a = 1; }"));
    expect((await call("POST", "/subjects/s/versions", protobuf("message A { string a = 1; }"))).body).toMatchObject({
      error_code: 40901,
      message: expect.stringMatching(/errorType:"FIELD_SCALAR_KIND_CHANGED".*#\/A\/1/s),
    });
  });
});

interface Entry {
  readonly schema: string;
  readonly references?: readonly {
    readonly name: string;
    readonly subject: string;
    readonly version: number;
    readonly schema: string;
  }[];
}

interface Case {
  readonly id: string;
  readonly mode: string;
  readonly old: readonly Entry[];
  readonly new: Entry;
  readonly expectedCompatible: boolean;
  readonly normative: boolean;
}

const file = fileURLToPath(new URL("../../../../../../shared/schema-compat/protobuf.json", import.meta.url));
const cases: readonly Case[] = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : [];

/** The body that registers a case's schema, after what it refers to. */
async function bodyOf({ schema, references = [] }: Entry, call: Call) {
  for (const one of references) {
    const registered = await call("POST", `/subjects/${encodeURIComponent(one.subject)}/versions`, {
      schemaType: "PROTOBUF",
      schema: one.schema,
    });
    expect(registered.status).toBe(200);
  }
  const named = references.map(({ name, subject, version }) => ({ name, subject, version }));
  return { schemaType: "PROTOBUF", schema, references: named };
}

describe.skipIf(cases.length === 0)(
  "Confluent's verdicts on Protobuf over HTTP (shared cases; skipped where that folder is absent)",
  () => {
    it.each(cases.filter(({ normative }) => normative))("$id", async (one) => {
      const call = registryCall();
      await call("PUT", "/config", { compatibility: "NONE" });
      for (const old of one.old) {
        expect((await call("POST", "/subjects/s/versions", await bodyOf(old, call))).status).toBe(200);
      }
      const body = await bodyOf(one.new, call);
      await call("PUT", "/config/s", { compatibility: one.mode });
      const verdict = await call("POST", "/compatibility/subjects/s/versions?verbose=true", body);
      expect(verdict.body.is_compatible).toBe(one.expectedCompatible);
      expect(verdict.body.messages.length > 0).toBe(!one.expectedCompatible);
    });
  },
);
