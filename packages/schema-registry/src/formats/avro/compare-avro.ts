import type { Difference } from "../../compatibility/difference.js";
import type { AvroEnum, AvroField, AvroFixed, AvroRecord, AvroType } from "./avro-type.js";

export type AvroDifferenceType =
  | "FIXED_SIZE_MISMATCH"
  | "MISSING_ENUM_SYMBOLS"
  | "MISSING_UNION_BRANCH"
  | "NAME_MISMATCH"
  | "READER_FIELD_MISSING_DEFAULT_VALUE"
  | "TYPE_MISMATCH";

export interface AvroDifference extends Difference {
  readonly type: AvroDifferenceType;
}

/**
 * Everything that keeps a reader with schema `reader` from reading what was written with `writer`; nothing when it can.
 * All differences are collected. A named type that both sides use in several places is reported where it is met first.
 *
 * @see The Avro specification, «Schema Resolution», with the rules of Confluent's registry: namespaces alone do not matter.
 */
export function compareAvro(reader: AvroType, writer: AvroType): readonly AvroDifference[] {
  return new Comparison()
    .between(reader, writer)
    .map((found) => ({ ...found, path: found.path === "" ? "/" : found.path }));
}

const promotions: Readonly<Record<string, readonly string[]>> = {
  long: ["int"],
  float: ["int", "long"],
  double: ["int", "long", "float"],
  bytes: ["string"],
  string: ["bytes"],
};

const unqualified = (name: string): string => name.slice(name.lastIndexOf(".") + 1);
const labelOf = (type: AvroType): string => ("name" in type ? `${type.kind} "${type.name}"` : type.kind);

const below = (step: string, found: readonly AvroDifference[]): AvroDifference[] =>
  found.map((difference) => ({ ...difference, path: `/${step}${difference.path}` }));

class Comparison {
  // Pairs of named types met before. One still being compared counts as readable, which ends recursion; one that was found
  // wanting says so again with its first difference only, or schemas that share types would repeat themselves exponentially.
  readonly #known = new Map<AvroType, Map<AvroType, readonly AvroDifference[]>>();

  between(reader: AvroType, writer: AvroType): readonly AvroDifference[] {
    if (reader.kind !== "record" || writer.kind !== "record") return this.#compare(reader, writer);
    const known = this.#known.get(reader)?.get(writer);
    if (known !== undefined) return known;
    const byWriter = this.#known.get(reader) ?? new Map<AvroType, readonly AvroDifference[]>();
    this.#known.set(reader, byWriter.set(writer, []));
    const found = this.#compare(reader, writer);
    byWriter.set(writer, found.slice(0, 1));
    return found;
  }

  #compare(reader: AvroType, writer: AvroType): readonly AvroDifference[] {
    if (writer.kind === "union") {
      return reader.kind === "union"
        ? writer.branches.flatMap((branch, index) => below(String(index), this.#branchIn(reader.branches, branch)))
        : writer.branches.flatMap((branch) => this.between(reader, branch));
    }
    switch (reader.kind) {
      case "union":
        return this.#branchIn(reader.branches, writer);
      case "array":
        if (writer.kind === "array") return below("items", this.between(reader.items, writer.items));
        break;
      case "map":
        if (writer.kind === "map") return below("values", this.between(reader.values, writer.values));
        break;
      case "record":
        if (writer.kind === "record") return [...compareNames(reader, writer), ...this.#fields(reader, writer)];
        break;
      case "enum":
        if (writer.kind === "enum") return [...compareNames(reader, writer), ...compareSymbols(reader, writer)];
        break;
      case "fixed":
        if (writer.kind === "fixed") return [...compareNames(reader, writer), ...compareSizes(reader, writer)];
        break;
      default:
        if (reader.kind === writer.kind || promotions[reader.kind]?.includes(writer.kind)) return [];
    }
    return [{ type: "TYPE_MISMATCH", path: "", message: `${labelOf(reader)} cannot be read from ${labelOf(writer)}` }];
  }

  #branchIn(branches: readonly AvroType[], writer: AvroType): readonly AvroDifference[] {
    if (branches.some((branch) => this.between(branch, writer).length === 0)) return [];
    return [
      { type: "MISSING_UNION_BRANCH", path: "", message: `no branch of the reader's union takes ${labelOf(writer)}` },
    ];
  }

  #fields(reader: AvroRecord, writer: AvroRecord): AvroDifference[] {
    return reader.fields.flatMap((field, index) => {
      const source = sourceOf(field, writer);
      if (source !== undefined) return below(`fields/${index}/type`, this.between(field.type, source.type));
      if (field.hasDefault) return [];
      const message = `field "${field.name}" has no default, and records of ${labelOf(writer)} do not hold it`;
      return [{ type: "READER_FIELD_MISSING_DEFAULT_VALUE", path: `/fields/${index}`, message }];
    });
  }
}

const sourceOf = (field: AvroField, writer: AvroRecord): AvroField | undefined =>
  writer.fields.find(({ name }) => name === field.name) ??
  writer.fields.find(({ name }) => field.aliases.includes(name));

type NamedType = AvroRecord | AvroEnum | AvroFixed;

function compareNames(reader: NamedType, writer: NamedType): AvroDifference[] {
  if (unqualified(reader.name) === unqualified(writer.name) || reader.aliases.includes(writer.name)) return [];
  const message = `${labelOf(writer)} is called "${reader.name}" by the reader, without an alias`;
  return [{ type: "NAME_MISMATCH", path: "/name", message }];
}

function compareSymbols(reader: AvroEnum, writer: AvroEnum): AvroDifference[] {
  if (reader.hasDefault) return [];
  const missing = writer.symbols.filter((symbol) => !reader.symbols.includes(symbol));
  if (missing.length === 0) return [];
  const message = `${labelOf(reader)} lacks ${missing.map((symbol) => `"${symbol}"`).join(", ")} and has no default`;
  return [{ type: "MISSING_ENUM_SYMBOLS", path: "/symbols", message }];
}

function compareSizes(reader: AvroFixed, writer: AvroFixed): AvroDifference[] {
  if (reader.size === writer.size) return [];
  const message = `${labelOf(reader)} takes ${reader.size} bytes, the writer's ${writer.size}`;
  return [{ type: "FIXED_SIZE_MISMATCH", path: "/size", message }];
}
