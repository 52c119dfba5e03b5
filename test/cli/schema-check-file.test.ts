import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { nodeBinary } from "../kit/node-binary.js";
import { temporaryFolder } from "../kit/temporary-folder.js";

const file = fileURLToPath(new URL("../../apps/cli/dist/schema-check.cjs", import.meta.url));

it.skipIf(!existsSync(file))(
  "checks schemas from one file, with nothing beside it (skipped where it is not built)",
  () => {
    const alone = temporaryFolder("schema-check");
    copyFileSync(file, join(alone, "schema-check.cjs"));
    const cwd = temporaryFolder("schemas");
    const git = (...args: readonly string[]) =>
      execFileSync("git", ["-c", "user.name=Ben", "-c", "user.email=ben@example.com", ...args], { cwd });
    const order = (...names: readonly string[]) =>
      JSON.stringify({ type: "record", name: "Order", fields: names.map((name) => ({ name, type: "string" })) });
    writeFileSync(join(cwd, "ottla.schemas.json"), '{"subjects":{"orders-value":{"file":"order.avsc"}}}');
    writeFileSync(join(cwd, "order.avsc"), order("id"));
    git("init", "--quiet", "--initial-branch=main");
    git("add", "--all");
    git("commit", "--quiet", "--message", "first");
    writeFileSync(join(cwd, "order.avsc"), order("id", "coupon"));
    const run = (...args: readonly string[]) =>
      spawnSync(nodeBinary, [join(alone, "schema-check.cjs"), ...args], { cwd, encoding: "utf8" });
    expect(run("--against", "main")).toMatchObject({
      status: 1,
      stdout: expect.stringContaining("READER_FIELD_MISSING_DEFAULT_VALUE"),
    });
    expect(run("--against", "origin/main")).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("git fetch origin"),
    });
    writeFileSync(join(cwd, "order.avsc"), order("id"));
    expect(run("--against", "main")).toMatchObject({ status: 0 });
  },
);
