import type avsc from "avsc";

/** What has no form of its own in JSON. */
export interface Base64 {
  readonly base64: string;
}

/** A decoded value as JSON has it: longs beyond 2^53 as text, bytes as `{"base64": "…"}`, dates in ISO form. */
export function toJson(value: unknown): unknown {
  if (typeof value === "bigint") {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value.toString();
  }
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Date) return value.toISOString();
  if (Buffer.isBuffer(value)) return { base64: value.toString("base64") } satisfies Base64;
  if (Array.isArray(value)) return value.map(toJson);
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, toJson(one)]));
}

/**
 * A value that JSON carried, as `type` takes it. What does not fit is left as it is, for the type to name. Branches of a union
 * that JSON does not tell apart stand under their names, as in `{"double": 1}`.
 *
 * @throws TypeError on a member that is no field of its record.
 */
export function fromJson(type: avsc.Type, value: unknown): unknown {
  const convert = converters[type.typeName];
  return convert === undefined ? value : convert(type, value);
}

type Converter = (type: avsc.Type, value: unknown) => unknown;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const long: Converter = (_type, value) => {
  const isWhole = Number.isSafeInteger(value) || (typeof value === "string" && /^-?\d{1,19}$/.test(value));
  return isWhole ? BigInt(value as number | string) : value;
};

const bytes: Converter = (_type, value) =>
  isObject(value) && typeof value.base64 === "string" ? Buffer.from(value.base64, "base64") : value;

/** Text in ISO form, or a timestamp's milliseconds. */
const date: Converter = (_type, value) => {
  const parsed = typeof value === "string" || typeof value === "number" ? new Date(value) : undefined;
  return parsed === undefined || Number.isNaN(parsed.getTime()) ? value : parsed;
};

const record: Converter = (type, value) => {
  if (!isObject(value)) return value;
  const converted: Record<string, unknown> = {};
  const left = new Set(Object.keys(value));
  for (const { name, type: fieldType } of (type as avsc.types.RecordType).fields) {
    if (left.delete(name)) converted[name] = fromJson(fieldType, value[name]);
  }
  // A name that is spelled wrong would be lost, and the field's default written in its place.
  const [unknown] = left;
  if (unknown !== undefined) throw new TypeError(`${type.name ?? "the record"} has no field "${unknown}"`);
  return converted;
};

const bareUnion: Converter = (type, value) => {
  for (const branch of (type as avsc.types.UnwrappedUnionType).types) {
    const converted = fromJson(branch, value);
    if (branch.isValid(converted)) return converted;
  }
  return value;
};

const namedUnion: Converter = (type, value) => {
  const [name, ...others] = isObject(value) ? Object.keys(value) : [];
  if (name === undefined || others.length > 0) return value;
  const branch = (type as avsc.types.WrappedUnionType).types.find((one) => (one.branchName ?? one.typeName) === name);
  return branch === undefined ? value : { [name]: fromJson(branch, (value as Record<string, unknown>)[name]) };
};

const converters: Readonly<Record<string, Converter>> = {
  "abstract:long": long,
  long,
  bytes,
  fixed: bytes,
  "logical:date": date,
  "logical:timestamp-millis": date,
  "logical:decimal": (_type, value) => (typeof value === "number" ? String(value) : value),
  record,
  error: record,
  array: (type, value) =>
    Array.isArray(value) ? value.map((one) => fromJson((type as avsc.types.ArrayType).itemsType, one)) : value,
  map: (type, value) => {
    if (!isObject(value)) return value;
    const { valuesType } = type as avsc.types.MapType;
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, fromJson(valuesType, one)]));
  },
  "union:unwrapped": bareUnion,
  "union:wrapped": namedUnion,
};
