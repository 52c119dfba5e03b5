import { readFileSync } from "node:fs";
import * as client from "@ottla/client";
import * as avro from "@ottla/schema-registry/avro";
import * as testing from "@ottla/testing";
import ts from "typescript";
import { expect, it } from "vitest";

it("the testing package's README begins with a program that runs as pasted", async () => {
  const readme = readFileSync(new URL("../../packages/testing/README.md", import.meta.url), "utf8");
  const [, program = ""] = /```ts\n(.*?)```/s.exec(readme) ?? [];
  const modules = { "@ottla/client": client, "@ottla/schema-registry/avro": avro, "@ottla/testing": testing };
  const body = program.replace(/^import (\{[^}]*\}) from "([^"]+)";$/gm, 'const $1 = modules["$2"];');
  const script = ts.transpile(`exports.run = async (modules: any, console: any) => {\n${body}\n}`, {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.CommonJS,
  });
  const exported: { run?: (modules: unknown, console: unknown) => Promise<void> } = {};
  new Function("exports", script)(exported);
  const printed: unknown[][] = [];
  await exported.run?.(modules, { log: (...parts: unknown[]) => printed.push(parts) });
  expect(printed).toEqual([["answers lost: 1"], ["o-1", 1250n], [["orders-value"]]]);
});
