import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ByteReader } from "../bytes/reader.js";
import { decodeResponse, encodeRequest, encodeResponse, readRequestHeader } from "../frames/header.js";
import type { Api } from "../schema/api.js";
import { apis } from "./apis.js";

// Frames taken from the wire between Apache Kafka 4.3 and the client each is named after, without their length prefixes.
const fixtures = new URL("./fixtures/", import.meta.url);
const byKebabName = new Map<string, Api>(
  Object.entries(apis).map(([name, api]) => [name.replace(/(?<=[a-z])(?=[A-Z])/g, "-").toLowerCase(), api]),
);

const names = readdirSync(fixtures)
  .filter((name) => name.endsWith(".hex"))
  .map((name) => name.slice(0, -".hex".length));

function frameOf(name: string): { api: Api; version: number; direction: string; frame: Buffer; value: unknown } {
  const [, kebab = "", version, direction = ""] = /^(.+)-v(\d+)\.(request|response)\./.exec(name) ?? [];
  const api = byKebabName.get(kebab);
  if (api === undefined) throw new Error(`no API is named ${kebab}`);
  const text = (extension: string): string => readFileSync(new URL(`${name}.${extension}`, fixtures), "utf8");
  const value: unknown = JSON.parse(text("json"), (_, part) => withBuffers(part));
  return { api, version: Number(version), direction, frame: Buffer.from(text("hex").trim(), "hex"), value };
}

const withBuffers = (part: unknown): unknown =>
  part !== null && typeof part === "object" && "hex" in part ? Buffer.from(String(part.hex), "hex") : part;

describe("frames from the wire", () => {
  it.each(names)("%s reads as what it says, and is written the same", (name) => {
    const { api, version, direction, frame, value } = frameOf(name);
    if (direction === "request") {
      const reader = new ByteReader(frame);
      const header = readRequestHeader(reader, api.request.isFlexible(version));
      const body = api.request.read(reader, version);
      expect({ header, body }).toEqual(value);
      expect(reader.remaining).toBe(0);
      expect(Buffer.concat(encodeRequest(api, version, header, body)).subarray(4)).toEqual(frame);
    } else {
      const correlationId = frame.readInt32BE(0);
      const body = decodeResponse(api, version, frame);
      expect({ correlationId, body }).toEqual(value);
      expect(Buffer.concat(encodeResponse(api, version, correlationId, body)).subarray(4)).toEqual(frame);
    }
  });
});
