import type { RecordHeader } from "@ottla/client";

/** A header as it is stored: `["name", "text"]`, `["name", null]`, or `["name", { "base64": "…" }]` for what is no text. */
type StoredHeader = readonly [name: string, value: string | null | { readonly base64: string }];

/** Headers as JSON that an operator can read. Order and repeated names are kept. */
export function encodeHeaders(headers: readonly RecordHeader[]): string {
  if (headers.length === 0) return "[]";
  return JSON.stringify(
    headers.map(({ key, value }): StoredHeader => {
      if (value === null) return [key, null];
      const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
      const text = bytes.toString("utf8");
      return [key, Buffer.from(text, "utf8").equals(bytes) ? text : { base64: bytes.toString("base64") }];
    }),
  );
}

export function decodeHeaders(stored: string): RecordHeader[] {
  if (stored === "[]") return [];
  const headers = JSON.parse(stored) as readonly StoredHeader[];
  return headers.map(([key, value]) => {
    if (value === null) return { key, value };
    return { key, value: typeof value === "string" ? Buffer.from(value, "utf8") : Buffer.from(value.base64, "base64") };
  });
}
