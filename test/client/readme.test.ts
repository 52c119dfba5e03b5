import { readFileSync } from "node:fs";
import { Broker } from "@ottla/broker";
import * as client from "@ottla/client";
import ts from "typescript";
import { expect, it } from "vitest";
import { cleanup } from "../kit/cleanup.js";

it("the client's README begins with a program that runs as pasted", async () => {
  const broker = await Broker.start({ memory: true, config: { "group.initial.rebalance.delay.ms": 0 } });
  cleanup(() => broker.close());
  const readme = readFileSync(new URL("../../packages/client/README.md", import.meta.url), "utf8");
  const [, program = ""] = /```ts\n(.*?)```/s.exec(readme) ?? [];
  const body = program
    .replace(/^import (\{[^}]*\}) from "@ottla\/client";/, "const $1 = client;")
    .replace("127.0.0.1:9092", `127.0.0.1:${broker.port}`);
  const script = ts.transpile(`export async function run(client: any, console: any) {\n${body}\n}`, {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.CommonJS,
  });
  const printed: string[] = [];
  const exported: { run?: (client: unknown, console: unknown) => Promise<void> } = {};
  new Function("exports", script)(exported);
  await exported.run?.(client, { log: (line: string) => printed.push(line) });
  expect(printed).toEqual(["created orders", "written to partition 0 at offset 0", "c-7 owes 1250"]);
});
