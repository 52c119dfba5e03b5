import { Readable } from "node:stream";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keyAt, linesOf, parseLine } from "./ndjson.js";

const read = async (chunks: readonly Buffer[], maxLineBytes = 1_000_000): Promise<string[]> => {
  const lines: string[] = [];
  for await (const line of linesOf(Readable.from(chunks), maxLineBytes)) lines.push(`${line.number}:${line.bytes}`);
  return lines;
};

describe("linesOf", () => {
  it("keeps the numbers of lines where empty ones are skipped", async () => {
    expect(await read([Buffer.from("a\n\nb\r\nc")])).toEqual(["1:a", "3:b", "4:c"]);
  });

  it("does not depend on how the stream was cut", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ minLength: 1 }).filter((text) => !/[\r\n]/.test(text))),
        fc.integer({ min: 1, max: 7 }),
        async (texts, size) => {
          const whole = Buffer.from(texts.map((text) => `${text}\n`).join(""));
          const chunks: Buffer[] = [];
          for (let at = 0; at < whole.length; at += size) chunks.push(whole.subarray(at, at + size));
          expect(await read(chunks)).toEqual(texts.map((text, index) => `${index + 1}:${text}`));
        },
      ),
    );
  });

  it("refuses a line without end", async () => {
    await expect(read([Buffer.alloc(50, "x"), Buffer.alloc(60, "x")], 100)).rejects.toThrow(
      "line 1 has more than 100 bytes",
    );
  });
});

describe("keyAt", () => {
  it.each([
    { title: "text as it is", document: { path: "" }, path: "path", key: "" },
    { title: "a number as JSON", document: { id: 7 }, path: "id", key: "7" },
    { title: "a nested field", document: { a: { b: "x" } }, path: "a.b", key: "x" },
  ])("takes $title", ({ document, path, key }) => {
    expect(keyAt(document, path, 1)?.toString()).toBe(key);
  });

  it("takes null as no key, and names the line where the field is missing", () => {
    expect(keyAt({ id: null }, "id", 1)).toBeNull();
    expect(() => keyAt({}, "toString", 3)).toThrow('line 3 has no field "toString"');
  });
});

describe("parseLine", () => {
  it("names the line that is not JSON", () => {
    expect(() => parseLine({ number: 4, bytes: Buffer.from("{") })).toThrow("line 4 is not JSON");
  });
});
