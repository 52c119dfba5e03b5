import avsc from "avsc";

/** The part of avsc's cursor over a payload that is used here. */
interface Tap {
  readonly buf: Buffer;
  pos: number;
  readString(): string;
}

// Beyond this the way into native code is the shorter one.
const longest = 11;

/** Avro strings. Short ones of ASCII characters, as most ids and codes are, are read without going into native code for each. */
export class ShortStringType extends avsc.types.StringType {
  _read(tap: Tap): string {
    const { buf, pos } = tap;
    // A zigzag varint of one byte: even where it is not negative.
    const prefix = buf[pos] ?? -1;
    const start = pos + 1;
    const end = start + (prefix >> 1);
    if (prefix < 0 || prefix > longest * 2 || (prefix & 1) === 1 || end > buf.length) return tap.readString();
    const text = asciiText(buf, start, end);
    if (text === undefined) return tap.readString();
    tap.pos = end;
    return text;
  }
}

const { fromCharCode } = String;

/** Undefined where a byte is not ASCII. Four at a time, since each call makes a string. */
function asciiText(bytes: Buffer, start: number, end: number): string | undefined {
  const at = (index: number): number => bytes[index] as number;
  let text = "";
  let index = start;
  for (; index + 4 <= end; index += 4) {
    const [a, b, c, d] = [at(index), at(index + 1), at(index + 2), at(index + 3)];
    if ((a | b | c | d) > 0x7f) return undefined;
    text += fromCharCode(a, b, c, d);
  }
  for (; index < end; index += 1) {
    const byte = at(index);
    if (byte > 0x7f) return undefined;
    text += fromCharCode(byte);
  }
  return text;
}
