import type { NamedSchema } from "../schema-format.js";
import { checkNumbers } from "./check-numbers.js";
import { decodeDescriptor, type PendingOptions } from "./decode-descriptor.js";
import { OptionDecoder } from "./decode-options.js";
import { parseProtoFile } from "./parse-proto-file.js";
import type { ProtoFile } from "./proto-file.js";
import { invalid, ProtobufSchema } from "./protobuf-schema.js";
import { wellKnownFile } from "./well-known/index.js";

// A chain of imports longer than this would run a recursive reader out of stack.
const longestChain = 1000;
// Every declaration of a text needs something else.
const noBase64 = /[^A-Za-z0-9+/=\s]/;

/**
 * Reads a Protobuf schema and all it imports: proto2, proto3 or edition 2023, or a FileDescriptorProto in base64, which is what
 * Confluent's Protobuf serializers register.
 *
 * @param references - What it imports, directly or not, under the paths it is imported by. The well-known files of
 *   `google/protobuf`, `google/type` and `confluent` need not be among them.
 * @throws {@link InvalidSchemaError} with the place, and what is wrong or was expected there.
 */
export function parseProtobuf(text: string, references: readonly NamedSchema[] = []): ProtobufSchema {
  const schema = readProtobuf(text, references);
  for (const one of [...schema.imports, schema.file]) if (wellKnownFile(one.path) !== one) checkNumbers(schema, one);
  return schema;
}

/** As {@link parseProtobuf}, for what is registered already: other registries take numbers that stand twice or are reserved. */
export function readProtobuf(text: string, references: readonly NamedSchema[]): ProtobufSchema {
  const loader = new Loader(new Map(references.map(({ name, schema }) => [name, schema])));
  const file = loader.load(text, "", 0);
  const schema = new ProtobufSchema(file, loader.imports);
  if (loader.pending.length > 0) readOptions(schema, loader.pending, file);
  return schema;
}

/** The file alone, as {@link parseProtobuf} reads it: what it imports is not looked for, nor what its names stand for. */
export const readProtoFile = (text: string): ProtoFile => new Loader(new Map()).read(text, "");

class Loader {
  /** Each after what it imports itself. */
  readonly imports: ProtoFile[] = [];
  readonly pending: PendingOptions[] = [];
  readonly #references: ReadonlyMap<string, string>;
  readonly #loaded = new Set<string>();
  readonly #loading = new Set<string>();

  constructor(references: ReadonlyMap<string, string>) {
    this.#references = references;
  }

  load(text: string, path: string, depth: number): ProtoFile {
    const file = this.read(text, path);
    this.#imports(file, depth);
    return file;
  }

  read(text: string, path: string): ProtoFile {
    if (text.length < 4 || noBase64.test(text)) return parseProtoFile(text, path);
    const { file, pending } = decodeDescriptor(Buffer.from(text, "base64"), path);
    for (const options of pending) this.pending.push(options);
    return file;
  }

  #imports(file: ProtoFile, depth: number): void {
    for (const { at, path } of file.imports) {
      if (this.#loading.has(path)) {
        invalid(file, at, `the imports are a circle: ${[...this.#loading, path].slice(-20).join(" imports ")}`);
      }
      if (this.#loaded.has(path)) continue;
      if (depth > longestChain) invalid(file, at, `a chain of more than ${longestChain} imports`);
      this.#loading.add(path);
      this.imports.push(this.#import(file, at, path, depth));
      this.#loading.delete(path);
      this.#loaded.add(path);
    }
  }

  #import(file: ProtoFile, at: number, path: string, depth: number): ProtoFile {
    const text = this.#references.get(path);
    if (text !== undefined) return this.load(text, path, depth + 1);
    const known = wellKnownFile(path);
    if (known === undefined) return invalid(file, at, `there is no reference named ${JSON.stringify(path)}`);
    this.#imports(known, depth + 1);
    return known;
  }
}

function readOptions(schema: ProtobufSchema, pending: readonly PendingOptions[], file: ProtoFile): void {
  const decoder = new OptionDecoder(schema);
  for (const { into, bytes, name } of pending) {
    try {
      const written = into.splice(0);
      for (const option of [...decoder.options(bytes, name), ...written]) into.push(option);
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause;
      invalid(file, 0, `its ${name} cannot be read: ${cause.message}`);
    }
  }
}
