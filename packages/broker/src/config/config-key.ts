/** The types of DescribeConfigs, with their numbers on the wire. */
export const configTypes = Object.freeze({
  boolean: 1,
  string: 2,
  int: 3,
  short: 4,
  long: 5,
  double: 6,
  list: 7,
  class: 8,
  password: 9,
});
export type ConfigType = keyof typeof configTypes;

/** Who may change a broker key while it runs: nobody, or through IncrementalAlterConfigs. */
export type ConfigUpdate = "readOnly" | "dynamic";

/** A value that a key cannot take. The text names key, value and what would be right. */
export class InvalidConfigError extends Error {
  override readonly name = "InvalidConfigError";
  readonly code = "INVALID_CONFIG";
}

/** A configuration key of Kafka: its type, default and meaning. `T` is the value after parsing. */
export interface ConfigKey<T = unknown> {
  readonly type: ConfigType;
  /** As text; `null` for a key without a default. */
  readonly default: string | null;
  readonly documentation: string;
  readonly update: ConfigUpdate;
  /** @throws {@link InvalidConfigError} */
  parse(name: string, text: string): T;
  /** As {@link ConfigKey.parse}, of a number that need not be within the key's limits. */
  read?(name: string, text: string): T;
}

/** What a key yields when asked: its parsed value, or null where neither a value nor a default exists. */
export type ConfigValueOf<K> = K extends ConfigKey<infer T> & { readonly default: infer D }
  ? null extends D
    ? T | null
    : T
  : never;

type Key<T, D> = ConfigKey<T> & { readonly default: D extends null ? null : string };
interface Range {
  /** A value besides the range. */
  readonly or?: number;
  readonly min?: number;
  readonly max?: number;
  readonly update?: ConfigUpdate;
}

const refuse = (name: string, text: string, wanted: string): never => {
  throw new InvalidConfigError(`Invalid value ${text} for configuration ${name}: ${wanted}`);
};

const integerRanges = {
  short: [-32_768n, 32_767n],
  int: [-2_147_483_648n, 2_147_483_647n],
  long: [-(2n ** 63n), 2n ** 63n - 1n],
} as const;

/** Kafka says "never" with the largest int64; inside, numbers end at 2^53 - 1, which is as far away. */
const toSafe = (value: bigint): number => {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) return Number.MAX_SAFE_INTEGER;
  return value < BigInt(Number.MIN_SAFE_INTEGER) ? Number.MIN_SAFE_INTEGER : Number(value);
};

function numeric<const D extends number | string | null>(
  type: "short" | "int" | "long" | "double",
  fallback: D,
  documentation: string,
  { or, min, max, update = "readOnly" }: Range = {},
): Key<number, D> {
  const parseNumber = (name: string, text: string) =>
    type === "double" ? parseDouble(name, text) : parseInteger(type, name, text);
  return {
    type,
    default: (fallback === null ? null : String(fallback)) as Key<number, D>["default"],
    documentation,
    update,
    read: parseNumber,
    parse(name, text) {
      const value = parseNumber(name, text);
      if (or !== undefined && value === or) return value;
      if (min !== undefined && value < min) refuse(name, text, `Value must be at least ${min}`);
      if (max !== undefined && value > max) refuse(name, text, `Value must be no more than ${max}`);
      return value;
    },
  };
}

function parseInteger(type: "short" | "int" | "long", name: string, text: string): number {
  const trimmed = text.trim();
  // The length is checked first: turning a huge text of digits into a bigint takes quadratic time.
  if (!/^[+-]?\d{1,30}$/.test(trimmed)) refuse(name, text, `Not a number of type ${type.toUpperCase()}`);
  const value = BigInt(trimmed.replace(/^\+/, ""));
  const [lowest, highest] = integerRanges[type];
  if (value < lowest || value > highest) refuse(name, text, `Not a number of type ${type.toUpperCase()}`);
  return toSafe(value);
}

function parseDouble(name: string, text: string): number {
  const [, digits] = /^\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)[df]?\s*$/i.exec(text) ?? [];
  return digits === undefined ? refuse(name, text, "Not a number of type DOUBLE") : Number(digits);
}

export const short = <const D extends number | null>(fallback: D, documentation: string, range?: Range) =>
  numeric("short", fallback, documentation, range);
export const int = <const D extends number | null>(fallback: D, documentation: string, range?: Range) =>
  numeric("int", fallback, documentation, range);
export const double = <const D extends number | string>(fallback: D, documentation: string, range?: Range) =>
  numeric("double", fallback, documentation, range);
/** A long's default may be given as text where it is beyond 2^53. */
export const long = <const D extends number | string | null>(fallback: D, documentation: string, range?: Range) =>
  numeric("long", fallback, documentation, range);

/** The largest int64, Kafka's word for "no limit". */
export const longMax = "9223372036854775807";

export function boolean(
  fallback: boolean,
  documentation: string,
  { update = "readOnly" }: { readonly update?: ConfigUpdate } = {},
): Key<boolean, string> {
  const parse = (name: string, text: string) => {
    const word = text.trim().toLowerCase();
    if (word === "true") return true;
    if (word === "false") return false;
    return refuse(name, text, "Expected value to be either true or false");
  };
  return { type: "boolean", default: String(fallback), documentation, update, parse };
}

interface TextOptions<W extends string> {
  /** The words it may be; any text when not given. */
  readonly oneOf?: readonly W[];
  /** Whether the case of the words matters not. */
  readonly ignoreCase?: true;
  readonly update?: ConfigUpdate;
  /** Checks the elements of a list together. @throws {@link InvalidConfigError} */
  readonly check?: (name: string, words: readonly string[]) => void;
  /** What clients are told; a list that is told so is kept as one text. */
  readonly type?: "string" | "class" | "password" | "list";
}

export function string<const D extends string | null, const W extends string = string>(
  fallback: D,
  documentation: string,
  { oneOf, ignoreCase, update = "readOnly", type = "string" }: TextOptions<W> = {},
): Key<W, D> {
  return {
    type,
    default: fallback as Key<W, D>["default"],
    documentation,
    update,
    parse(name, text) {
      const isWord = (word: string) => (ignoreCase ? word.toLowerCase() === text.toLowerCase() : word === text);
      if (oneOf !== undefined && !oneOf.some(isWord)) {
        refuse(name, text, `String must be one of: ${oneOf.join(", ")}`);
      }
      return text as W;
    },
  };
}

export function list<const W extends string = string>(
  fallback: string,
  documentation: string,
  { oneOf, check, update = "readOnly" }: TextOptions<W> = {},
): Key<readonly W[], string> {
  return {
    type: "list",
    default: fallback,
    documentation,
    update,
    parse: (name, text) => {
      const words = listWords(text);
      for (const word of words) {
        if (word === "") throw new InvalidConfigError(`Configuration ${name} has an empty element in "${text}"`);
        if (oneOf !== undefined && !oneOf.some((allowed) => allowed === word)) {
          refuse(name, text, `String must be one of: ${oneOf.join(", ")}`);
        }
      }
      check?.(name, words);
      return words as W[];
    },
  };
}

/** The elements of a list key's text. */
export const listWords = (text: string): string[] => {
  const words = text.split(",").map((word) => word.trim());
  return words.length === 1 && words[0] === "" ? [] : words;
};

/** A value as clients are shown it: a list without blanks and repetitions. */
export const shownText = (key: ConfigKey, text: string | null): string | null =>
  text === null || key.type !== "list" ? text : [...new Set(listWords(text))].join(",");
