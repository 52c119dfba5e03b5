import { SchemaRegistry, SchemaRegistryError } from "@ottla/schema-registry";
import { describe, expect, it } from "vitest";
import { liveRegistry } from "./live-registry.js";

const record = (...fields: readonly object[]) => ({
  schema: JSON.stringify({ type: "record", name: "Order", fields }),
});
const id = { name: "id", type: "string" };
const coupon = { name: "coupon", type: "string" };

async function client(): Promise<SchemaRegistry> {
  return new SchemaRegistry((await liveRegistry()).url, { retries: 0 });
}

describe("our registry client against our registry", () => {
  it("registers once however many ask, and finds the id again", async () => {
    const registry = await client();
    const ids = await Promise.all(Array.from({ length: 50 }, () => registry.register("orders-value", record(id))));
    expect(new Set(ids)).toEqual(new Set([1]));
    expect(await registry.versions("orders-value")).toEqual([1]);
    expect(await registry.idOf("orders-value", record(id))).toBe(1);
    expect(await registry.schemaById(1)).toMatchObject(record(id));
    expect(await registry.version("orders-value", "latest")).toMatchObject({ version: 1, id: 1 });
  });

  it("tells what is incompatible before and when it is registered", async () => {
    const registry = await client();
    await registry.register("orders-value", record(id));
    const verdict = await registry.checkCompatibility("orders-value", record(id, coupon));
    expect(verdict.isCompatible).toBe(false);
    expect(verdict.messages[0]).toContain("READER_FIELD_MISSING_DEFAULT_VALUE");
    await expect(registry.register("orders-value", record(id, coupon))).rejects.toMatchObject({
      code: "INCOMPATIBLE_SCHEMA",
      retriable: false,
    });
    await registry.setCompatibility("NONE", "orders-value");
    expect(await registry.register("orders-value", record(id, coupon))).toBe(2);
  });

  it("names what is not there", async () => {
    const registry = await client();
    await registry.register("a", record(id));
    const codes = await Promise.all(
      [
        registry.versions("none"),
        registry.version("a", 9),
        registry.schemaById(99),
        registry.idOf("a", record(coupon)),
        registry.register("a", { schema: "{" }),
      ].map((call) => call.then(String, (error: SchemaRegistryError) => error.code)),
    );
    expect(codes).toEqual([
      "SUBJECT_NOT_FOUND",
      "VERSION_NOT_FOUND",
      "SCHEMA_NOT_FOUND",
      "SCHEMA_NOT_FOUND",
      "INVALID_SCHEMA",
    ]);
    await expect(registry.versions("none")).rejects.toBeInstanceOf(SchemaRegistryError);
  });

  it("deletes softly and for good", async () => {
    const registry = await client();
    await registry.register("a", record(id));
    expect(await registry.deleteVersion("a", 1)).toBe(1);
    expect(await registry.deleteVersion("a", 1, { permanent: true })).toBe(1);
    await registry.register("b", record(coupon));
    expect(await registry.deleteSubject("b")).toEqual([1]);
    expect(await registry.deleteSubject("b", { permanent: true })).toEqual([1]);
    expect(await registry.subjects({ deleted: true })).toEqual([]);
  });
});
