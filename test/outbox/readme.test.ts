import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Broker } from "@ottla/broker";
import * as client from "@ottla/client";
import * as outbox from "@ottla/outbox";
import * as libsqlOutbox from "@ottla/outbox/libsql";
import Database from "libsql";
import ts from "typescript";
import { expect, it } from "vitest";
import { cleanup } from "../kit/cleanup.js";
import { temporaryFolder } from "../kit/temporary-folder.js";

it("the outbox's README begins with a program that runs as pasted", async () => {
  const broker = await Broker.start({ memory: true, config: { "group.initial.rebalance.delay.ms": 0 } });
  cleanup(() => broker.close());
  const readme = readFileSync(new URL("../../packages/outbox/README.md", import.meta.url), "utf8");
  const [, program = ""] = /```ts\n(.*?)```/s.exec(readme) ?? [];
  const body = program
    .replaceAll(/^import .*\n/gm, "")
    .replace("127.0.0.1:9092", `127.0.0.1:${broker.port}`)
    .replace("shop.db", join(temporaryFolder(), "shop.db"));
  // libsql stands in for node:sqlite, which Node 20 does not have.
  const names = { ...client, ...outbox, ...libsqlOutbox, DatabaseSync: Database };
  const script = ts.transpile(
    `export async function run({ ${Object.keys(names).join(", ")} }, console) {\n${body}\nreturn db.prepare("select * from invoices").all([]);\n}`,
    { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.CommonJS },
  );
  const printed: string[] = [];
  const exported: { run?: (names: unknown, console: unknown) => Promise<unknown> } = {};
  new Function("exports", script)(exported);
  const invoices = await exported.run?.(names, { log: (line: string) => printed.push(line) });
  expect(printed).toEqual(["invoiced o-1: 1250"]);
  expect(invoices).toEqual([{ order_id: "o-1", cents: 1250 }]);
});
