import * as fs from "node:fs";
import { readFileSync } from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import * as broker from "@ottla/broker";
import * as client from "@ottla/client";
import * as testing from "@ottla/testing";
import * as kafkajs from "kafkajs";
import ts from "typescript";
import { describe, expect, it } from "vitest";

const page = readFileSync(new URL("../../docs/test-broker.md", import.meta.url), "utf8");
const recipes = page
  .split(/^## /m)
  .slice(1)
  .map((section) => {
    const [, program = ""] = /```ts\n(.*?)```/s.exec(section) ?? [];
    return { title: section.split("\n", 1)[0] ?? "", program };
  });

/** The hooks of a test runner, for a recipe that is a file of tests. */
function runner() {
  const steps: Record<"beforeEach" | "it" | "afterEach", (() => unknown)[]> = { beforeEach: [], it: [], afterEach: [] };
  return {
    module: {
      beforeEach: (step: () => unknown) => steps.beforeEach.push(step),
      afterEach: (step: () => unknown) => steps.afterEach.push(step),
      it: (_title: string, step: () => unknown) => steps.it.push(step),
      expect,
    },
    async run() {
      for (const test of steps.it) {
        for (const step of [...steps.beforeEach, test, ...steps.afterEach]) await step();
      }
    },
  };
}

describe("the recipes of docs/test-broker.md run as pasted", () => {
  it.each(recipes)("$title", async ({ program }) => {
    const tests = runner();
    const modules: Readonly<Record<string, unknown>> = {
      "@ottla/broker": broker,
      "@ottla/client": client,
      "@ottla/testing": testing,
      kafkajs,
      vitest: tests.module,
      "node:fs": fs,
      "node:os": os,
      "node:path": path,
    };
    const body = program.replace(/^import (\{[^}]*\}) from "([^"]+)";$/gm, (_, names: string, from: string) => {
      const values = names.replace(/type \w+,?/g, "");
      return `const ${values} = modules["${from}"];`;
    });
    const script = ts.transpile(`exports.run = async (modules: any, console: any) => {\n${body}\n}`, {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.CommonJS,
    });
    const exported: { run?: (modules: unknown, console: unknown) => Promise<void> } = {};
    new Function("exports", script)(exported);
    const printed: string[] = [];
    await exported.run?.(modules, { log: (...parts: unknown[]) => printed.push(parts.join(" ")) });
    await tests.run();
    expect(printed).toEqual([...program.matchAll(/\/\/ → (.*)$/gm)].map(([, text]) => text));
  });
});
