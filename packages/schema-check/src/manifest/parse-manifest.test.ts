import { describe, expect, it } from "vitest";
import { parseManifest } from "./parse-manifest.js";
import { includesLevel, includesPolicy } from "./strictness.js";

const parse = (manifest: unknown) => parseManifest(JSON.stringify(manifest), "ottla.schemas.json");
const waiver = { subject: "a", difference: "D", reason: "r", approver: "b", expires: "2026-12-31" };

describe("a manifest", () => {
  it("fills in defaults, and the format by the file's ending", () => {
    const { subjects } = parse({
      defaults: { compatibility: "FULL", owner: "shop" },
      subjects: { a: { file: "./schemas/a.proto" }, b: { file: "b.json", policy: "LENIENT", owner: "ops" } },
    });
    expect([...subjects.values()]).toMatchObject([
      { subject: "a", file: "schemas/a.proto", format: "PROTOBUF", level: "FULL", policy: "STRICT", owner: "shop" },
      { subject: "b", format: "JSON", level: "FULL", policy: "LENIENT", owner: "ops" },
    ]);
  });

  it.each([
    ["[]", "/ must be an object"],
    ["{", "not JSON"],
    ['{"subject":{}}', "/subject is not known"],
    ['{"subjects":{"a":{}}}', "/subjects/a/file is missing"],
    ['{"subjects":{"a":{"file":"/etc/a.avsc"}}}', "not a path relative to the manifest"],
    ['{"subjects":{"a":{"file":"a.txt"}}}', "/subjects/a/schemaType is none of AVRO, PROTOBUF, JSON"],
    ['{"subjects":{"a/b":{"file":"a.avsc","compatibility":"SOME"}}}', '/subjects/a~1b/compatibility "SOME" is none of'],
    ['{"subjects":{"a":{"file":"a.avsc","references":{"B":"b"}}}}', 'subject "b" is not declared'],
    [
      '{"subjects":{"a":{"file":"a.avsc","references":{"B":"b"}},"b":{"file":"b.avsc","references":{"A":"a"}}}}',
      "lead back to themselves: a → b → a",
    ],
    [JSON.stringify({ waivers: [{ ...waiver, approver: " " }] }), "/waivers/0/approver is missing"],
    [JSON.stringify({ waivers: [{ ...waiver, expires: "2026-13-01" }] }), "/waivers/0/expires"],
    [JSON.stringify({ waivers: [{ ...waiver, until: "x" }] }), "/waivers/0/until is not known"],
  ])("refuses %s with the place", (text, message) => {
    expect(() => parseManifest(text, "ottla.schemas.json")).toThrow(message);
  });
});

describe("strictness", () => {
  it.each([
    ["BACKWARD", "BACKWARD", true],
    ["FULL", "BACKWARD", true],
    ["FULL", "FORWARD", true],
    ["FULL", "BACKWARD_TRANSITIVE", false],
    ["FULL_TRANSITIVE", "FORWARD_TRANSITIVE", true],
    ["BACKWARD_TRANSITIVE", "BACKWARD", true],
    ["BACKWARD", "FORWARD", false],
    ["BACKWARD", "NONE", true],
    ["NONE", "BACKWARD", false],
  ] as const)("%s asks for all that %s asks for: %s", (level, other, includes) => {
    expect(includesLevel(level, other)).toBe(includes);
  });

  it("lets only STRICT stand for any policy", () => {
    expect(includesPolicy("STRICT", "LENIENT")).toBe(true);
    expect(includesPolicy("LENIENT", "STRICT")).toBe(false);
    expect(includesPolicy("LENIENT", "LENIENT")).toBe(true);
  });
});
