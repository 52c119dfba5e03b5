import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Child } from "../kit/child.js";
import { nodeBinary } from "../kit/node-binary.js";
import { temporaryFolder } from "../kit/temporary-folder.js";
import { liveRegistry } from "../registry/live-registry.js";
import { command, isBuilt, ottla } from "./ottla-command.js";

const id = { name: "id", type: "string" };
const cents = { name: "cents", type: "long" };
const coupon = { name: "coupon", type: ["null", "string"], default: null };

/** A schema file, a broker and a registry, and the command that knows them. */
async function start() {
  const folder = temporaryFolder();
  const file = (name: string, ...fields: readonly object[]): string => {
    const path = join(folder, name);
    writeFileSync(path, JSON.stringify({ type: "record", name: "Order", fields }));
    return path;
  };
  const { url, bootstrap } = await liveRegistry();
  const env = { OTTLA_BOOTSTRAP: bootstrap, OTTLA_REGISTRY: url };
  const run = (args: readonly string[], input?: string) => ottla(args, { env, ...(input !== undefined && { input }) });
  return { file, run, url, bootstrap };
}

describe.skipIf(!isBuilt)("ottla schema (skipped where it is not built)", () => {
  it("registers, checks, lists, shows and deletes", async () => {
    const { file, run } = await start();
    const first = file("first.avsc", id);
    const second = file("second.avsc", id, coupon);
    const wrong = file("wrong.avsc", id, cents);
    expect((await run(["schema", "compat", "orders-value", first])).lines[0]).toContain("new: there is nothing");
    expect((await run(["schema", "register", "orders-value", first])).lines).toEqual(["orders-value version 1, id 1"]);
    const ok = await run(["schema", "compat", "orders-value", second]);
    expect(ok).toMatchObject({ status: 0, lines: [expect.stringContaining("✓ orders-value  BACKWARD")] });
    const refused = await run(["schema", "compat", "orders-value", wrong]);
    expect(refused.status).toBe(1);
    expect(refused.lines).toEqual([
      `orders-value  BACKWARD, against version 1  ${wrong}`,
      "  ✗ /fields/1  READER_FIELD_MISSING_DEFAULT_VALUE",
      '    field "cents" has no default, and records of record "Order" do not hold it',
      "    Fields come and go only with a default.",
    ]);
    const asJson = await run(["schema", "compat", "orders-value", wrong, "--json", "--against", "latest"]);
    expect(JSON.parse(asJson.lines[0] ?? "")).toMatchObject({ isCompatible: false, reasons: [{ path: "/fields/1" }] });
    expect(await run(["schema", "register", "orders-value", wrong])).toMatchObject({ status: 1 });
    expect((await run(["schema", "register", "orders-value", second, "--json"])).lines).toEqual([
      '{"subject":"orders-value","version":2,"id":2}',
    ]);
    expect((await run(["schema", "list", "--json"])).lines.map((line) => JSON.parse(line))).toEqual([
      { subject: "orders-value", versions: 2, latest: 2, id: 2, type: "AVRO", level: "BACKWARD" },
    ]);
    expect(JSON.parse((await run(["schema", "show", "orders-value", "1"])).lines.join("\n")).fields).toEqual([id]);
    expect((await run(["schema", "delete", "orders-value"])).status).toBe(2);
    expect((await run(["schema", "delete", "orders-value", "--dry-run"])).lines).toEqual([
      "would delete subject orders-value with versions 1, 2, softly: its ids stay readable",
    ]);
    expect((await run(["schema", "delete", "orders-value", "1", "--yes"])).lines).toEqual([
      "deleted orders-value version 1",
    ]);
    expect((await run(["schema", "delete", "orders-value", "--yes"])).lines).toEqual([
      "deleted orders-value version 2",
    ]);
    expect((await run(["schema", "delete", "orders-value", "--permanent", "--yes"])).status).toBe(0);
    expect((await run(["schema", "list", "--deleted"])).lines).toEqual([]);
  });

  it.each([
    { title: "no registry", args: ["register", "s", "FILE"], status: 3, says: "Is a schema registry running there?" },
    { title: "a comparison without a registry", args: ["compat", "s", "FILE"], status: 2, says: "could not check" },
    {
      title: "a comparison of a file that is not there",
      args: ["compat", "s", "none"],
      status: 2,
      says: "could not check: none",
    },
    { title: "a file that is no schema", args: ["register", "s", "BAD"], status: 1, says: "not an Avro schema: /" },
  ])("says in a line what to do about $title", async ({ args, status, says }) => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "good.avsc"), '"int"');
    writeFileSync(join(folder, "bad.avsc"), '{"type":"recod"}');
    const words = args.map((word) =>
      word.replace("FILE", join(folder, "good.avsc")).replace("BAD", join(folder, "bad.avsc")),
    );
    const answer = await ottla(["schema", ...words, "--registry", "http://127.0.0.1:9"]);
    expect(answer.errors).toContain(says);
    expect(answer.status).toBe(status);
    expect(answer.errors).not.toContain("    at ");
  });

  it("writes lines in Avro, and reads them back decoded, or as they are where no registry is named", async () => {
    const { file, run, bootstrap } = await start();
    const schema = file("order.avsc", id, cents, coupon);
    const input = '{"id":"o-1","cents":"9007199254740993"}\n{"id":"o-2","cents":7,"coupon":"half"}\n';
    const refused = await run(["produce", "orders", "--create", "--schema", schema], input);
    expect(refused).toMatchObject({ status: 1, errors: expect.stringContaining("--register registers it") });
    const produce = ["produce", "orders", "--create", "--key-field", "id"];
    expect((await run([...produce, "--schema", schema, "--register"], input)).status).toBe(0);
    expect((await run([...produce, "--schema", "orders-value"], input)).status).toBe(0);
    const read = await run(["consume", "orders"]);
    const documents = [
      { id: "o-1", cents: "9007199254740993", coupon: null },
      { id: "o-2", cents: 7, coupon: "half" },
    ];
    expect(read.lines.map((line) => JSON.parse(line))).toEqual([...documents, ...documents]);
    const asJson = await run(["consume", "orders", "--json", "--limit", "1"]);
    expect(JSON.parse(asJson.lines[0] ?? "")).toMatchObject({ key: "o-1", value: documents[0], schemaId: 1 });
    const raw = await ottla(["consume", "orders", "--json", "--limit", "1"], { env: { OTTLA_BOOTSTRAP: bootstrap } });
    expect(JSON.parse(raw.lines[0] ?? "").value).not.toEqual(documents[0]);
    expect(raw.errors).toContain("--registry decodes them");
    const away = await run(["consume", "orders", "--limit", "1", "--registry", "http://127.0.0.1:9"]);
    expect(away).toMatchObject({
      status: 0,
      errors: expect.stringContaining("shown as it is: [REGISTRY_UNREACHABLE]"),
    });
    const wrong = await run(["produce", "orders", "--schema", "orders-value"], '{"id":"o-3","cnets":1}\n');
    expect(wrong).toMatchObject({ status: 1, errors: expect.stringContaining("line 1: [INVALID_VALUE]") });
  });

  it("runs a registry with `dev`, and one of its own that lets in who it knows", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "order.avsc"), '"string"');
    const register = ["schema", "register", "s", join(folder, "order.avsc")];
    const dev = new Child(nodeBinary, [command, "dev", "--port", "0", "--data", join(folder, "data")]);
    const bootstrap = /127\.0\.0\.1:\d+/.exec(await dev.line((text) => text.includes("broker")))?.[0] ?? "";
    const url = /http:\S+/.exec(await dev.line((text) => text.includes("registry")))?.[0] ?? "";
    expect((await ottla([...register, "--registry", url])).lines).toEqual(["s version 1, id 1"]);
    const args = ["registry", "--bootstrap", bootstrap, "--port", "0", "--user", "ci:p:w", "--token", "t"];
    const own = new Child(nodeBinary, [command, ...args]);
    const guarded = await own.line((text) => text.startsWith("http://"));
    expect(await ottla([...register, "--registry", guarded])).toMatchObject({
      status: 1,
      errors: expect.stringContaining("--registry-auth user:password"),
    });
    for (const [option, value] of [
      ["--registry-auth", "ci:p:w"],
      ["--registry-token", "t"],
    ] as const) {
      const answer = await ottla([...register, "--registry", guarded, option, value]);
      expect(answer.lines).toEqual(["s version 1, id 1"]);
    }
    expect(await own.stop()).toBe(0);
    expect(await dev.stop()).toBe(0);
  });
});
