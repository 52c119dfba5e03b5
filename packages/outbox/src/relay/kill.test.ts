import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "tsup";
import { describe, expect, it } from "vitest";
import { drivers, temporaryPath } from "../test-kit/drivers.test-kit.js";

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Bundles the program from source, so that this test needs no build. */
async function program(folder: string): Promise<string> {
  await build({
    config: false,
    silent: true,
    entry: { killed: source("../test-kit/killed.process.test-kit.ts") },
    format: "esm",
    target: "node20",
    outDir: folder,
    noExternal: [/^@ottla\//],
    esbuildOptions(options) {
      options.alias = {
        "@ottla/client": source("../../../client/src/index.ts"),
        "@ottla/protocol": source("../../../protocol/src/index.ts"),
        "@ottla/world": source("../../../world/src/index.ts"),
      };
      options.outExtension = { ".js": ".mjs" };
    },
  });
  return join(folder, "killed.mjs");
}

function run(file: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [file, ...args, import.meta.url], { env: { ...process.env, ...env } });
    let errors = "";
    child.stderr.on("data", (chunk: Buffer) => {
      errors += chunk.toString();
    });
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (code === 0 || signal === "SIGKILL") resolve(signal ?? "exit");
      else reject(new Error(`ended with ${code ?? signal}: ${errors}`));
    });
  });
}

const libsql = drivers.find(({ name }) => name === "libsql");

describe.skipIf(libsql === undefined)("processes that are killed", () => {
  it("lose no committed event and publish no other, in key order, duplicates under one id (traps 1 and 2)", async () => {
    if (libsql === undefined) return;
    const path = temporaryPath();
    const file = await program(dirname(path));
    const connection = libsql.open(path);
    libsql.binding.sqlite().migrate(connection);
    const log = join(dirname(path), "log");
    // Each shop dies inside its fifth transaction, each relay after a few acknowledgements more than the one before.
    for (const published of [1, 2, 3, 5]) {
      expect(await run(file, [path, "shop", log, "4"])).toBe("SIGKILL");
      expect(await run(file, [path, "relay", log, String(published)])).toBe("SIGKILL");
    }
    const rows = libsql.binding
      .tx(connection)
      .query<{ key: string; value: string; message_id: string }>(
        "select cast(key as text) as key, cast(value as text) as value, message_id from outbox_message order by id",
      );
    expect(rows).toHaveLength(4 * 4 * 2);
    expect(await run(file, [path, "relay", log, "0"], { LAST_ID: "32" })).toBe("exit");

    const lines = readFileSync(log, "utf8").trimEnd().split("\n");
    expect(lines.length).toBeGreaterThan(rows.length);
    const firsts = [...new Set(lines)];
    for (const key of ["a", "b"]) {
      const committed = rows.filter((row) => row.key === key).map((row) => `${key} ${row.value} ${row.message_id}`);
      expect(firsts.filter((line) => line.startsWith(`${key} `))).toEqual(committed);
    }
    libsql.close(connection);
  });
});
