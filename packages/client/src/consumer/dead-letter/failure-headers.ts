import { reasonOf } from "../../contract/contract-errors.js";
import type { RecordHeader } from "../../contract/raw-record.js";

/** Headers that a failed record is given on its way to a retry or dead-letter topic: text, numbers in decimal. */
export const failureHeaders = {
  topic: "ottla.origin.topic",
  partition: "ottla.origin.partition",
  offset: "ottla.origin.offset",
  timestamp: "ottla.origin.timestamp",
  group: "ottla.group",
  attempt: "ottla.attempt",
  errorClass: "ottla.error.class",
  errorMessage: "ottla.error.message",
  at: "ottla.at",
  notBefore: "ottla.not-before",
} as const;

/** Where a failed record was read first, and how it failed last. Times in milliseconds since the epoch. */
export interface Failure {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly timestamp: number;
  readonly group: string | undefined;
  /** Calls of a handler for it, over all retry topics; 0 for a record that could not be decoded. */
  readonly attempt: number;
  readonly errorClass: string;
  readonly errorMessage: string;
  readonly at: number;
  /** When it is to be handled again, in a retry topic. */
  readonly notBefore: number | undefined;
}

/** What is written of an error's text: a value in a message must not make a record too large to write. */
const longestText = 2_000;

/** The class and text of whatever was thrown. */
export function describeError(error: unknown): Pick<Failure, "errorClass" | "errorMessage"> {
  const errorClass = error instanceof Error ? error.name : typeof error;
  return { errorClass, errorMessage: reasonOf(error).slice(0, longestText) };
}

/** The record's own headers, then those of the failure; headers of an earlier failure are replaced. */
export function withFailure(headers: readonly RecordHeader[], failure: Failure): readonly RecordHeader[] {
  const written: RecordHeader[] = [...withoutFailure(headers)];
  for (const [field, key] of Object.entries(failureHeaders)) {
    const value = failure[field as keyof Failure];
    if (value !== undefined) written.push({ key, value: Buffer.from(String(value)) });
  }
  return written;
}

/** The headers that the record had before it failed. */
export function withoutFailure(headers: readonly RecordHeader[]): readonly RecordHeader[] {
  return headers.filter(({ key }) => !failureKeys.has(key));
}

const failureKeys: ReadonlySet<string> = new Set(Object.values(failureHeaders));

/** What the headers say of a failure; undefined when they do not name an origin. */
export function failureIn(headers: readonly RecordHeader[]): Failure | undefined {
  const text = (field: keyof typeof failureHeaders): string | undefined => {
    const value = headers.findLast(({ key }) => key === failureHeaders[field])?.value ?? undefined;
    return value && Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString();
  };
  const number = (field: keyof typeof failureHeaders): number | undefined => {
    const written = text(field);
    return written !== undefined && /^-?\d{1,15}(?:\.\d{1,6})?$/.test(written) ? Number(written) : undefined;
  };
  const topic = text("topic");
  const partition = number("partition");
  const offset = number("offset");
  if (topic === undefined || partition === undefined || offset === undefined) return undefined;
  return {
    topic,
    partition,
    offset: BigInt(Math.trunc(offset)),
    timestamp: number("timestamp") ?? -1,
    group: text("group"),
    attempt: number("attempt") ?? 0,
    errorClass: text("errorClass") ?? "",
    errorMessage: text("errorMessage") ?? "",
    at: number("at") ?? -1,
    notBefore: number("notBefore"),
  };
}
