import { readFileSync } from "node:fs";
import { Broker } from "@ottla/broker";
import * as client from "@ottla/client";
import * as testing from "@ottla/testing";
import ts from "typescript";
import { expect, it } from "vitest";
import { cleanup } from "../kit/cleanup.js";

const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
const [producerAndConsumer = "", insideATest = ""] = [...readme.matchAll(/```ts\n(.*?)```/gs)].map(
  ([, program]) => program,
);

/** Runs a program of the README with our packages as they are in this repository. */
async function run(program: string, modules: Readonly<Record<string, unknown>>): Promise<readonly string[]> {
  const body = program.replace(/^import (\{[^}]*\}) from "([^"]+)";$/gm, 'const $1 = modules["$2"];');
  const script = ts.transpile(`exports.run = async (modules: any, console: any) => {\n${body}\n}`, {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.CommonJS,
  });
  const exported: { run?: (modules: unknown, console: unknown) => Promise<void> } = {};
  new Function("exports", script)(exported);
  const printed: string[] = [];
  await exported.run?.(modules, { log: (...parts: unknown[]) => printed.push(parts.join(" ")) });
  return printed;
}

it("the typed producer and consumer of the README run as pasted", async () => {
  const broker = await Broker.start({ memory: true });
  cleanup(() => broker.close());
  const printed = await run(producerAndConsumer.replace("127.0.0.1:9092", broker.bootstrap), {
    "@ottla/client": client,
  });
  expect(printed).toEqual([expect.stringMatching(/^written to partition \d at offset 0$/), "o-1 1250"]);
});

it("what the README starts inside a test runs as pasted", async () => {
  expect(await run(insideATest, { "@ottla/testing": testing })).toEqual([]);
});
