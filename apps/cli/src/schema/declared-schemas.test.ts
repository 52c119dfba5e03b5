import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { SchemaRegistry } from "@ottla/schema-registry";
import { RegistryServer } from "@ottla/schema-registry/server";
import { expect, it, onTestFinished } from "vitest";
import { ottla } from "../command.test-kit.js";

const id = { name: "id", type: "string" };
const record = (name: string, ...fields: readonly object[]) => ({ type: "record", name, namespace: "shop", fields });
const customerOf = { name: "customer", type: "shop.Customer" };

/** A registry, and a folder with a manifest: orders refer to customers, and are named before them. */
async function start() {
  const server = await RegistryServer.start({ memory: true, port: 0 });
  onTestFinished(() => server.close());
  const folder = mkdtempSync(join(tmpdir(), "ottla-schemas-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const write = (name: string, content: unknown) => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), JSON.stringify(content));
  };
  const manifest = join(folder, "ottla.schemas.json");
  write("ottla.schemas.json", {
    subjects: {
      "orders-value": { file: "order.avsc", references: { "shop.Customer": "customers-value" } },
      "customers-value": { file: "customer.avsc" },
    },
  });
  write("order.avsc", record("Order", id, customerOf));
  write("customer.avsc", record("Customer", id));
  const schema = (verb: string, ...more: readonly string[]) =>
    ottla("schema", verb, "--registry", server.url, "--manifest", manifest, ...more);
  return { folder, write, schema, manifest, url: server.url, registry: new SchemaRegistry(server.url, { retries: 0 }) };
}

it("registers what a manifest names, what is referred to first, and once", async () => {
  const { schema, registry, write } = await start();
  expect(await schema("register", "--dry-run")).toMatchObject({
    status: 0,
    output: "  + customers-value  customer.avsc: a new version\n  + orders-value  order.avsc: a new version\n",
  });
  expect(await registry.subjects()).toEqual([]);
  expect(await schema("register")).toMatchObject({
    output: "  ✓ customers-value  version 1, id 1\n  ✓ orders-value  version 1, id 2\n",
  });
  expect((await schema("register")).output).toBe("  = customers-value  version 1\n  = orders-value  version 1\n");
  write("customer.avsc", record("Customer", id, { name: "since", type: "long" }));
  const refused = await schema("register");
  expect(refused.status).toBe(1);
  expect(refused.output).toContain(
    "✗ customers-value  customer.avsc\n    ✗ /fields/1  READER_FIELD_MISSING_DEFAULT_VALUE",
  );
  expect(refused.output).toContain("✗ orders-value  order.avsc: it refers to customers-value");
});

it("says where a registry and a manifest differ", async () => {
  const { schema, registry, write } = await start();
  expect(await schema("drift")).toMatchObject({
    status: 1,
    output: "  ✗ customers-value  customer.avsc is not registered\n  ✗ orders-value  order.avsc is not registered\n",
  });
  await schema("register");
  expect(await schema("drift")).toMatchObject({
    status: 0,
    output: "",
    notes: "2 subjects are as the manifest says\n",
  });
  const later = JSON.stringify(record("Customer", id, { name: "since", type: "long", default: 0 }));
  await registry.register("customers-value", { schema: later });
  await registry.register("others-value", { schema: '"string"' });
  await registry.setCompatibility("FULL", "orders-value");
  const { output } = await schema("drift");
  expect(output.split("\n").sort()).toEqual([
    "",
    "  ✗ customers-value  customer.avsc is version 1, the latest is 2",
    "  ✗ orders-value  its level is FULL, the manifest says BACKWARD",
    "  ✗ others-value  the manifest does not name it",
  ]);
  write("ottla.schemas.json", { subjects: {} });
  expect((await schema("drift", "--json")).output).toContain('"kind":"notDeclared"');
});

it("pulls subjects with what they refer to, and each version for a check", async () => {
  const { schema, folder, url, write } = await start();
  await schema("register");
  write("order.avsc", record("Order", id, customerOf, { name: "cents", type: "long", default: 0 }));
  await schema("register");
  const pulled = join(folder, "pulled", "ottla.schemas.json");
  const history = join(folder, "pulled", "history");
  const pull = ["schema", "pull", "orders-value", "--registry", url, "--manifest", pulled, "--history", history];
  expect(await ottla(...pull)).toMatchObject({
    status: 0,
    output: "  ✓ customers-value  schemas/customers-value.avsc\n  ✓ orders-value  schemas/orders-value.avsc\n",
  });
  expect(JSON.parse(readFileSync(pulled, "utf8")).subjects["orders-value"]).toEqual({
    file: "schemas/orders-value.avsc",
    compatibility: "BACKWARD",
    references: { "shop.Customer": "customers-value" },
  });
  expect(await ottla("schema", "check", "--manifest", pulled, "--versions", history)).toMatchObject({
    status: 0,
    output: `0 incompatible, 2 compatible; 3 earlier versions in ${history}\n`,
  });
  expect(await ottla(...pull)).toMatchObject({ status: 2, notes: expect.stringContaining("is there already") });
  expect(await ottla("schema", "pull", "--registry", url)).toMatchObject({ status: 2 });
});

it("says what stands between two schemas each way, and which files hold none", async () => {
  const { folder, write } = await start();
  write("next.avsc", record("Order", id, { ...customerOf, type: "string" }));
  write("before.avsc", record("Order", id));
  write("wrong.avsc", { type: "recrod" });
  const [before, next, wrong] = ["before", "next", "wrong"].map((name) => join(folder, `${name}.avsc`));
  expect((await ottla("schema", "diff", before as string, next as string)).output.split("\n")).toEqual([
    `  ✗ Consumers on ${next} read what was written with ${before}`,
    "    /fields/1  READER_FIELD_MISSING_DEFAULT_VALUE",
    expect.stringContaining('field "customer" has no default'),
    `  ✓ Consumers on ${before} read what is written with ${next}`,
    "",
  ]);
  expect(await ottla("schema", "lint", before as string, wrong as string)).toMatchObject({
    status: 1,
    output: expect.stringMatching(/^ {2}✓ .*before.avsc\n {2}✗ .*wrong.avsc {2}\/type: .*\n$/),
  });
});
