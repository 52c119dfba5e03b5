import { parsedOnce } from "../parsed-once.js";
import type { SchemaFormat } from "../schema-format.js";
import { compareProtobuf } from "./compare-protobuf.js";
import { encodeDescriptor } from "./encode-descriptor.js";
import { parseProtobuf, readProtobuf } from "./parse-protobuf.js";
import { printProtobuf } from "./print-protobuf.js";
import { protobufTags, tagProtobuf } from "./tag-protobuf.js";

const parsed = parsedOnce(({ schema, references }) => readProtobuf(schema, references));

/** Protobuf. */
export const protobufFormat: SchemaFormat = {
  canonical: (text) => printProtobuf(parsed(text)),
  normalized: (text) => printProtobuf(parsed(text), { normalized: true }),
  formatted(text, format) {
    if (format === "serialized") return encodeDescriptor(parsed(text)).toString("base64");
    return format === "ignore_extensions" ? printProtobuf(parsed(text), { ignoreExtensions: true }) : undefined;
  },
  validate({ schema, references }) {
    parseProtobuf(schema, references);
  },
  topLevelFields: (text) => parsed(text).file.messages.flatMap(({ fields }) => fields.map(({ name }) => name)),
  tags: (text) => protobufTags(parsed(text).file),
  tagged: (text, add, remove) => printProtobuf(tagProtobuf(parsed(text), add, remove)),
  compare: (reader, writer) => compareProtobuf(parsed(reader), parsed(writer)).filter((found) => !found.isCompatible),
};
