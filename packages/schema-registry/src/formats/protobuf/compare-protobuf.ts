import { type ComparedSchemas, compareFieldTypes, type FieldSide } from "./compare-field-types.js";
import { localNameOf, type MessageDefinition } from "./definitions.js";
import { isMapEntry, type ProtoEnum, type ProtoField, type ProtoMessage } from "./proto-file.js";
import type { ProtobufDifference, ProtobufDifferenceType } from "./protobuf-difference.js";
import { protobufDifference } from "./protobuf-difference.js";
import type { ProtobufSchema } from "./protobuf-schema.js";

/**
 * What changed from the schema that values were written with to the one they are read with: every difference once, with whether
 * it does harm. Fields are known by their numbers.
 *
 * @see The rules of Confluent's registry for Protobuf, under its names and paths.
 */
export function compareProtobuf(reader: ProtobufSchema, writer: ProtobufSchema): readonly ProtobufDifference[] {
  return new Comparison(reader, writer).differences();
}

/** The messages and enums that stand side by side. */
interface Siblings {
  readonly messages: readonly ProtoMessage[];
  readonly enums: readonly ProtoEnum[];
}

/** An imported message that both sides use, in two versions. */
interface ImportedPair {
  readonly found: ProtobufDifference[];
  /** The fields that have it as their type, in which pair they stand, and where. */
  readonly usedBy: {
    readonly pair: ImportedPair | undefined;
    readonly path: readonly string[];
    readonly name: string;
  }[];
  isCompatible: boolean;
}

class Comparison implements ComparedSchemas {
  readonly reader: ProtobufSchema;
  readonly writer: ProtobufSchema;
  readonly #local: ProtobufDifference[] = [];
  // Each pair is compared once, however often and in whatever circle its messages refer to each other.
  readonly #pairs = new Map<MessageDefinition, Map<MessageDefinition, ImportedPair>>();
  readonly #waiting: (() => void)[] = [];
  #current: ImportedPair | undefined;

  constructor(reader: ProtobufSchema, writer: ProtobufSchema) {
    this.reader = reader;
    this.writer = writer;
  }

  differences(): readonly ProtobufDifference[] {
    const { reader, writer } = this;
    if (reader.file.package !== writer.file.package) {
      this.add("PACKAGE_CHANGED", [], `the package was "${writer.file.package}" and is "${reader.file.package}"`);
    }
    this.#siblings(reader.file, writer.file, []);
    for (let compare = this.#waiting.pop(); compare !== undefined; compare = this.#waiting.pop()) compare();
    const pairs = [...this.#pairs.values()].flatMap((byWriter) => [...byWriter.values()]);
    this.#spread(pairs);
    return withoutRepetition([...this.#local, ...pairs.flatMap(({ found }) => found)]);
  }

  add(type: ProtobufDifferenceType, path: readonly string[], message: string): void {
    (this.#current?.found ?? this.#local).push(protobufDifference(type, path, message));
  }

  /** A field has an imported message as its type, on both sides, and the files may differ. */
  compareImported(reader: MessageDefinition, writer: MessageDefinition, path: readonly string[]): void {
    const byWriter = this.#pairs.get(reader) ?? new Map<MessageDefinition, ImportedPair>();
    this.#pairs.set(reader, byWriter);
    const name = localNameOf(reader);
    let pair = byWriter.get(writer);
    if (pair === undefined) {
      const added: ImportedPair = { found: [], usedBy: [], isCompatible: true };
      pair = added;
      byWriter.set(writer, added);
      this.#waiting.push(() => {
        this.#current = added;
        this.#message(reader.message, writer.message, name.split("."));
        this.#current = undefined;
      });
    }
    pair.usedBy.push({ pair: this.#current, path, name });
  }

  /** A field whose type cannot be read cannot be read: what is found in an imported message is told where it is used, too. */
  #spread(pairs: readonly ImportedPair[]): void {
    const broken = pairs.filter(({ found }) => found.some(({ isCompatible }) => !isCompatible));
    for (const pair of broken) pair.isCompatible = false;
    for (let pair = broken.pop(); pair !== undefined; pair = broken.pop()) {
      for (const { pair: user, path, name } of pair.usedBy) {
        const message = `the imported message ${name} changed so that it cannot be read`;
        (user?.found ?? this.#local).push(protobufDifference("FIELD_NAMED_TYPE_CHANGED", path, message));
        if (user?.isCompatible !== true) continue;
        user.isCompatible = false;
        broken.push(user);
      }
    }
  }

  #siblings(reader: Siblings, writer: Siblings, path: readonly string[]): void {
    const [now, before] = [placesOf(reader.messages), placesOf(writer.messages)];
    for (const [name, old] of before) {
      const new_ = now.get(name);
      const at = [...path, name];
      if (new_ === undefined) {
        if (!isMapEntry(old.one)) this.add("MESSAGE_REMOVED", at, `message ${at.join(".")} is gone`);
        continue;
      }
      this.#message(new_.one, old.one, at);
      if (new_.index !== old.index) {
        this.add("MESSAGE_MOVED", at, `message ${at.join(".")} was number ${old.index} and is ${new_.index}`);
      }
    }
    for (const [name, { one }] of now) {
      if (before.has(name) || isMapEntry(one)) continue;
      this.add("MESSAGE_ADDED", [...path, name], `message ${[...path, name].join(".")} is new`);
    }
    this.#enums(reader.enums, writer.enums, path);
  }

  #enums(reader: readonly ProtoEnum[], writer: readonly ProtoEnum[], path: readonly string[]): void {
    const [now, before] = [placesOf(reader), placesOf(writer)];
    for (const [name, { one: old }] of before) {
      const at = [...path, name];
      const new_ = now.get(name)?.one;
      if (new_ === undefined) this.add("ENUM_REMOVED", at, `enum ${at.join(".")} is gone`);
      else this.#values(new_, old, at);
    }
    for (const name of now.keys()) {
      if (!before.has(name)) this.add("ENUM_ADDED", [...path, name], `enum ${[...path, name].join(".")} is new`);
    }
  }

  #values(reader: ProtoEnum, writer: ProtoEnum, path: readonly string[]): void {
    const [now, before] = [reader, writer].map(
      ({ values }) => new Map(values.map(({ name, number }) => [number, name])),
    ) as [Map<number, string>, Map<number, string>];
    const name = path.join(".");
    for (const [number, old] of before) {
      const at = [...path, String(number)];
      const new_ = now.get(number);
      if (new_ === undefined) this.add("ENUM_CONST_REMOVED", at, `value ${old} of ${name} is gone`);
      else if (new_ !== old) this.add("ENUM_CONST_CHANGED", at, `value ${number} of ${name} was ${old} and is ${new_}`);
    }
    for (const [number, added] of now) {
      if (!before.has(number))
        this.add("ENUM_CONST_ADDED", [...path, String(number)], `value ${added} of ${name} is new`);
    }
  }

  #message(reader: ProtoMessage, writer: ProtoMessage, path: readonly string[]): void {
    const now = new Map(reader.fields.map((field) => [field.number, field]));
    const before = new Map(writer.fields.map((field) => [field.number, field]));
    this.#exclusions(reader, before, path);
    this.#oneofs(reader, writer, path);
    // Of a oneof that went with all its members nothing is left that a reader could take for something else.
    const alive = new Set(reader.oneofs.map(({ name }) => name));
    for (const { oneof, number } of writer.fields) if (oneof !== undefined && now.has(number)) alive.add(oneof);
    for (const number of [...new Set([...before.keys(), ...now.keys()])].sort((a, b) => a - b)) {
      const [new_, old] = [now.get(number), before.get(number)];
      if (old === undefined) this.#added(new_ as ProtoField, path);
      else if (new_ === undefined) this.#removed(old, path, alive);
      else this.#field(new_, old, path);
    }
    this.#siblings(reader, writer, path);
  }

  /** Fields that could be set together, and now exclude each other. */
  #exclusions(reader: ProtoMessage, before: ReadonlyMap<number, ProtoField>, path: readonly string[]): void {
    for (const { name } of reader.oneofs) {
      const known = reader.fields.flatMap(({ oneof, number }) => (oneof === name ? (before.get(number) ?? []) : []));
      const groups = new Set(known.map(({ oneof, number }) => oneof ?? number));
      if (groups.size <= 1) continue;
      const free = known.filter(({ oneof }) => oneof === undefined);
      const names = known.map((field) => field.name).join(", ");
      if (free.length > 1) {
        this.add("MULTIPLE_FIELDS_MOVED_TO_ONEOF", [...path, name], `${names} now exclude each other in oneof ${name}`);
      } else {
        this.add("FIELD_MOVED_TO_EXISTING_ONEOF", [...path, name], `${names} now exclude each other in oneof ${name}`);
      }
    }
  }

  #oneofs(reader: ProtoMessage, writer: ProtoMessage, path: readonly string[]): void {
    const now = new Set(reader.oneofs.map(({ name }) => name));
    const before = new Set(writer.oneofs.map(({ name }) => name));
    for (const name of before) if (!now.has(name)) this.add("ONEOF_REMOVED", [...path, name], `oneof ${name} is gone`);
    for (const name of now) if (!before.has(name)) this.add("ONEOF_ADDED", [...path, name], `oneof ${name} is new`);
  }

  #added({ label, name, number, oneof }: ProtoField, path: readonly string[]): void {
    const at = placeOf(path, oneof, number);
    if (oneof !== undefined) this.add("ONEOF_FIELD_ADDED", at, `field ${name} of oneof ${oneof} is new`);
    else if (label === "required") {
      this.add("REQUIRED_FIELD_ADDED", at, `field ${name} is required, and what was written before does not have it`);
    } else this.add("FIELD_ADDED", at, `field ${name} is new`);
  }

  #removed({ label, name, number, oneof }: ProtoField, path: readonly string[], alive: ReadonlySet<string>): void {
    const at = placeOf(path, oneof, number);
    if (oneof === undefined) {
      const type = label === "required" ? "REQUIRED_FIELD_REMOVED" : "FIELD_REMOVED";
      this.add(type, at, `field ${name}${label === "required" ? ", which was required," : ""} is gone`);
    } else if (alive.has(oneof)) {
      this.add(
        "ONEOF_FIELD_REMOVED",
        at,
        `field ${name} is gone from what was oneof ${oneof}: where it was set, nothing is`,
      );
    }
  }

  #field(reader: ProtoField, writer: ProtoField, path: readonly string[]): void {
    const at = placeOf(path, reader.oneof, reader.number);
    if (writer.oneof !== undefined && reader.oneof === undefined) {
      const message = `field ${reader.name} was in oneof ${writer.oneof} and is in none`;
      this.add("ONEOF_FIELD_MOVED_TO_TOP_LEVEL", at, message);
    }
    if (reader.name !== writer.name) {
      this.add("FIELD_NAME_CHANGED", at, `field ${reader.number} was ${writer.name} and is ${reader.name}`);
    }
    const side = ({ label, name, type }: ProtoField): FieldSide => ({ label, name, type });
    compareFieldTypes(this, side(reader), side(writer), at);
  }
}

const placeOf = (path: readonly string[], oneof: string | undefined, number: number): readonly string[] =>
  oneof === undefined ? [...path, String(number)] : [...path, oneof, String(number)];

/** By name, with the place among its siblings. */
const placesOf = <T extends { readonly name: string }>(all: readonly T[]) =>
  new Map(all.map((one, index) => [one.name, { one, index }]));

function withoutRepetition(differences: readonly ProtobufDifference[]): readonly ProtobufDifference[] {
  const seen = new Set<string>();
  return differences.filter(({ type, path }) => {
    const key = `${type} ${path}`;
    return !seen.has(key) && seen.add(key);
  });
}
