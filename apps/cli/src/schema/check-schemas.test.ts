import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { ottla } from "../command.test-kit.js";

const record = (...fields: readonly object[]) => ({ type: "record", name: "Order", fields });
const id = { name: "id", type: "string" };
const coupon = { name: "coupon", type: "string" };

/** A repository with a manifest and a schema on main, checked out on a branch. */
function repository() {
  const folder = mkdtempSync(join(tmpdir(), "ottla-schema-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const git = (...args: readonly string[]) =>
    execFileSync("git", ["-c", "user.name=Ben", "-c", "user.email=ben@example.com", ...args], { cwd: folder });
  const write = (name: string, content: unknown) => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), typeof content === "string" ? content : JSON.stringify(content));
  };
  git("init", "--quiet", "--initial-branch=main");
  write("ottla.schemas.json", { subjects: { "orders-value": { file: "schemas/order.avsc", owner: "shop" } } });
  write("schemas/order.avsc", record(id));
  git("add", "--all");
  git("commit", "--quiet", "--message", "first");
  git("checkout", "--quiet", "-b", "feature");
  const check = (...more: readonly string[]) =>
    ottla("schema", "check", "--manifest", join(folder, "ottla.schemas.json"), ...more);
  return { folder, write, check };
}

it("ends with 0, 1 and 2, and says what is wrong and what would be allowed", async () => {
  const { write, check } = repository();
  expect(await check("--against", "main")).toMatchObject({
    status: 0,
    output: expect.stringMatching(/^0 incompatible, 1 unchanged; 1 earlier version in main \([0-9a-f]{7}\)\n$/),
  });
  write("schemas/order.avsc", record(id, coupon));
  const { status, output } = await check("--against", "main");
  expect(status).toBe(1);
  expect(output.split("\n").map((line) => line.replace(/[0-9a-f]{7} \([\d-]+\)|\([0-9a-f]{7}\)/, "COMMIT"))).toEqual([
    "orders-value  BACKWARD, against 1 version of schemas/order.avsc  owner: shop",
    "  ✗ /fields/1  READER_FIELD_MISSING_DEFAULT_VALUE",
    '    field "coupon" has no default, and records of record "Order" do not hold it.',
    "    Consumers on the new schema cannot read what was written before it.",
    '    Give it a default, or make it ["null", …] with default null.',
    "    Found against COMMIT schemas/order.avsc.",
    "1 incompatible; 1 earlier version in main COMMIT",
    "",
  ]);
  expect(await check("--against", "origin/main")).toMatchObject({
    status: 2,
    notes: expect.stringMatching(/could not check: there is no commit "origin\/main".*\n {2}git fetch origin/),
  });
  expect(await check("--format", "yaml")).toMatchObject({ status: 2 });
});

it("prints for CI systems, and writes reports beside", async () => {
  const { folder, write, check } = repository();
  write("schemas/order.avsc", record(id, coupon));
  const files = { json: join(folder, "a.json"), sarif: join(folder, "a.sarif"), junit: join(folder, "a.xml") };
  const reports = Object.entries(files).flatMap(([format, file]) => ["--report", `${format}=${file}`]);
  const { output } = await check("--against", "main", "--format", "github", ...reports);
  expect(output).toMatch(
    /^::error file=schemas\/order.avsc,title=orders-value%3A READER_FIELD_MISSING_DEFAULT_VALUE::orders-value \(BACKWARD\) at \/fields\/1: /,
  );
  expect(JSON.parse(readFileSync(files.json, "utf8"))).toMatchObject({
    version: 1,
    isCompatible: false,
    subjects: [{ verdict: "incompatible", findings: [{ type: "READER_FIELD_MISSING_DEFAULT_VALUE" }] }],
  });
  expect(JSON.parse(readFileSync(files.sarif, "utf8"))).toMatchObject({
    version: "2.1.0",
    runs: [{ results: [{ ruleId: "READER_FIELD_MISSING_DEFAULT_VALUE", level: "error" }] }],
  });
  expect(readFileSync(files.junit, "utf8")).toContain(
    '<failure type="READER_FIELD_MISSING_DEFAULT_VALUE" message="field &quot;coupon&quot;',
  );
});

it("writes the schemas of contracts, and finds a file that says another", async () => {
  const { folder, write, check } = repository();
  const fixture = fileURLToPath(new URL("../contracts/fixtures/contracts.ts", import.meta.url));
  const contract = `${fixture}#orders`;
  const manifest = join(folder, "ottla.schemas.json");
  write("ottla.schemas.json", { subjects: { "orders-value": { file: "schemas/order.avsc", contract } } });
  const once = await ottla("contracts", "export", "--manifest", manifest);
  expect(once).toMatchObject({ status: 0, output: "  ✓ orders-value  schemas/order.avsc\n" });
  const again = await ottla("contracts", "export", "--manifest", manifest);
  expect(again.output).toBe("  = orders-value  schemas/order.avsc\n");
  expect(await check("--against", "main")).toMatchObject({ status: 0 });
  write("schemas/order.avsc", record(id, { ...coupon, default: "" }));
  expect(await check("--against", "main")).toMatchObject({
    status: 1,
    output: expect.stringContaining("CONTRACT_DRIFT"),
  });
});
