import type { Definition, MessageDefinition } from "./definitions.js";
import {
  isTrue,
  optionNamed,
  type ProtoEnum,
  type ProtoExtend,
  type ProtoField,
  type ProtoFile,
  type ProtoMessage,
  type ProtoRange,
  type ProtoRanges,
} from "./proto-file.js";
import { invalid, type ProtobufSchema } from "./protobuf-schema.js";

/**
 * Refuses numbers that stand twice or are reserved, and what else protoc would not take though every name is known.
 *
 * @throws {@link InvalidSchemaError}
 */
export function checkNumbers(schema: ProtobufSchema, file: ProtoFile): void {
  new NumberCheck(schema, file).body(file);
}

/** Protobuf keeps these for itself. */
const firstOwnNumber = 19_000;
const lastOwnNumber = 19_999;

class NumberCheck {
  readonly #schema: ProtobufSchema;
  readonly #file: ProtoFile;
  readonly #extensions = new Map<Definition, Map<number, string>>();

  constructor(schema: ProtobufSchema, file: ProtoFile) {
    this.#schema = schema;
    this.#file = file;
  }

  body(body: Pick<ProtoMessage, "messages" | "enums" | "extends">): void {
    for (const message of body.messages) this.#message(message);
    for (const one of body.enums) this.#enum(one);
    for (const extend of body.extends) this.#extend(extend);
  }

  #message(message: ProtoMessage): void {
    const taken = this.#ranges([...message.reserved, ...message.extensions]);
    const reservedNames = new Set(message.reserved.flatMap(({ names }) => names));
    const numbers = new Map<number, string>();
    for (const field of message.fields) {
      if (reservedNames.has(field.name)) invalid(this.#file, field.at, `the name "${field.name}" is reserved`);
      const range = rangeWith(taken, field.number);
      if (range !== undefined) {
        invalid(this.#file, field.at, `number ${field.number} of "${field.name}" is in the range ${textOf(range)}`);
      }
      this.#number(field, numbers);
      this.#field(field);
    }
    this.body(message);
  }

  #number({ at, name, number }: ProtoField, numbers: Map<number, string>): void {
    const first = numbers.get(number);
    if (first !== undefined) invalid(this.#file, at, `number ${number} of "${name}" is that of "${first}"`);
    numbers.set(number, name);
    if (number >= firstOwnNumber && number <= lastOwnNumber) {
      invalid(this.#file, at, `numbers from ${firstOwnNumber} to ${lastOwnNumber} are Protobuf's own`);
    }
  }

  #field({ at, type, options }: ProtoField): void {
    if (this.#file.syntax === "proto3" && optionNamed(options, "default") !== undefined) {
      invalid(this.#file, at, "proto3 has no defaults");
    }
    if (type.kind === "group") this.#message(type.message);
  }

  #extend({ extendee, fields }: ProtoExtend): void {
    const extended = this.#schema.definitionOf(extendee) as MessageDefinition;
    const ranges = this.#ranges(extended.message.extensions);
    const numbers = this.#extensions.get(extended) ?? new Map<number, string>();
    this.#extensions.set(extended, numbers);
    for (const field of fields) {
      if (rangeWith(ranges, field.number) === undefined) {
        invalid(this.#file, field.at, `"${extendee.name}" has no extension range with ${field.number}`);
      }
      this.#number(field, numbers);
      this.#field(field);
    }
  }

  #enum({ at, name, values, reserved, options }: ProtoEnum): void {
    const [first] = values;
    if (first === undefined) invalid(this.#file, at, `enum "${name}" has no values`);
    // Its first value, says the specification. But Confluent's normalized texts have the negative ones before it.
    if (values.every(({ number }) => number !== 0) && this.#isOpen(options)) {
      invalid(this.#file, first.at, `an open enum has a value 0, "${name}" begins with ${first.number}`);
    }
    const taken = this.#ranges(reserved);
    const reservedNames = new Set(reserved.flatMap(({ names }) => names));
    const isAliased = isTrue(optionNamed(options, "allow_alias"));
    const numbers = new Map<number, string>();
    for (const value of values) {
      if (reservedNames.has(value.name)) invalid(this.#file, value.at, `the name "${value.name}" is reserved`);
      const range = rangeWith(taken, value.number);
      if (range !== undefined) {
        invalid(this.#file, value.at, `number ${value.number} of "${value.name}" is in the range ${textOf(range)}`);
      }
      const same = numbers.get(value.number);
      if (same !== undefined && !isAliased) {
        invalid(
          this.#file,
          value.at,
          `number ${value.number} of "${value.name}" is that of "${same}": set allow_alias`,
        );
      }
      numbers.set(value.number, value.name);
    }
  }

  /** Whether an enum takes any number: proto3's do, an edition's unless it or its file says otherwise. */
  #isOpen(options: ProtoEnum["options"]): boolean {
    const { syntax } = this.#file;
    if (syntax !== "2023") return syntax === "proto3";
    const isFeature = ({ name }: ProtoEnum["options"][number]) => name[0]?.name === "features";
    return !options.some(isFeature) && !this.#file.options.some(isFeature);
  }

  /** In their order; none may overlap. */
  #ranges(statements: readonly ProtoRanges[]): readonly ProtoRange[] {
    const placed = statements.flatMap(({ at, ranges }) => ranges.map((range) => ({ at, range })));
    placed.sort((a, b) => a.range.from - b.range.from);
    for (const [index, { at, range }] of placed.entries()) {
      const before = placed[index - 1]?.range;
      if (before === undefined || before.to < range.from) continue;
      invalid(this.#file, at, `the ranges ${textOf(before)} and ${textOf(range)} overlap`);
    }
    return placed.map(({ range }) => range);
  }
}

const textOf = ({ from, to }: ProtoRange): string => (from === to ? String(from) : `${from} to ${to}`);

/** The range that a number is in, of ranges in order. */
function rangeWith(ranges: readonly ProtoRange[], number: number): ProtoRange | undefined {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ranges[middle]?.to ?? 0) < number) low = middle + 1;
    else high = middle;
  }
  const found = ranges[low];
  return found !== undefined && found.from <= number ? found : undefined;
}
