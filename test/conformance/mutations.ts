import { type Fields, isInVersion, zeroUuid } from "@ottla/protocol";
import { WrongCount } from "./encode-leniently.js";

type Values = Readonly<Record<string, unknown>>;
type Type = Fields[string]["type"];

export interface Mutation {
  /** The field by its path and what it was made: `topics.name=null`. */
  readonly label: string;
  readonly body: Values;
}

/** An id that no broker gives. */
export const strangeId = "c3RyYW5nZS1pZGVudGl0eQ";

/** Texts that name nothing there is, by what they are called in labels. */
export type Strangers = Readonly<Record<string, string>>;

/** Every way to spoil one field of a valid body that this version carries, the body being otherwise what it was. */
export function* mutations(
  fields: Fields,
  version: number,
  body: Values,
  strangers: Strangers,
  isLeftAlone: (path: string) => boolean,
): Generator<Mutation> {
  for (const [name, field] of Object.entries(fields)) {
    if (!isInVersion(field, version)) continue;
    for (const { label, value } of spoiled(field.type, body[name], version, name, strangers, isLeftAlone)) {
      yield { label, body: { ...body, [name]: value } };
    }
  }
}

interface Spoiled {
  readonly label: string;
  readonly value: unknown;
}

function* spoiled(
  type: Type,
  given: unknown,
  version: number,
  path: string,
  strangers: Strangers,
  isLeftAlone: (path: string) => boolean,
): Generator<Spoiled> {
  if (!isLeftAlone(path)) {
    for (const [said, value] of replacements(type, given, strangers)) {
      const label = `${path}=${said}`;
      if (value !== given && !isLeftAlone(label)) yield { label, value };
    }
  }
  if (type.kind === "struct" && given !== null && given !== undefined) {
    for (const { label, body } of mutations(type.fields, version, given as Values, strangers, (inner) =>
      isLeftAlone(`${path}.${inner}`),
    )) {
      yield { label: `${path}.${label}`, value: body };
    }
  }
  if (type.kind === "array" && Array.isArray(given) && given.length > 0) {
    const [first, ...rest] = given as readonly unknown[];
    if (type.of.kind === "struct") {
      for (const { label, body } of mutations(type.of.fields, version, first as Values, strangers, (inner) =>
        isLeftAlone(`${path}.${inner}`),
      )) {
        yield { label: `${path}.${label}`, value: [body, ...rest] };
      }
    } else {
      for (const { label, value } of spoiled(type.of, first, version, `${path}[0]`, strangers, isLeftAlone)) {
        yield { label, value: [value, ...rest] };
      }
    }
  }
}

function replacements(type: Type, given: unknown, strangers: Strangers): readonly (readonly [string, unknown])[] {
  switch (type.kind) {
    case "int8":
      return [-1, 0, 1, 127, -128].map(said);
    case "int16":
      return [-1, 0, 32_767, -32_768].map(said);
    case "uint16":
      return [0, 65_535].map(said);
    case "int32":
      return [-1, 0, 2_147_483_647, -2_147_483_648].map(said);
    case "int64":
      return [-1, 0, -2, Number.MAX_SAFE_INTEGER - 1].map(said);
    case "bool":
      return [true, false].map(said);
    case "uuid":
      return [
        ["zero", zeroUuid],
        ["unknown", strangeId],
      ];
    case "string":
      return [["empty", ""], ...Object.entries(strangers), ["null", null]];
    case "bytes":
    case "records":
      return [
        ["no bytes", Buffer.alloc(0)],
        ["one byte", Buffer.from("?")],
        ["null", null],
      ];
    case "array":
      return arrays(Array.isArray(given) ? given : []);
    default:
      return [];
  }
}

const said = (value: unknown): readonly [string, unknown] => [String(value), value];

const arrays = (list: readonly unknown[]): readonly (readonly [string, unknown])[] => [
  ["none", []],
  ["null", null],
  ...(list.length > 0 ? [["first twice", [...list, list[0]]] as const] : []),
  ["one more than there are", new WrongCount(list.length + 1, list)],
  ["a billion", new WrongCount(2 ** 30, list)],
];
