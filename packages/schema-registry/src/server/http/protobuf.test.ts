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
