import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { type CompatibilityLevel, checkCompatibility } from "../../compatibility/level.js";
import type { NamedSchema } from "../schema-format.js";
import { compareProtobuf } from "./compare-protobuf.js";
import { parseProtobuf } from "./parse-protobuf.js";
import type { ProtobufSchema } from "./protobuf-schema.js";

interface Entry {
  readonly schema: string;
  readonly references?: readonly NamedSchema[];
}

interface Case {
  readonly id: string;
  readonly mode: CompatibilityLevel;
  readonly old: readonly Entry[];
  readonly new: Entry;
  readonly expectedCompatible: boolean;
  readonly expectedDifferences?: readonly { readonly type: string; readonly path: string }[];
  readonly differencesComplete?: boolean;
  readonly normative: boolean;
}

const file = fileURLToPath(new URL("../../../../../../shared/schema-compat/protobuf.json", import.meta.url));
const cases: readonly Case[] = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : [];
const parse = ({ schema, references }: Entry) => parseProtobuf(schema, references);
const incompatible = (reader: ProtobufSchema, writer: ProtobufSchema) =>
  compareProtobuf(reader, writer).filter(({ isCompatible }) => !isCompatible);
const seen = (reader: ProtobufSchema, writer: ProtobufSchema) =>
  compareProtobuf(reader, writer).map(({ type, path }) => ({ type, path }));
const inOrder = (differences: Case["expectedDifferences"] = []) =>
  differences.map(({ type, path }) => `${path} ${type}`).sort();

describe.skipIf(cases.length === 0)(
  "Confluent's verdicts on Protobuf (shared cases; skipped where that folder is absent)",
  () => {
    it.each(cases.filter(({ normative }) => normative))("$id", (one) => {
      const found = checkCompatibility(one.mode, parse(one.new), one.old.map(parse), incompatible);
      expect(found.length === 0).toBe(one.expectedCompatible);
      const [old] = one.old;
      if (one.expectedDifferences === undefined || old === undefined) return;
      const differences = seen(parse(one.new), parse(old));
      if (one.differencesComplete) expect(inOrder(differences)).toEqual(inOrder(one.expectedDifferences));
      else expect(differences).toEqual(expect.arrayContaining([...one.expectedDifferences]));
    });
  },
);

describe("compareProtobuf", () => {
  const proto2 = (body: string) => parseProtobuf(`syntax = "proto2";\n${body}`);
  const proto3 = (body: string, references: readonly NamedSchema[] = []) =>
    parseProtobuf(`syntax = "proto3";\n${body}`, references);
  const changes = (reader: ProtobufSchema, writer: ProtobufSchema) =>
    seen(reader, writer).map(({ type, path }) => `${type} ${path}`);

  it.each([
    {
      title: "an enum's values",
      old: "enum E { A = 0; B = 1; C = 2; }",
      new: "enum E { A = 0; X = 1; D = 3; }",
      found: ["ENUM_CONST_CHANGED #/E/1", "ENUM_CONST_REMOVED #/E/2", "ENUM_CONST_ADDED #/E/3"],
    },
    {
      title: "a map's values",
      old: "message A { map<string, int32> a = 1; }",
      new: "message A { map<string, string> a = 1; }",
      found: ["FIELD_SCALAR_KIND_CHANGED #/A/1"],
    },
    {
      title: "a field that is a map no more",
      old: "message A { map<string, int32> a = 1; }",
      new: "message A { repeated int32 a = 1; }",
      found: ["FIELD_KIND_CHANGED #/A/1"],
    },
    {
      title: "an enum instead of a number",
      old: "message A { int32 a = 1; } enum E { X = 0; }",
      new: "message A { E a = 1; } enum E { X = 0; }",
      found: [],
    },
    {
      title: "labels, where both sides write one",
      old: "message A { optional int32 a = 1; optional string b = 2; int32 c = 3; }",
      new: "message A { repeated int32 a = 1; repeated string b = 2; repeated int32 c = 3; }",
      found: ["FIELD_NUMERIC_LABEL_CHANGED #/A/1", "FIELD_STRING_OR_BYTES_LABEL_CHANGED #/A/2"],
    },
    {
      title: "fields that were free, and exclude each other now",
      old: "message A { int32 a = 1; int32 b = 2; }",
      new: "message A { oneof o { int32 a = 1; int32 b = 2; } }",
      found: ["MULTIPLE_FIELDS_MOVED_TO_ONEOF #/A/o", "ONEOF_ADDED #/A/o"],
    },
    {
      title: "fields of a oneof",
      old: "message A { oneof o { int32 a = 1; int32 b = 2; } }",
      new: "message A { oneof o { int32 a = 1; int32 c = 3; } }",
      found: ["ONEOF_FIELD_REMOVED #/A/o/2", "ONEOF_FIELD_ADDED #/A/o/3"],
    },
  ])("finds $title", ({ old, new: new_, found }) => {
    expect(changes(proto3(new_), proto3(old)).sort()).toEqual([...found].sort());
  });

  it("finds a group that is another, or none any more", () => {
    const old = proto2("message A { repeated group B = 1 { optional int32 x = 1; } optional group C = 2 {} }");
    const now = proto2("message A { repeated group D = 1 { optional int32 x = 1; } optional C c = 2; message C {} }");
    expect(changes(now, old)).toEqual([
      "FIELD_NAME_CHANGED #/A/1",
      "FIELD_NAMED_TYPE_CHANGED #/A/1",
      "FIELD_KIND_CHANGED #/A/2",
      "MESSAGE_ADDED #/A/C",
    ]);
  });

  it("says where an import is used that cannot be read any more, however far away it broke", () => {
    const importing = (leaf: string) => {
      const references = [
        { name: "leaf.proto", schema: `syntax = "proto3"; message Leaf { ${leaf} l = 1; }` },
        {
          name: "mid.proto",
          schema: 'syntax = "proto3"; import "leaf.proto"; message Mid { Leaf leaf = 1; Mid mid = 2; }',
        },
      ];
      return proto3('import "mid.proto"; message A { Mid mid = 1; int32 other = 2; }', references);
    };
    expect(changes(importing("int32"), importing("string"))).toEqual([
      "FIELD_NAMED_TYPE_CHANGED #/A/1",
      "FIELD_NAMED_TYPE_CHANGED #/Mid/1",
      "FIELD_NAMED_TYPE_CHANGED #/Mid/2",
      "FIELD_SCALAR_KIND_CHANGED #/Leaf/1",
    ]);
    expect(changes(importing("int32"), importing("int64"))).toEqual([]);
  });

  it("compares 12 types that all refer to each other, in an import, within a second", () => {
    const names = Array.from({ length: 12 }, (_, index) => `T${index}`);
    const mutual = (leaf: string) => {
      const fields = names.map((name, index) => `${name} f${index} = ${index + 1};`).join(" ");
      const schema = names.map((name) => `message ${name} { ${fields} ${leaf} leaf = 100; }`).join("\n");
      return proto3('import "t.proto"; message A { T0 t = 1; }', [
        { name: "t.proto", schema: `syntax = "proto3";\n${schema}` },
      ]);
    };
    const [reader, writer] = [mutual("int32"), mutual("string")];
    const start = performance.now();
    const found = compareProtobuf(reader, writer);
    expect(performance.now() - start).toBeLessThan(1000);
    // Each leaf, and each of the fields whose type holds one.
    expect(found).toHaveLength(12 + 12 * 12 + 1);
  });
});
