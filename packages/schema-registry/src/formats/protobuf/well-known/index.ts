import { parseProtoFile } from "../parse-proto-file.js";
import type { ProtoFile } from "../proto-file.js";
import { confluentFiles } from "./confluent.js";
import { descriptorFile } from "./descriptor.js";
import { googleProtobufFiles } from "./google-protobuf.js";
import { googleTypeFiles } from "./google-type.js";

const texts: Readonly<Record<string, string>> = {
  ...googleProtobufFiles,
  "google/protobuf/descriptor.proto": descriptorFile,
  ...googleTypeFiles,
  ...confluentFiles,
};
const files = new Map<string, ProtoFile>();

/** A file that every registry knows, so that it is imported without a reference. */
export function wellKnownFile(path: string): ProtoFile | undefined {
  const text = Object.hasOwn(texts, path) ? texts[path] : undefined;
  if (text === undefined) return undefined;
  const file = files.get(path) ?? parseProtoFile(text, path);
  files.set(path, file);
  return file;
}
