import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import * as protocol from "./index.js";

describe("the README", () => {
  it("begins with a program that runs as pasted", () => {
    const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
    const [, program = ""] = /```ts\n(.*?)```/s.exec(readme) ?? [];
    // The program's types are all inferred, so it is JavaScript as it stands, once its import is a parameter.
    const body = program.replace(/^import (\{[^}]*\}) from "@ottla\/protocol";/, "const $1 = protocol;");
    const printed: unknown[][] = [];
    new Function("protocol", "console", body)(protocol, { log: (...line: unknown[]) => printed.push(line) });
    expect(printed).toEqual([[0, "o-1", "paid"], [49, "bytes"], ["REBALANCE_IN_PROGRESS"]]);
  });
});
