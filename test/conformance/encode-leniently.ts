import { type Api, type Field, type Fields, isInVersion } from "@ottla/protocol";

type Type = Field["type"];
type Values = Readonly<Record<string, unknown>>;

/** In place of an array: its first elements, and a count that may say something else. */
export class WrongCount {
  readonly count: number;
  readonly elements: readonly unknown[];

  constructor(count: number, elements: readonly unknown[]) {
    this.count = count;
    this.elements = elements;
  }
}

/**
 * A request frame as the declaration of its API lays it out, whatever the values: null where none is allowed, numbers beyond
 * 2^53 as bigints, counts that are wrong. The package's own encoder refuses these, and a conformance test wants to send them.
 */
export function encodeLeniently(
  api: Api,
  version: number,
  header: { readonly correlationId: number; readonly clientId: string | null },
  body: Values,
): Buffer {
  const isFlexible = api.request.isFlexible(version);
  const head = Buffer.alloc(8);
  head.writeInt16BE(api.key, 0);
  head.writeInt16BE(version, 2);
  head.writeInt32BE(header.correlationId, 4);
  const parts = [head, text(header.clientId, false), ...(isFlexible ? [uvarint(0)] : [])];
  return framed(Buffer.concat([...parts, ...struct(api.request.fields, body, { version, isFlexible })]));
}

/** Bytes with their length in front, as frames are sent. */
export function framed(content: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(content.length);
  return Buffer.concat([length, content]);
}

interface Layout {
  readonly version: number;
  readonly isFlexible: boolean;
}

function struct(fields: Fields, value: Values, layout: Layout): Buffer[] {
  const parts: Buffer[] = [];
  const tagged: { readonly tag: number; readonly content: Buffer }[] = [];
  for (const [name, field] of Object.entries(fields)) {
    if (!isInVersion(field, layout.version)) continue;
    const { tag } = field.options;
    const isTagged = tag !== undefined && isInVersion({ ...field, options: taggedOnly(field) }, layout.version);
    if (isTagged && value[name] === undefined) continue;
    const isCompact = layout.isFlexible && field.options.flexible !== "none";
    const given = name in value ? value[name] : emptyOf(field);
    const content = encode(field.type, given, { ...layout, isFlexible: isCompact });
    if (given !== null && isNullableStruct(field, layout.version)) content.unshift(integer(1, 1));
    if (isTagged) tagged.push({ tag, content: Buffer.concat(content) });
    else parts.push(...content);
  }
  if (!layout.isFlexible) return parts;
  tagged.sort((a, b) => a.tag - b.tag);
  const section = tagged.flatMap(({ tag, content }) => [uvarint(tag), uvarint(content.length), content]);
  return [...parts, uvarint(tagged.length), ...section];
}

const isNullableStruct = ({ type, options }: Field, version: number): boolean =>
  type.kind === "struct" &&
  options.nullable !== undefined &&
  isInVersion({ type, options: { versions: options.nullable } }, version);

const taggedOnly = (field: Field): Field["options"] => {
  const { tagged } = field.options;
  return tagged === undefined ? {} : { versions: tagged };
};

function emptyOf({ type, options }: Field): unknown {
  if (options.default !== undefined) return options.default;
  if (type.kind === "array") return [];
  if (type.kind === "struct") return {};
  if (type.kind === "string") return "";
  if (type.kind === "bool") return false;
  if (type.kind === "bytes" || type.kind === "records") return Buffer.alloc(0);
  return type.kind === "uuid" ? "AAAAAAAAAAAAAAAAAAAAAA" : 0;
}

function encode(type: Type, value: unknown, layout: Layout): Buffer[] {
  switch (type.kind) {
    case "array":
      return array(type.of, value, layout);
    case "struct":
      return value === null ? [integer(-1, 1)] : struct(type.fields, value as Values, layout);
    case "string":
      return [text(value as string | null, layout.isFlexible)];
    case "bytes":
    case "records":
      return [byteString(value as Uint8Array | null, layout.isFlexible)];
    case "bool":
      return [integer(typeof value === "number" ? value : Number(value), 1)];
    case "uuid":
      return [Buffer.from(value as string, "base64url")];
    case "float64": {
      const bytes = Buffer.alloc(8);
      bytes.writeDoubleBE(value as number);
      return [bytes];
    }
    default:
      return [integer(value as number | bigint, widths[type.kind])];
  }
}

const widths = { int8: 1, int16: 2, uint16: 2, int32: 4, uint32: 4, int64: 8 } as const;

function integer(value: number | bigint, width: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt.asIntN(width * 8, BigInt(value)));
  return bytes.subarray(8 - width);
}

function array(of: Type, value: unknown, layout: Layout): Buffer[] {
  const elements = value instanceof WrongCount ? value.elements : (value as readonly unknown[] | null);
  const count = value instanceof WrongCount ? value.count : (elements?.length ?? -1);
  const parts = (elements ?? []).map((element) => Buffer.concat(encode(of, element, layout)));
  return [layout.isFlexible ? uvarint(count + 1) : integer(count, 4), ...parts];
}

function text(value: string | null, isCompact: boolean): Buffer {
  const content = Buffer.from(value ?? "");
  const length = value === null ? -1 : content.length;
  return Buffer.concat([isCompact ? uvarint(length + 1) : integer(length, 2), content]);
}

function byteString(value: Uint8Array | null, isCompact: boolean): Buffer {
  const length = value === null ? -1 : value.byteLength;
  return Buffer.concat([isCompact ? uvarint(length + 1) : integer(length, 4), value ?? Buffer.alloc(0)]);
}

function uvarint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value >>> 0;
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return Buffer.from([...bytes, rest]);
}
