/** Protobuf's binary format, as far as descriptors need it. */

const wireTypes = { varint: 0, eightBytes: 1, bytes: 2, groupStart: 3, groupEnd: 4, fourBytes: 5 } as const;

/** One field of a message: a varint, or its bytes (of eight, four or any number). */
export interface WireField {
  readonly number: number;
  readonly value: bigint | Buffer;
}

export const varintField = (number: number, value: bigint | number): Buffer =>
  Buffer.concat([
    tag(number, wireTypes.varint),
    varint(typeof value === "number" && value >= 0 ? value : BigInt.asUintN(64, BigInt(value))),
  ]);

export const bytesField = (number: number, content: Buffer): Buffer =>
  Buffer.concat([tag(number, wireTypes.bytes), varint(content.length), content]);

export const textField = (number: number, text: string): Buffer => bytesField(number, Buffer.from(text));

/** Four or eight bytes as they are. */
export const fixedField = (number: number, content: Buffer): Buffer =>
  Buffer.concat([tag(number, content.length === 4 ? wireTypes.fourBytes : wireTypes.eightBytes), content]);

export const groupField = (number: number, content: Buffer): Buffer =>
  Buffer.concat([tag(number, wireTypes.groupStart), content, tag(number, wireTypes.groupEnd)]);

const tag = (number: number, wireType: number): Buffer => varint(number * 8 + wireType);

/** @param value - Not negative. */
function varint(value: bigint | number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; typeof rest === "bigint" && rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  let last = Number(rest);
  for (; last > 0x7f; last = Math.floor(last / 128)) bytes.push((last % 128) | 0x80);
  bytes.push(last);
  return Buffer.from(bytes);
}

/** The fields of a message in their order. @throws RangeError where the bytes are none. */
export function fieldsOf(bytes: Buffer): readonly WireField[] {
  const reader = new WireReader(bytes);
  const fields: WireField[] = [];
  while (!reader.isAtEnd) {
    const field = reader.field();
    if (field === undefined) throw new RangeError("a group ends that has not begun");
    fields.push(field);
  }
  return fields;
}

/** The varints that are packed into a field. */
export function packedVarints(bytes: Buffer): readonly bigint[] {
  const reader = new WireReader(bytes);
  const values: bigint[] = [];
  while (!reader.isAtEnd) values.push(reader.varint());
  return values;
}

class WireReader {
  readonly #bytes: Buffer;
  #position = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#position >= this.#bytes.length;
  }

  /** Undefined at the end of a group. */
  field(): WireField | undefined {
    const key = this.varint();
    const number = Number(key >> 3n);
    if (number < 1 || number > 536_870_911) throw new RangeError(`field number ${number}`);
    switch (Number(key & 7n)) {
      case wireTypes.varint:
        return { number, value: this.varint() };
      case wireTypes.eightBytes:
        return { number, value: this.#take(8) };
      case wireTypes.bytes:
        return { number, value: this.#take(Number(this.varint())) };
      case wireTypes.groupStart:
        return { number, value: this.#group() };
      case wireTypes.groupEnd:
        return undefined;
      case wireTypes.fourBytes:
        return { number, value: this.#take(4) };
      default:
        throw new RangeError(`wire type ${key & 7n}`);
    }
  }

  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#position];
      if (byte === undefined) throw new RangeError("it ends inside a number");
      this.#position += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new RangeError("a number has more than ten bytes");
  }

  #take(length: number): Buffer {
    const end = this.#position + length;
    if (end > this.#bytes.length) throw new RangeError(`it ends inside a field of ${length} bytes`);
    const content = this.#bytes.subarray(this.#position, end);
    this.#position = end;
    return content;
  }

  /** The content of a group, groups inside it counted and not followed: junk may nest them deeper than the stack is. */
  #group(): Buffer {
    const start = this.#position;
    for (let depth = 1; ; ) {
      const before = this.#position;
      const wireType = Number(this.varint() & 7n);
      if (wireType === wireTypes.groupStart) depth += 1;
      else if (wireType === wireTypes.groupEnd) depth -= 1;
      else {
        this.#position = before;
        this.field();
      }
      if (depth === 0) return this.#bytes.subarray(start, before);
    }
  }
}
