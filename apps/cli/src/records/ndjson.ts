import type { Readable } from "node:stream";
import { CommandError } from "../command-error.js";

/** One line of input: its bytes as they came, without the line end, and its number from 1. */
export interface Line {
  readonly number: number;
  readonly bytes: Buffer;
}

const newline = 0x0a;
const carriageReturn = 0x0d;

/**
 * Cuts a stream into lines without decoding them, so that a value is produced byte for byte. Empty lines are skipped.
 *
 * @param maxLineBytes - A longer line ends the reading with an error that names it.
 */
export async function* linesOf(input: Readable, maxLineBytes: number): AsyncGenerator<Line> {
  let number = 0;
  let pieces: Buffer[] = [];
  let held = 0;
  const finish = (last: Buffer): Line | undefined => {
    number += 1;
    const whole = pieces.length === 0 ? last : Buffer.concat([...pieces, last]);
    pieces = [];
    held = 0;
    const bytes = whole.at(-1) === carriageReturn ? whole.subarray(0, -1) : whole;
    return bytes.length === 0 ? undefined : { number, bytes };
  };
  for await (const chunk of input) {
    const buffer: Buffer = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk);
    let from = 0;
    for (let at = buffer.indexOf(newline); at !== -1; at = buffer.indexOf(newline, from)) {
      const line = finish(buffer.subarray(from, at));
      from = at + 1;
      if (line !== undefined) yield line;
    }
    if (from < buffer.length) pieces.push(buffer.subarray(from));
    held += buffer.length - from;
    if (held > maxLineBytes) {
      throw new CommandError(`line ${number + 1} has more than ${maxLineBytes} bytes`, {
        hint: "One record is one line. Is the input newline-delimited JSON (jq -c prints it so)?",
      });
    }
  }
  const last = finish(Buffer.alloc(0));
  if (last !== undefined) yield last;
}

/** Parses a line as JSON, or says which line is not. */
export function parseLine(line: Line): unknown {
  try {
    return JSON.parse(line.bytes.toString("utf8"));
  } catch (cause) {
    throw new CommandError(`line ${line.number} is not JSON: ${(cause as Error).message}`, {
      hint: "Without --key-field and --schema a line may be anything; with one of them it must be JSON.",
      cause,
    });
  }
}

/** The record key that a JSON document carries under a dotted path: text as it is, anything else as JSON. `null` is no key. */
export function keyAt(document: unknown, path: string, line: number): Buffer | null {
  let value = document;
  for (const name of path.split(".")) {
    const isObject = typeof value === "object" && value !== null;
    if (!isObject || !Object.hasOwn(value as object, name)) {
      throw new CommandError(`line ${line} has no field "${path}"`, {
        hint: "--key-field names the field whose value becomes the record's key; nested fields are written a.b.c.",
      });
    }
    value = (value as Record<string, unknown>)[name];
  }
  if (value === null) return null;
  return Buffer.from(typeof value === "string" ? value : JSON.stringify(value));
}
