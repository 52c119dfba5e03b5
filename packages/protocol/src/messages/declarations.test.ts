import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { protocolErrors } from "../errors/protocol-errors.js";
import { defaultOf, zeroUuid } from "../schema/defaults.js";
import type { Field, Fields, FieldType } from "../schema/field.js";
import type { Message } from "../schema/message.js";
import { includes, parseVersionRange, type VersionRangeText } from "../schema/version-range.js";
import { apis } from "./apis.js";

// Kafka's own descriptions of its messages, which stand beside the repository where this is developed.
const facts = new URL("../../../../../shared/kafka-protocol/", import.meta.url);
const areFactsHere = existsSync(facts);
const readFacts = (path: string): unknown => JSON.parse(readFileSync(new URL(path, facts), "utf8"));

interface FieldFacts {
  readonly name: string;
  readonly type: string;
  readonly versions?: VersionRangeText;
  readonly nullableVersions?: VersionRangeText;
  readonly taggedVersions?: VersionRangeText;
  readonly flexibleVersions?: VersionRangeText;
  readonly tag?: number;
  readonly ignorable?: boolean;
  readonly default?: string | number | boolean;
  readonly fields?: readonly FieldFacts[];
}
interface MessageFacts {
  readonly apiKey: number;
  readonly name: string;
  readonly validVersions: VersionRangeText;
  readonly flexibleVersions: VersionRangeText;
  readonly fields: readonly FieldFacts[];
  readonly commonStructs?: readonly { readonly name: string; readonly fields: readonly FieldFacts[] }[];
}
interface ApiFacts {
  readonly key: number;
  readonly byRelease: Readonly<Record<string, string | undefined>>;
}

/** One field in one version, told the same way by a declaration of ours and by Kafka's description. */
interface Told {
  readonly name: string;
  readonly type: string;
  readonly isNullable: boolean;
  readonly tag: number | undefined;
  readonly default: unknown;
  readonly isIgnorable: boolean;
  readonly isFlexible: boolean;
  readonly fields: readonly Told[] | undefined;
}

const isIn = (range: VersionRangeText | undefined, version: number): boolean =>
  range !== undefined && includes(parseVersionRange(range), version);

function fieldsOf(type: FieldType): Fields | undefined {
  if (type.kind === "array") return fieldsOf(type.of);
  return type.kind === "struct" ? type.fields : undefined;
}
const typeName = (type: FieldType): string => (type.kind === "array" ? `[]${typeName(type.of)}` : type.kind);

function toldByUs(fields: Fields, version: number): Told[] {
  return Object.entries(fields).flatMap(([name, field]) => {
    const { versions, tagged, tag, nullable, ignorable, flexible } = field.options;
    if (!isIn(versions ?? tagged ?? "0+", version)) return [];
    const inner = fieldsOf(field.type);
    const isTagged = isIn(tagged, version);
    const told: Told = {
      name,
      type: typeName(field.type),
      isNullable: isIn(nullable, version),
      tag: isTagged ? tag : undefined,
      default: comparable(field),
      isIgnorable: ignorable === true,
      isFlexible: flexible !== "none",
      fields: inner === undefined ? undefined : toldByUs(inner, version),
    };
    return [told];
  });
}

const comparable = (field: Field): unknown =>
  field.options.default === undefined && fieldsOf(field.type) !== undefined ? undefined : defaultOf(field);

function toldByKafka(message: MessageFacts, fields: readonly FieldFacts[], version: number): Told[] {
  return fields.flatMap((field) => {
    if (!isIn(field.versions ?? field.taggedVersions, version)) return [];
    const struct = field.type.replace("[]", "");
    const inner = field.fields ?? message.commonStructs?.find(({ name }) => name === struct)?.fields;
    const told: Told = {
      name: `${field.name.charAt(0).toLowerCase()}${field.name.slice(1)}`,
      type: inner === undefined ? field.type : field.type.replace(struct, "struct"),
      isNullable: isIn(field.nullableVersions, version),
      tag: isIn(field.taggedVersions, version) ? field.tag : undefined,
      default: kafkaDefault(field, inner !== undefined),
      isIgnorable: field.ignorable === true,
      isFlexible: field.flexibleVersions !== "none",
      fields: inner === undefined ? undefined : toldByKafka(message, inner, version),
    };
    return [told];
  });
}

function kafkaDefault({ type, default: text }: FieldFacts, isStruct: boolean): unknown {
  if (text === "null") return null;
  if (type.startsWith("[]")) return isStruct ? undefined : [];
  if (isStruct) return undefined;
  switch (type) {
    case "string":
      return text ?? "";
    case "bool":
      return text === true || text === "true";
    case "uuid":
      return zeroUuid;
    case "bytes":
    case "records":
      return Buffer.alloc(0);
    default: {
      // Kafka's "no limit", the greatest int64, is the greatest safe integer here.
      return Math.min(Number(text ?? 0), Number.MAX_SAFE_INTEGER);
    }
  }
}

function expectAsDescribed(message: Message, minVersion: number, maxVersion: number): void {
  const described = readFacts(`messages/${message.name}.json`) as MessageFacts;
  for (let version = minVersion; version <= maxVersion; version += 1) {
    expect(isIn(described.validVersions, version), `v${version} exists`).toBe(true);
    expect(message.isFlexible(version), `v${version} is flexible`).toBe(isIn(described.flexibleVersions, version));
    expect(toldByUs(message.fields, version), `v${version}`).toEqual(toldByKafka(described, described.fields, version));
  }
}

describe.skipIf(!areFactsHere)(
  "declarations against Kafka's descriptions (skipped where those are not at hand)",
  () => {
    it.each(Object.entries(apis))("%s has every field as described, in every version", (_, api) => {
      expectAsDescribed(api.request, api.minVersion, api.maxVersion);
      expectAsDescribed(api.response, api.minVersion, api.maxVersion);
    });

    it.each(Object.entries(apis))("%s has its key and ends where Kafka 4.3 ends", (name, { key, maxVersion }) => {
      const keys = readFacts("api-keys.json") as readonly ApiFacts[];
      const range = keys.find((api) => api.key === key)?.byRelease["4.3"] ?? "";
      // A star says that the last version is unstable and not offered.
      const ceiling = Number.parseInt(range.split("-").at(-1) ?? "", 10) - (range.endsWith("*") ? 1 : 0);
      expect(maxVersion).toBe(ceiling);
      expect((readFacts(`messages/${name}Request.json`) as MessageFacts).apiKey).toBe(key);
    });

    it("the table of errors is Kafka's", () => {
      const codes = readFacts("errors.json") as readonly { code: number; name: string; retriable: boolean }[];
      expect(protocolErrors).toEqual(
        Object.fromEntries(codes.map(({ name, code, retriable }) => [name, { wire: code, retriable }])),
      );
    });
  },
);
