import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { encodeDescriptor } from "./encode-descriptor.js";
import { parseProtobuf } from "./parse-protobuf.js";
import { printProtobuf } from "./print-protobuf.js";

const fixture = (name: string) => readFileSync(new URL(`./fixtures/${name}`, import.meta.url), "utf8");
const references = [{ name: "options.proto", schema: fixture("options.proto") }];

// The descriptors are protoc's (36.2), named as Confluent's registry names them, without the JSON names that no text gave.
describe.each(["options", "proto2", "proto3", "edition2023"])("the descriptor of %s.proto", (name) => {
  const schema = parseProtobuf(fixture(`${name}.proto`), references);
  const descriptor = fixture(`${name}.protoc.base64`);

  it("is protoc's, byte for byte", () => {
    expect(encodeDescriptor(schema).toString("base64")).toBe(descriptor.replaceAll("\n", ""));
  });

  it("is read as what it was made from", () => {
    const read = parseProtobuf(descriptor, references);
    expect(printProtobuf(read, { normalized: true })).toBe(printProtobuf(schema, { normalized: true }));
  });

  it.each([{ normalized: false }, { normalized: true }])("is that of its printed text ($normalized)", (options) => {
    const printed = printProtobuf(schema, options);
    const again = parseProtobuf(printed, references);
    expect(printProtobuf(again, options)).toBe(printed);
    expect(printProtobuf(again, { normalized: true })).toBe(printProtobuf(schema, { normalized: true }));
  });
});
