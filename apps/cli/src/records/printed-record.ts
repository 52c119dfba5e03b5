import { jsonLine } from "../terminal/table.js";
import type { DecodedPayload } from "./payload-decoder.js";

/** What is shown of a record. */
export interface PrintableRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly timestamp: number;
  readonly rawKey: Buffer | null;
  readonly rawValue: Buffer | null;
  readonly rawHeaders: readonly { readonly key: string; readonly value: Uint8Array | null }[];
}

interface PrintOptions {
  readonly json: boolean;
  readonly withTopic: boolean;
  /** What a registry's schema makes of the key and the value. */
  readonly decoded?: { readonly key: DecodedPayload | undefined; readonly value: DecodedPayload | undefined };
}

/**
 * A record as output: its value as it is (or, decoded, as JSON) and a line end, or all of it as a JSON document. Bytes that are not UTF-8 stand
 * as `{"base64": "…"}` in JSON, so that nothing is changed silently.
 */
export function printed(record: PrintableRecord, { json, withTopic, decoded }: PrintOptions): string | Buffer {
  if (json) {
    const { topic, partition, offset, timestamp, rawKey, rawValue, rawHeaders } = record;
    const headers = rawHeaders.map(({ key, value }) => ({ key, value: shown(value) }));
    const key = decoded?.key === undefined ? shown(rawKey) : decoded.key.value;
    const value = decoded?.value === undefined ? shown(rawValue) : decoded.value.value;
    const schemaId = decoded?.value?.schemaId;
    return jsonLine({
      topic,
      partition,
      offset,
      timestamp,
      key,
      value,
      ...(schemaId !== undefined && { schemaId }),
      headers,
    });
  }
  const prefix = withTopic ? `${record.topic}\t` : "";
  if (decoded?.value !== undefined) return `${prefix}${jsonLine(decoded.value.value)}`;
  return Buffer.concat([Buffer.from(prefix), record.rawValue ?? Buffer.from("null"), newline]);
}

const newline = Buffer.from("\n");
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function shown(bytes: Uint8Array | null): unknown {
  if (bytes === null) return null;
  try {
    return utf8.decode(bytes);
  } catch {
    return { base64: Buffer.from(bytes).toString("base64") };
  }
}
