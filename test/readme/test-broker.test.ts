import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import * as broker from "@ottla/broker";
import * as client from "@ottla/client";
import * as testing from "@ottla/testing";
import * as kafkajs from "kafkajs";
import { describe, expect, it } from "vitest";
import { programsIn, readDocument, runProgram } from "../kit/run-program.js";

const recipes = readDocument("docs/test-broker.md")
  .split(/^## /m)
  .slice(1)
  .map((section) => ({ title: section.split("\n", 1)[0] ?? "", program: programsIn(section)[0] ?? "" }));

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
    const printed = await runProgram(program, modules);
    await tests.run();
    const expected = [...program.matchAll(/\/\/ → (.*)$/gm)].map(([, text]) => text);
    expect(printed.map((parts) => parts.join(" "))).toEqual(expected);
  });
});
