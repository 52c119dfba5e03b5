import type { ReceivedRecord, RecordHeader } from "@ottla/client";
import type { IHeaders } from "../producer/producer-types.js";
import type { KafkaMessage } from "./consumer-types.js";

/** A record as kafkajs's handlers are given it. */
export function kafkaMessage(record: ReceivedRecord): KafkaMessage & { readonly magicByte: number } {
  return {
    magicByte: 2,
    attributes: 0,
    timestamp: String(record.timestamp),
    offset: String(record.offset),
    key: record.rawKey,
    value: record.rawValue,
    headers: headersOf(record.rawHeaders),
  };
}

/** By name; where a name comes several times, all its values in order. */
function headersOf(raw: readonly RecordHeader[]): IHeaders {
  const headers: IHeaders = {};
  for (const { key, value } of raw) {
    // kafkajs gives a header without a value as null too, which its types do not say.
    const bytes = (value === null ? null : Buffer.from(value.buffer, value.byteOffset, value.byteLength)) as Buffer;
    const known = Object.hasOwn(headers, key) ? headers[key] : undefined;
    if (known === undefined) headers[key] = bytes;
    else headers[key] = Array.isArray(known) ? [...known, bytes] : [known, bytes];
  }
  return headers;
}
