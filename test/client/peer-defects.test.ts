import { existsSync } from "node:fs";
import { expect, it } from "vitest";
import { readDocument } from "../kit/run-program.js";

const named = /`((?:packages|test)\/[^`]+\.ts)`: "((?:[^"\\]|\\.)+)"/g;

it("every test that docs/peer-defects.md names is there", () => {
  const rows = readDocument("docs/peer-defects.md")
    .split("\n")
    .filter((line) => line.startsWith("| ") && !line.startsWith("| defect"));
  expect(rows.length).toBeGreaterThan(40);
  for (const row of rows) {
    const tests = [...row.matchAll(named)];
    expect(tests.length, row).toBeGreaterThan(0);
    for (const [, path = "", title = ""] of tests) {
      const text = existsSync(new URL(`../../${path}`, import.meta.url)) ? readDocument(path) : "";
      expect(text.includes(title), `${path}: ${title}`).toBe(true);
    }
  }
});
